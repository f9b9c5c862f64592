//! The guard against BSNs: no message of MedMij holds one [Delen 4, 2.x].

mod digits;
mod masked;
mod text;
mod url;

use medmij_core::Bsn;
use quick_xml::events::Event;
use serde::{Deserialize, Serialize};

use crate::text::Text;
use crate::walk::{Members, Place, Scalar, Visit, walk};
use crate::{Bundle, Format};

pub(crate) use url::{names_patient, names_system};

/// The naming system of the BSN, as FHIR in the Netherlands writes it.
pub(crate) const SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
/// The same without its scheme.
const NAME: &str = "fhir.nl/fhir/NamingSystem/bsn";
/// The same as an OID.
const OID: &str = "2.16.840.1.113883.2.4.6.3";

/// What the guard says of a message or of a place in it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
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
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
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
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
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
        if !walk(self, &mut guard) {
            // It was read before, so this does not happen; if it does, it is no proof that nothing is there.
            guard.add(Verdict::Leak, None, || String::from("Bundle"));
        }
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
        url::digits(url)
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
    text::digits(text)
}

/// Whether the system of an identifier is that of the BSN.
pub(crate) fn is_system(system: &str) -> bool {
    let is_it = |system: &str| {
        let system = system.trim().trim_end_matches('/');
        let number = system
            .get(..8)
            .filter(|urn| urn.eq_ignore_ascii_case("urn:oid:"))
            .map_or(system, |_| system.get(8..).unwrap_or_default());
        let web = system
            .split_once("://")
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"));
        web.is_some_and(|(_, name)| name.eq_ignore_ascii_case(NAME)) || number == OID
    };
    if system.contains('%') {
        url::readings(system).any(|reading| reading.is_none_or(|reading| is_it(&reading)))
    } else {
        is_it(system)
    }
}

pub(crate) struct Guard {
    report: BsnReport,
    /// How many of each may still be told.
    suspects: usize,
    leaks: usize,
}

impl Guard {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            report: BsnReport::default(),
            suspects: limit,
            leaks: limit,
        }
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
        // A leak is told, however many suspects there are.
        let left = match verdict {
            Verdict::Clean => return,
            Verdict::Suspect => &mut self.suspects,
            Verdict::Leak => &mut self.leaks,
        };
        if *left > 0 {
            *left -= 1;
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
                Ok(Event::Eof) => return,
                Err(_) => {
                    // It was read before, so this does not happen; if it does, nobody knows what stands there.
                    self.add(Verdict::Suspect, None, || String::from("Bundle"));
                    return;
                }
                Ok(_) => continue,
            };
            let text = String::from_utf8_lossy(&text);
            self.add(bsn_in_text(&text), None, || String::from("Bundle"));
        }
    }
}

/// URLs by the names of their members.
fn is_url(place: &Place<'_, '_>) -> bool {
    const URLS: [&str; 12] = [
        "url",
        "fullUrl",
        "ifNoneExist",
        "location",
        "reference",
        "source",
        "implicitRules",
        "profile",
        "uri",
        "valueUri",
        "valueUrl",
        "valueCanonical",
    ];
    URLS.iter().any(|name| place.is(name))
}

/// URLs of the Bundle itself: to where something goes, and from where it is.
fn is_address(place: &Place<'_, '_>) -> bool {
    ["fullUrl", "ifNoneExist", "location"].iter().any(|name| place.is(name))
        || place.is("url") && (place.is_in("request") || place.is_in("link"))
}

/// Values in base64 by the names of their members; `content` is a text only in a Binary of STU3.
pub(crate) fn is_base64(place: &Place<'_, '_>, text: Text<'_>) -> bool {
    const BASE64: [&str; 5] = ["data", "content", "hash", "blob", "valueBase64Binary"];
    BASE64.iter().any(|name| place.is(name)) && is_in_base64(&text.decode())
}

/// Another text may have such a name too.
fn is_in_base64(text: &str) -> bool {
    let mut symbols = 0_usize;
    let all = text.bytes().all(|byte| {
        symbols += usize::from(!byte.is_ascii_whitespace());
        byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || matches!(byte, b'+' | b'/' | b'=')
    });
    all && symbols.is_multiple_of(4)
}

impl<'b> Visit<'b> for Guard {
    fn scalar(&mut self, place: &Place<'_, 'b>, scalar: Scalar<'b>) {
        let verdict = match scalar {
            // It is judged when it is known of which system it is.
            Scalar::Text(_) if place.is_member("code") => Verdict::Clean,
            Scalar::Text(text) if is_base64(place, text) => {
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
        if members.names_bsn && members.has_value || members.is_national_number && members.has_nine_digits {
            let path = place.path();
            // That its digits are like those of a BSN is told by this.
            let of_value = format!("{path}.value");
            if self.report.findings.last().is_some_and(|last| last.path == of_value) {
                self.report.findings.pop();
            }
            self.add(Verdict::Leak, entry, || path);
        } else if let Some(value) = members.value {
            // Of eight digits the zero before them is lost.
            let is_identifier = place.name().is_some_and(|name| name.decode().ends_with("dentifier"));
            if is_identifier && digits::like_bsn(&value.decode(), 8) {
                self.add(Verdict::Suspect, entry, || format!("{}.value", place.path()));
            }
        }
        if let Some(code) = members.code {
            let verdict = match members.system {
                _ if members.names_bsn && !code.is_empty() => Verdict::Leak,
                _ if members.has_suspect_code => Verdict::Suspect,
                Some(_) => Verdict::Clean,
                None => bsn_in_text(&code.decode()),
            };
            self.add(verdict, entry, || format!("{}.code", place.path()));
        }
    }
}

/// What the guard says of a string.
fn said(place: &Place<'_, '_>, text: &str) -> Verdict {
    if place.is("div") {
        let verdict = text::markup(text);
        return if url::names_system_with_value(text) {
            Verdict::Leak
        } else {
            verdict
        };
    }
    // A resource may name the system, an address of the Bundle not.
    if is_url(place) && (is_address(place) || !is_system(text)) {
        let names_patient = match place.name() {
            // It should be a query alone.
            Some(name) if name.is("ifNoneExist") => names_patient(text) || url::query_names_patient(text),
            Some(name) if name.is("url") && place.is_in("request") => names_patient(text),
            _ => false,
        };
        let is_leak = names_system(text) || names_patient;
        return if is_leak { Verdict::Leak } else { url::digits(text) };
    }
    // A search that is told in a text.
    if url::names_system_with_value(text) || url::is_search_by_system(text) {
        return Verdict::Leak;
    }
    if text.contains("://") && !text.contains(char::is_whitespace) {
        return url::digits(text);
    }
    bsn_in_text(text)
}

fn is_bsn(digits: &str) -> bool {
    digits.parse::<Bsn>().is_ok()
}
