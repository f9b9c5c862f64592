//! The checks by which Nictiz qualifies PHR and XIS.

use super::Found;
use crate::walk::{Members, Place};
use crate::{Rule, bsn, full_url};

/// Of the whole and its entries: NT-1, NT-2, NT-9, NT-11 to NT-16.
pub(super) fn check(found: &mut Found<'_, '_>) {
    let bundle = found.bundle;
    let is = |codes: &[&str]| codes.iter().any(|code| bundle.type_is(code));
    let is_request = is(&["transaction", "batch"]);
    let is_searchset = is(&["searchset"]);
    for (index, entry) in bundle.entries().enumerate() {
        let full_url = entry.full_url();
        if let Some(url) = &full_url {
            let id = entry.resource().and_then(|resource| resource.id());
            if id.is_some_and(|id| !url.ends_with(&*id)) {
                found.add_entry(Rule::Nt1, index, ".fullUrl");
            }
            if !full_url::is_full_url(url) {
                found.add_entry(Rule::Nt2, index, ".fullUrl");
            }
        }
        if is_request {
            request(found, index, full_url.as_deref());
        }
        if is_searchset && let Some(resource) = entry.resource() {
            if resource.id().is_none() && !full_url.is_some_and(|url| url.starts_with("urn:")) {
                found.add_entry(Rule::Nt15Id, index, ".resource");
            }
            if !resource.has_profile() && !resource.is("OperationOutcome") && !resource.is("Binary") {
                found.add_entry(Rule::Nt15Profile, index, ".resource.meta.profile");
            }
        }
    }
    if is_searchset {
        searchset(found);
    }
}

fn request(found: &mut Found<'_, '_>, index: usize, full_url: Option<&str>) {
    let entry = found.bundle.entry(index);
    let Some((entry, request)) = entry.and_then(|entry| Some((entry, entry.request()?))) else {
        return;
    };
    if bsn::names_patient(&request.url()) {
        found.add_entry(Rule::Nt9, index, ".request.url");
    }
    let resource = entry.resource();
    let has_id = resource.is_some_and(|resource| resource.id().is_some());
    match &*request.method() {
        "PUT" if full_url.is_none() || !has_id => found.add_entry(Rule::Nt11, index, ""),
        "POST" => {
            if has_id {
                found.add_entry(Rule::Nt12, index, ".resource.id");
            }
            if full_url.is_some_and(|url| url.starts_with("http://") || url.starts_with("https://")) {
                found.add_entry(Rule::Nt13, index, ".fullUrl");
            }
            if resource.is_some_and(|resource| !resource.has_profile() && !resource.is("Binary")) {
                found.add_entry(Rule::Nt14, index, ".resource.meta.profile");
            }
        }
        _ => {}
    }
}

fn searchset(found: &mut Found<'_, '_>) {
    let bundle = found.bundle;
    if bundle.link("self").is_none_or(|url| url.is_empty()) {
        found.add(Rule::Nt16Self, ".link");
    }
    // On a page of a longer result the total is larger, and right.
    let itself = bundle.link("self");
    let is_other = |relation: &str| bundle.link(relation).is_some_and(|url| Some(url) != itself);
    let is_whole = !["next", "previous", "prev", "first"].into_iter().any(is_other);
    // As the scripts count: without search, or with mode match.
    let is_counted = |entry: &crate::Entry<'_>| match entry.search_mode() {
        Some(mode) => mode == "match",
        None => !entry.raw.has_search,
    };
    let matches = bundle.entries().filter(is_counted).count();
    if is_whole && bundle.total().is_some_and(|total| total > matches as u64) {
        found.add(Rule::Nt16Total, ".total");
    }
    for (index, link) in bundle.links().enumerate() {
        if bsn::names_system(&link.url()) {
            found.add(Rule::Nt16Bsn, &format!(".link[{index}].url"));
        }
    }
}

/// NT-8: an identifier that holds a BSN, by the check of the scripts.
pub(super) fn identifier(found: &mut Found<'_, '_>, place: &Place<'_, '_>, members: &Members<'_>) {
    let is_bsn = members.system.is_some_and(|system| system.is(bsn::SYSTEM));
    if is_bsn && members.value.is_some() && !members.has_value_extension && place.is("identifier") {
        found.add_at(Rule::Nt8, place.entry(), || place.path());
    }
}

/// NT-3 to NT-7, of what is told by its name and form.
pub(super) fn element(found: &mut Found<'_, '_>, place: &Place<'_, '_>, members: &Members<'_>) {
    const ZIB_VALUE_SETS: &str = "urn:oid:2.16.840.1.113883.2.4.3.11.60.40.2";
    let mut add = |rule| found.add_at(rule, place.entry(), || place.path());
    if place.is("coding") || place.is("valueCoding") {
        if members.system.is_none() || members.code.is_none() {
            add(Rule::Nt3);
        }
        if members
            .system
            .is_some_and(|system| system.decode().starts_with(ZIB_VALUE_SETS))
        {
            add(Rule::Nt4);
        }
    }
    if (members.has_coding || place.is("valueCodeableConcept"))
        && !members.coding_has_display
        && !members.has_text
        && !members.has_extension
    {
        add(Rule::Nt5);
    }
    let is_reference = members.reference.is_some() || members.has_identifier && !members.has_others;
    if is_reference && members.display.is_none() && !members.has_absent_reason {
        add(Rule::Nt6);
    }
    // `masterIdentifier`, `valueIdentifier` and the like; one that only tells an identifier is a Reference.
    let is_identifier = place.name().is_some_and(|name| name.decode().ends_with("dentifier"));
    let has_value = members.value.is_some() || members.has_value_extension;
    if is_identifier && (!has_value || members.system.is_none() && !members.has_type) {
        add(Rule::Nt7);
    }
}
