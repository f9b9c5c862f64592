//! BSNs in URLs: the system, the patient, digits; percent-decoded as often as they are encoded.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{OID, Verdict, digits};

/// The most times that a URL is decoded. Nobody who means well encodes one three times.
const MAX_ENCODINGS: usize = 16;

/// Every reading of a text, percent-decoded until nothing changes; an empty last one if it is encoded more often than is read.
pub(super) fn readings(text: &str) -> impl Iterator<Item = Option<Cow<'_, str>>> {
    let (mut next, mut left) = (Some(Cow::Borrowed(text)), MAX_ENCODINGS);
    std::iter::from_fn(move || {
        let reading = next.take()?;
        if left == 0 {
            return Some(None);
        }
        left -= 1;
        if reading.contains('%') {
            let decoded = percent_decode_str(&reading).decode_utf8_lossy().into_owned();
            next = (decoded.len() < reading.len()).then_some(Cow::Owned(decoded));
        }
        Some(Some(reading))
    })
}

/// Whether a text names the system of the BSN, however often it is encoded; one that is encoded too often is held to do so.
pub(crate) fn names_system(url: &str) -> bool {
    names_system_before(url, |_| true)
}

/// The same, where the system is followed by a value: `…/NamingSystem/bsn|…`.
pub(super) fn names_system_with_value(text: &str) -> bool {
    // Nearly no text has either.
    if !text.contains(['|', '%']) {
        return false;
    }
    names_system_before(text, |behind| {
        let value = behind.strip_prefix('|');
        value.is_some_and(|value| value.starts_with(|first: char| !first.is_whitespace()))
    })
}

/// Whether a text is the URL of a search for the system, and nothing else.
pub(super) fn is_search_by_system(text: &str) -> bool {
    // Most texts ask for nothing.
    let query = text.split_once('?').map(|(_, query)| query);
    query.is_some_and(|query| query.contains('=') && !text.contains(char::is_whitespace) && names_system(query))
}

fn names_system_before(text: &str, fits: impl Fn(&str) -> bool) -> bool {
    // Most texts are neither encoded nor near it.
    let ends = |text: &str| text.as_bytes().windows(3).any(|end| end.eq_ignore_ascii_case(b"bsn"));
    (text.contains('%') || ends(text) || text.contains(OID))
        && readings(text).any(|reading| {
            let Some(reading) = reading else { return true };
            let reading = reading.to_ascii_lowercase();
            let names = |system: &str, goes_on: fn(char) -> bool| {
                reading.match_indices(system).any(|(at, _)| {
                    let behind = reading.get(at + system.len()..).unwrap_or_default();
                    !behind.starts_with(goes_on) && fits(behind)
                })
            };
            names("fhir.nl/fhir/namingsystem/bsn", |c| c.is_ascii_alphanumeric())
                || names(OID, |c| c.is_ascii_digit() || c == '.')
        })
}

/// Whether the query of a URL names the patient [NT-9, 2026-05]. Its parameters are told apart before they are decoded.
pub(crate) fn names_patient(url: &str) -> bool {
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    // A mark may be encoded too.
    let encoded = || {
        let marked = readings(before).find(|reading| reading.as_ref().is_none_or(|reading| reading.contains('?')));
        let names = |reading: &str| {
            let query = reading.split_once('?').map(|(_, query)| query);
            query.is_some_and(query_names_patient)
        };
        marked.is_some_and(|reading| reading.is_none_or(|reading| names(&reading)))
    };
    query_names_patient(query) || before.contains('%') && encoded()
}

pub(super) fn query_names_patient(query: &str) -> bool {
    query.split('&').any(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        readings(name).any(|name| {
            // Chained, and with modifiers.
            name.is_none_or(|name| {
                name.split('.').any(|part| {
                    let part = part.split(':').next().unwrap_or_default();
                    part.eq_ignore_ascii_case("patient") || part.eq_ignore_ascii_case("subject")
                })
            })
        })
    })
}

/// Whether digits like those of a BSN are in a URL. A code behind its code system is a code: `http://snomed.info/sct|275711006`, but
/// an identifier behind its system is a number.
pub(super) fn digits(url: &str) -> Verdict {
    let is_suspect = readings(url).any(|reading| {
        let Some(reading) = reading else { return true };
        let (path, query) = reading.split_once('?').unwrap_or((&reading, ""));
        // A plus is a space there.
        let spaced = || query.replace('+', " ");
        digits::like_bsn(path, 9)
            || query.split('&').any(parameter)
            || query.contains('+') && spaced().split('&').any(parameter)
    });
    if is_suspect { Verdict::Suspect } else { Verdict::Clean }
}

fn parameter(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or(("", parameter));
    let last = name
        .split(':')
        .next()
        .unwrap_or_default()
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let is_identifier = last.eq_ignore_ascii_case("identifier");
    let is_like = |part: &str| match part.rsplit_once('|') {
        Some((system, _)) if !is_identifier && (system.contains("://") || system.starts_with("urn:")) => {
            digits::like_bsn(system, 9)
        }
        _ => digits::like_bsn(part, 9),
    };
    digits::like_bsn(name, 9) || value.split([',', '$']).any(is_like)
}
