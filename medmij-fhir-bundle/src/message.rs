//! Whole HTTP messages: what is asked of them beside their Bundle.

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};

use crate::bsn::{Guard, names_patient};
use crate::walk::walk_single;
use crate::{BsnFinding, BsnReport, Bundle, BundleError, FhirVersion, Finding, Format, Limits, Rule, Verdict, open};
use crate::{bsn_in_text, bsn_in_url};

/// What the qualification checks say of a request beside its Bundle: that its URL names nobody [NT-9, 2026-05] and
/// that it carries the token [NT-10, 2026-05].
///
/// ```
/// use medmij_fhir_bundle::{FhirVersion, request_findings};
///
/// let request = http::Request::get("https://rs.dva.nl/fhir/Flag?patient=1").body(())?;
/// let findings = request_findings(&request, FhirVersion::Stu3);
/// let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
/// assert_eq!(rules, ["NT-9", "NT-10"]);
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn request_findings<B>(request: &Request<B>, version: FhirVersion) -> Vec<Finding> {
    let finding = |rule, path: &str| Finding {
        rule,
        version,
        entry: None,
        path: path.to_owned(),
    };
    let named = names_patient(&request.uri().to_string()).then(|| finding(Rule::Nt9, "url"));
    let bare = !request.headers().contains_key(AUTHORIZATION);
    named
        .into_iter()
        .chain(bare.then(|| finding(Rule::Nt10, "header authorization")))
        .collect()
}

/// What the guard finds in a whole request before it leaves: in its URL, its headers and its body [Delen 4, 2.x].
///
/// A body that is neither a Bundle nor a resource is read as a text if it is one, and else counts as not read. The token is left
/// out: its characters are random.
///
/// ```
/// use medmij_fhir_bundle::{FhirVersion, Limits, Verdict, bsn_in_request};
///
/// let request = http::Request::post("https://rs.dva.nl/fhir")
///     .header("content-disposition", "attachment; filename=999911120.pdf")
///     .body(br#"{"resourceType": "Bundle", "type": "batch"}"#.to_vec())?;
/// let report = bsn_in_request(&request, FhirVersion::Stu3, &Limits::default());
/// assert_eq!(report.verdict(), Verdict::Suspect);
/// assert_eq!(report.findings[0].path, "header content-disposition");
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn bsn_in_request(request: &Request<impl AsRef<[u8]>>, version: FhirVersion, limits: &Limits) -> BsnReport {
    let url = place(bsn_in_url(&request.uri().to_string()), "url");
    whole(url, request.headers(), request.body().as_ref(), version, limits)
}

/// The same of a response: its headers and its body.
#[must_use]
pub fn bsn_in_response(response: &Response<impl AsRef<[u8]>>, version: FhirVersion, limits: &Limits) -> BsnReport {
    whole(None, response.headers(), response.body().as_ref(), version, limits)
}

fn whole(
    url: Option<BsnFinding>,
    headers: &HeaderMap,
    body: &[u8],
    version: FhirVersion,
    limits: &Limits,
) -> BsnReport {
    let headers = headers.iter().filter(|(name, _)| *name != AUTHORIZATION);
    let headers = headers.filter_map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let verdict = bsn_in_url(&value).max(bsn_in_text(&value));
        place(verdict, &format!("header {name}"))
    });
    let mut findings: Vec<_> = url.into_iter().chain(headers).collect();
    let report = in_body(body, version, limits);
    findings.extend(report.findings);
    BsnReport {
        findings,
        unread: report.unread,
    }
}

/// What the guard finds in a body: in a Bundle, or in a resource that stands alone, whose places are told from its type.
///
/// ```
/// use medmij_fhir_bundle::{FhirVersion, Limits, Verdict, bsn_in_body};
///
/// let patient = br#"{"resourceType": "Patient", "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "x"}]}"#;
/// let report = bsn_in_body(patient, FhirVersion::Stu3, &Limits::default())?;
/// assert_eq!((report.verdict(), &*report.findings[0].path), (Verdict::Leak, "Patient.identifier[0]"));
/// # Ok::<(), medmij_fhir_bundle::BundleError>(())
/// ```
///
/// # Errors
/// If it is neither.
pub fn bsn_in_body(body: &[u8], version: FhirVersion, limits: &Limits) -> Result<BsnReport, BundleError> {
    let error = match Bundle::parse(body, version, limits) {
        Ok(bundle) => return Ok(bundle.bsn()),
        Err(error) => error,
    };
    match in_single(body, version, limits) {
        Some((report, true)) => Ok(report),
        _ => Err(error),
    }
}

/// What the guard finds in what stands alone, and whether it says what it is.
fn in_single(body: &[u8], version: FhirVersion, limits: &Limits) -> Option<(BsnReport, bool)> {
    let single = open::single(body, version, limits).ok()?;
    let format = Format::of(body);
    let mut guard = Guard::new(limits.max_findings);
    walk_single(single.text, format, limits.max_depth, &mut guard).ok()?;
    let resource_type = single.resource_type.map(|text| text.decode()).unwrap_or_default();
    let report = guard.finish(single.text, format, &resource_type);
    Some((report, !resource_type.is_empty()))
}

fn in_body(body: &[u8], version: FhirVersion, limits: &Limits) -> BsnReport {
    let bundle = Bundle::parse(body, version, limits).ok();
    let report = bundle.map(|bundle| bundle.bsn());
    let report = report.or_else(|| in_single(body, version, limits).map(|(report, _)| report));
    report.unwrap_or_else(|| {
        let text = std::str::from_utf8(body)
            .ok()
            .filter(|text| text.len() <= limits.max_bytes);
        let verdict = text.map_or(Verdict::Clean, |text| bsn_in_url(text).max(bsn_in_text(text)));
        BsnReport {
            findings: place(verdict, "body").into_iter().collect(),
            unread: usize::from(text.is_none()),
        }
    })
}

fn place(verdict: Verdict, path: &str) -> Option<BsnFinding> {
    (verdict > Verdict::Clean).then(|| BsnFinding {
        verdict,
        entry: None,
        path: path.to_owned(),
    })
}
