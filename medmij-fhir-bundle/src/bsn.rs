//! The guard against BSNs: no message of MedMij holds one [Delen 4, 2.x].

mod digits;

use std::borrow::Cow;

use medmij_core::Bsn;
use percent_encoding::percent_decode_str;
use quick_xml::events::Event;

use crate::text::Text;
use crate::walk::{Members, Place, Scalar, Visit, walk};
use crate::{Bundle, Format};

/// The naming system of the BSN, as FHIR in the Netherlands writes it.
pub(crate) const SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
/// The same as an OID.
const OID: &str = "2.16.840.1.113883.2.4.6.3";

/// What the guard says of a message or of a place in it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(clippy::exhaustive_enums, reason = "the contract of the command line tool")]
pub enum Verdict {
    /// Nothing was found.
    #[default]
    Clean,
    /// Digits that may be a BSN, and may be anything else: about one number of nine digits in eleven is like one.
    Suspect,
    /// A BSN by what is said of it.
    Leak,
}

impl Verdict {
    /// The name, as JSON writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Suspect => "suspect",
            Self::Leak => "leak",
        }
    }
}

/// A place where a BSN is, or may be. The number itself is never told.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BsnFinding {
    /// Which of the two.
    pub verdict: Verdict,
    /// The entry, from 0.
    pub entry: Option<usize>,
    /// Where, as FHIRPath from the Bundle.
    pub path: String,
}

/// What the guard found in a Bundle.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct BsnReport {
    /// The places, in the order in which they stand.
    pub findings: Vec<BsnFinding>,
    /// How many values in base64 there are: what they hold, the guard cannot see.
    pub unread: usize,
}

impl BsnReport {
    /// The worst of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.findings
            .iter()
            .map(|finding| finding.verdict)
            .max()
            .unwrap_or_default()
    }
}

impl Bundle<'_> {
    /// Looks for BSNs in every decoded text and number of the Bundle, its URLs included.
    ///
    /// A leak is an identifier that says that it is a BSN and has a value, whether or not it also says that it is masked, and a
    /// URL that names the system of the BSN, or the patient. Digits like those of a BSN are suspect. A code behind the system
    /// that it is of is a code. What stands in base64 is out of reach.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits, Verdict};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"resourceType": "Patient",
    ///   "identifier": [{"system": "http:\/\/fhir.nl\/fhir\/NamingSystem\/bsn", "value": "\u0039\u003999911120"}]}}]}"#;
    /// let report = Bundle::parse(json, FhirVersion::Stu3, &Limits::default())?.bsn();
    ///
    /// assert_eq!(report.verdict(), Verdict::Leak);
    /// assert_eq!(report.findings[0].path, "Bundle.entry[0].resource.identifier[0]");
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    #[must_use]
    pub fn bsn(&self) -> BsnReport {
        let mut guard = Guard::new(self.limits.max_findings);
        walk(self, &mut guard);
        guard.finish(self.source, self.format, "Bundle")
    }
}

/// What the guard says of a URL, before a request goes to it: of its path and query, percent-decoded as often as it is encoded.
///
/// ```
/// use medmij_fhir_bundle::{Verdict, bsn_in_url};
///
/// assert_eq!(bsn_in_url("Observation?code=http://snomed.info/sct%7C275711006"), Verdict::Clean);
/// assert_eq!(bsn_in_url("Observation?patient=Patient/1"), Verdict::Leak);
/// assert_eq!(bsn_in_url("Patient?identifier=http%253A%252F%252Ffhir.nl%252Ffhir%252FNamingSystem%252Fbsn%257C1"), Verdict::Leak);
/// assert_eq!(bsn_in_url("Binary/999911120"), Verdict::Suspect);
/// ```
#[must_use]
pub fn bsn_in_url(url: &str) -> Verdict {
    if names_system(url) || names_patient(url) {
        Verdict::Leak
    } else {
        without_codes(url)
    }
}

/// What the guard says of a text, such as the value of a header or the name of a file.
///
/// ```
/// use medmij_fhir_bundle::{Verdict, bsn_in_text};
///
/// assert_eq!(bsn_in_text("dossier 9999.11.120 (kopie)"), Verdict::Suspect);
/// assert_eq!(bsn_in_text("urn:oid:2.16.840.1.113883.2.4.3.11"), Verdict::Clean);
/// ```
#[must_use]
pub fn bsn_in_text(text: &str) -> Verdict {
    if digits::like_bsn(text, 9) {
        Verdict::Suspect
    } else {
        Verdict::Clean
    }
}

/// Every reading of a text, percent-decoded until nothing changes.
fn readings(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let mut next = Some(Cow::Borrowed(text));
    std::iter::from_fn(move || {
        let reading = next.take()?;
        if reading.contains('%') {
            let decoded = percent_decode_str(&reading).decode_utf8_lossy().into_owned();
            // Each decoding is shorter, so this ends.
            next = (decoded.len() < reading.len()).then_some(Cow::Owned(decoded));
        }
        Some(reading)
    })
}

/// Whether a URL names the system of the BSN, however often it is encoded.
pub(crate) fn names_system(url: &str) -> bool {
    readings(url).any(|reading| {
        let reading = reading.to_ascii_lowercase();
        let names = |system: &str, may_go_on: fn(u8) -> bool| {
            reading.match_indices(system).any(|(at, _)| {
                let behind = reading.as_bytes().get(at + system.len());
                !behind.is_some_and(|byte| may_go_on(*byte))
            })
        };
        names("fhir.nl/fhir/namingsystem/bsn", |byte| byte.is_ascii_alphanumeric())
            || names(OID, |byte| byte.is_ascii_digit() || byte == b'.')
    })
}

/// Whether the query of a URL names the patient [NT-9, 2026-05].
pub(crate) fn names_patient(url: &str) -> bool {
    readings(url).any(|reading| {
        let query = reading.split_once('?').map_or("", |(_, query)| query);
        query.split('&').any(|parameter| {
            let name = parameter.split_once('=').map_or("", |(name, _)| name);
            // Chained, and with modifiers.
            name.split('.').any(|part| {
                let part = part.split(':').next().unwrap_or_default();
                part.eq_ignore_ascii_case("patient") || part.eq_ignore_ascii_case("subject")
            })
        })
    })
}

/// What is left of a URL without the codes behind their systems: `http://snomed.info/sct|275711006`.
fn without_codes(url: &str) -> Verdict {
    let is_code = |part: &str| part.contains("://") || part.contains("urn:");
    let is_suspect = readings(url).any(|reading| {
        reading
            .split(['?', '&', '=', ','])
            .any(|part| match part.rsplit_once('|') {
                Some((system, _)) if is_code(system) => digits::like_bsn(system, 9),
                _ => digits::like_bsn(part, 9),
            })
    });
    if is_suspect { Verdict::Suspect } else { Verdict::Clean }
}

/// Whether the system of an identifier is that of the BSN.
pub(crate) fn is_system(system: &str) -> bool {
    let system = system.trim().trim_end_matches('/');
    system.eq_ignore_ascii_case(SYSTEM) || system.strip_prefix("urn:oid:").unwrap_or(system) == OID
}

pub(crate) struct Guard {
    report: BsnReport,
    limit: usize,
}

impl Guard {
    pub(crate) fn new(limit: usize) -> Self {
        let report = BsnReport::default();
        Self { report, limit }
    }

    /// What was found in a resource of a type, and in what stands beside its elements.
    pub(crate) fn finish(mut self, source: &str, format: Format, resource_type: &str) -> BsnReport {
        if format == Format::Xml {
            self.comments(source);
        }
        if resource_type != "Bundle" {
            for finding in &mut self.report.findings {
                finding.entry = None;
                finding.path = finding.path.replacen("Bundle", resource_type, 1);
            }
        }
        self.report
    }

    fn add(&mut self, verdict: Verdict, entry: Option<usize>, path: impl FnOnce() -> String) {
        let has_room = self.report.findings.len() < self.limit;
        // A leak is told, however many suspects there are.
        if verdict == Verdict::Leak || verdict == Verdict::Suspect && has_room {
            let path = path();
            self.report.findings.push(BsnFinding { verdict, entry, path });
        }
    }

    /// What stands in XML beside its elements.
    fn comments(&mut self, source: &str) {
        let mut xml = quick_xml::Reader::from_str(source);
        loop {
            let text = match xml.read_event() {
                Ok(Event::Comment(text)) => text.into_inner(),
                Ok(Event::PI(text)) => text.into_inner(),
                Ok(Event::Eof) | Err(_) => return,
                Ok(_) => continue,
            };
            let text = String::from_utf8_lossy(&text);
            self.add(bsn_in_text(&text), None, || String::from("Bundle"));
        }
    }
}

/// URLs by the names of their members.
fn is_url(place: &Place<'_, '_>) -> bool {
    const URLS: [&str; 8] = [
        "url",
        "fullUrl",
        "ifNoneExist",
        "location",
        "reference",
        "valueUri",
        "valueUrl",
        "uri",
    ];
    URLS.iter().any(|name| place.is(name))
}

/// Values in base64 by the names of their members; `content` is a text only in a Binary of STU3.
pub(crate) fn is_base64(place: &Place<'_, '_>) -> bool {
    const BASE64: [&str; 5] = ["data", "content", "hash", "blob", "valueBase64Binary"];
    BASE64.iter().any(|name| place.is(name))
}

impl<'b> Visit<'b> for Guard {
    fn scalar(&mut self, place: &Place<'_, 'b>, scalar: Scalar<'b>) {
        let verdict = match scalar {
            // It is judged when it is known of which system it is.
            Scalar::Text(_) if place.is_member("code") => Verdict::Clean,
            Scalar::Text(_) if is_base64(place) => {
                self.report.unread += 1;
                Verdict::Clean
            }
            Scalar::Text(text) => said(place, &text.decode()),
            Scalar::Number(literal) => bsn_in_text(literal),
            Scalar::Bool => Verdict::Clean,
        };
        self.add(verdict, place.entry(), || place.path());
    }

    fn name(&mut self, place: &Place<'_, 'b>, name: Text<'b>) {
        self.add(bsn_in_text(&name.decode()), place.entry(), || place.path());
    }

    fn object(&mut self, place: &Place<'_, 'b>, members: &Members<'b>) {
        let entry = place.entry();
        let value = members.value.map(Text::decode);
        let is_number = value
            .as_ref()
            .is_some_and(|value| value.bytes().filter(u8::is_ascii_digit).count() == 9);
        if members.names_bsn && members.has_value || members.is_national_number && is_number {
            let path = place.path();
            // That its digits are like those of a BSN is told by this.
            let of_value = format!("{path}.value");
            if self.report.findings.last().is_some_and(|last| last.path == of_value) {
                self.report.findings.pop();
            }
            self.add(Verdict::Leak, entry, || path);
        } else if place.is("identifier") && value.is_some_and(|value| digits::like_bsn(&value, 8)) {
            // The zero before it is lost.
            self.add(Verdict::Suspect, entry, || format!("{}.value", place.path()));
        }
        for code in [members.code, members.code_again].into_iter().flatten() {
            let verdict = match members.system {
                _ if members.names_bsn && !code.is_empty() => Verdict::Leak,
                Some(_) => Verdict::Clean,
                None => bsn_in_text(&code.decode()),
            };
            self.add(verdict, entry, || format!("{}.code", place.path()));
        }
    }
}

/// What the guard says of a string.
fn said(place: &Place<'_, '_>, text: &str) -> Verdict {
    if is_url(place) && !is_system(text) {
        let is_request = place.is("url") || place.is("ifNoneExist");
        if names_system(text) || is_request && names_patient(text) {
            return Verdict::Leak;
        }
        return without_codes(text);
    }
    if place.is("div") {
        return bsn_in_text(&markup(text));
    }
    // A code behind its system, as in a search that is told in a text.
    if text.contains('|') && names_system(text) {
        return Verdict::Leak;
    }
    bsn_in_text(text)
}

/// Markup with its references to characters read.
fn markup(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut said = String::with_capacity(text.len());
    let mut pieces = text.split('&');
    said.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        match piece.split_once(';') {
            Some((name, rest)) if name.len() < 12 => {
                said.push(medmij_core::xml::resolve_reference(name).unwrap_or('&'));
                said.push_str(rest);
            }
            _ => {
                said.push('&');
                said.push_str(piece);
            }
        }
    }
    Cow::Owned(said)
}

fn is_bsn(digits: &str) -> bool {
    digits.parse::<Bsn>().is_ok()
}
