//! What a reference must lead to [FHIR References, 3.0 to 4.3].

use super::Found;
use crate::Rule;
use crate::reference::{Resolution, Resolved};

/// What is wrong with a reference, if anything is: most lead out of their Bundle, and that is right.
pub(super) fn check(found: &mut Found<'_, '_>, resolved: Resolved<'_, '_>) {
    let bundle = found.bundle;
    let is = |codes: &[&str]| codes.iter().any(|code| bundle.type_is(code));
    let says = resolved.text.map(crate::text::Text::decode);
    let says = says.as_deref().unwrap_or_default();
    let rule = match resolved.resolution {
        Resolution::Malformed => Rule::ReferenceMalformed,
        // In a history each version of a resource has its fullUrl.
        Resolution::Ambiguous(_) if is(&["history"]) => return,
        Resolution::Ambiguous(_) => Rule::ReferenceAmbiguous,
        Resolution::NotInBundle if says.starts_with('#') => Rule::ReferenceContained,
        Resolution::NotInBundle if resolved.is_other_version => Rule::ReferenceVersion,
        Resolution::NotInBundle if says.starts_with("urn:") && is(&["transaction", "batch"]) => Rule::UrnUnresolved,
        Resolution::NotInBundle if says.starts_with("urn:") && is(&["document", "message"]) => Rule::UrnUnresolved,
        Resolution::NotInBundle | Resolution::RelativeNoBase if must_be_there(found, &resolved, says) => {
            Rule::ReferenceNotFound
        }
        Resolution::RelativeNoBase => Rule::ReferenceNoBase,
        _ => return,
    };
    found.add_at(rule, resolved.entry, || resolved.path.into_owned());
}

/// What the first resource of a document or message holds together must be in it. Another server's address may lead out.
fn must_be_there(found: &Found<'_, '_>, resolved: &Resolved<'_, '_>, says: &str) -> bool {
    const COMPOSITION: [&str; 8] = [
        "subject",
        "encounter",
        "author",
        "party",
        "custodian",
        "entry",
        "focus",
        "detail",
    ];
    let names: &[&str] = if found.bundle.type_is("document") {
        &COMPOSITION
    } else if found.bundle.type_is("message") {
        &["focus"]
    } else {
        &[]
    };
    let leads_out = says.starts_with("http://") || says.starts_with("https://");
    resolved.entry == Some(0) && !leads_out && names.iter().any(|name| resolved.path.is(name))
}
