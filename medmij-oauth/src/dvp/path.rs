//! A path below a FHIR base, with its query: it stays below, and names no person [core.rscint.203, 2.x].

use medmij_core::Bsn;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::QueryError;

/// The most bytes of a path with its query.
pub(super) const MAX_LEN: usize = 8_192;

/// Checks a path with its query that a DVP makes and writes it as it goes on the wire; `|` is encoded.
pub(super) fn check(path: &str) -> Result<String, QueryError> {
    check_by(path, Digits::Count)
}

/// Checks what a server gave and writes it as it goes on the wire: an absolute URL, of which the fragment is left out, or a path.
/// Digits in it are the server's, and one number in eleven is like a BSN: they tell nothing.
pub(super) fn check_given(given: &str) -> Result<String, QueryError> {
    if given.len() > MAX_LEN {
        return Err(QueryError::Path);
    }
    if !given.starts_with(ABSOLUTE) {
        return check_by(given.split('#').next().unwrap_or_default(), Digits::Pass);
    }
    // One reading of it, so that what is checked is what is sent.
    let mut url = Url::parse(given).map_err(|_| QueryError::Path)?;
    url.set_fragment(None);
    if !url.username().is_empty() || url.password().is_some() {
        return Err(QueryError::Path);
    }
    names_nobody(url.path(), url.query().unwrap_or_default(), Digits::Pass)?;
    let origin = url.origin().ascii_serialization();
    let rest = url.as_str().get(origin.len()..).unwrap_or_default();
    let written = format!("{origin}{}", utf8_percent_encode(rest, NOT_IN_URIS));
    // It is read again when a run is taken out of a store.
    if written.len() > MAX_LEN {
        return Err(QueryError::Path);
    }
    Ok(written)
}

/// What may not stand in a path or query as it is; a percent sign begins what is encoded already.
const NOT_IN_URIS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'%')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'?');

/// How what is absolute begins. No path does: it has no empty segment.
pub(super) const ABSOLUTE: &str = "https://";

/// Whether digits like those of a BSN name a person.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Digits {
    Count,
    Pass,
}

fn check_by(path: &str, digits: Digits) -> Result<String, QueryError> {
    let path = path.replace('|', "%7C");
    let (below, query) = path.split_once('?').unwrap_or((&path, ""));
    if path.len() > MAX_LEN || !is_uri_text(&path) || !below.split('/').all(is_segment) {
        return Err(QueryError::Path);
    }
    names_nobody(below, query, digits)?;
    Ok(path)
}

/// However often it is encoded: whoever reads it may read it as often.
fn names_nobody(below: &str, query: &str, digits: Digits) -> Result<(), QueryError> {
    let (mut below, mut query) = (below.to_owned(), query.to_owned());
    for _ in 0..MAX_ENCODINGS {
        if names_person(&below, &query, digits) {
            return Err(QueryError::Person);
        }
        let decoded = (decode(&below), decode(&query));
        if decoded == (below, query) {
            return Ok(());
        }
        (below, query) = decoded;
    }
    Err(QueryError::Path)
}

/// How often a path may be percent-encoded; none that is meant is so more than twice.
const MAX_ENCODINGS: usize = 5;

/// A text with its percent-encodings read once. What is no UTF-8 then is no digit either.
fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

/// Checks a media type as a header value.
pub(super) fn check_media_type(text: &str) -> Result<String, QueryError> {
    if text.is_empty() || text.len() > 128 || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err(QueryError::MediaType);
    }
    Ok(text.to_owned())
}

/// Whether a text is of characters and percent-encodings of RFC 3986 that may stand in a path or query.
fn is_uri_text(text: &str) -> bool {
    let mut parts = text.split('%');
    let is_right = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&b);
    let first = parts.next().unwrap_or_default();
    first.bytes().all(is_right)
        && parts.all(|part| {
            let encoded = part
                .as_bytes()
                .first_chunk::<2>()
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            encoded && part.bytes().all(is_right)
        })
}

/// Whether a path segment stays where it is: not empty, and no dots that a client would resolve, encoded or not.
fn is_segment(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    !matches!(plain.as_str(), "" | "." | "..")
}

/// Whether a path or its query names a person: by the parameters `patient` and `subject`, also chained, by the naming system
/// of the BSN, or by a number that is one. A code behind its system, `http://snomed.info/sct|…`, is a code.
fn names_person(below: &str, query: &str, digits: Digits) -> bool {
    let is_bsn = |text: &str| digits == Digits::Count && text.parse::<Bsn>().is_ok();
    let holds_bsn = |text: &str| {
        let codes_left_out = text
            .split(',')
            .map(|part| part.rsplit_once('|').map_or(part, |(system, _)| system));
        codes_left_out
            .flat_map(|part| part.split(|c: char| !c.is_ascii_digit()))
            .any(is_bsn)
    };
    let decoded: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let named = decoded.iter().any(|(name, value)| {
        let parts = || name.split([':', '.']);
        let is = |part: &str, known: &[&str]| known.iter().any(|known| part.eq_ignore_ascii_case(known));
        let is_identifier = parts().any(|part| is(part, &["identifier"]));
        parts().any(|part| is(part, &["patient", "subject"]))
            || (is_identifier && value.split(|c: char| !c.is_ascii_digit()).any(is_bsn))
            || holds_bsn(value)
            || names_system(value)
            || names_system(name)
    });
    named || holds_bsn(below) || names_system(below)
}

/// Whether a text names the system of the BSN.
fn names_system(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["namingsystem/bsn", "2.16.840.1.113883.2.4.6.3"]
        .iter()
        .any(|system| text.contains(system))
}
