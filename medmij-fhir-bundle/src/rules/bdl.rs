//! The invariants of Bundle.

use std::collections::HashSet;

use super::Found;
use crate::Rule;
use crate::version::Presence;

pub(super) fn check(found: &mut Found<'_, '_>) {
    let bundle = found.bundle;
    let differences = bundle.version.differences();
    let is = |codes: &[&str]| codes.iter().any(|code| bundle.type_is(code));
    if bundle.total.is_some() && !is(&["searchset", "history"]) {
        found.add(Rule::Bdl1, ".total");
    }
    let searchset = is(&["searchset"]);
    let requests = is(&["batch", "transaction", "history"]);
    let responses =
        is(&["batch-response", "transaction-response"]) || differences.history_has_responses && is(&["history"]);
    let fits = |allowed: bool, has: bool| match differences.request_and_response {
        Presence::Allowed => allowed || !has,
        Presence::Demanded => allowed == has,
    };
    let mut identities = HashSet::new();
    let distinct = !differences.history_repeats_full_urls || !is(&["history"]);
    for (index, entry) in bundle.entries().enumerate() {
        if entry.raw.has_search && !searchset {
            found.add_entry(Rule::Bdl2, index, ".search");
        }
        if !fits(requests, entry.raw.request.is_some()) {
            found.add_entry(Rule::Bdl3, index, "");
        }
        if !fits(responses, entry.raw.response.is_some()) {
            found.add_entry(Rule::Bdl4, index, "");
        }
        let (resource, full_url) = (entry.resource(), entry.full_url());
        if resource.is_none() && entry.raw.request.is_none() && entry.raw.response.is_none() {
            found.add_entry(Rule::Bdl5, index, "");
        }
        let Some(full_url) = full_url.filter(|url| !url.is_empty()) else {
            continue;
        };
        if full_url.contains("/_history/") {
            found.add_entry(Rule::Bdl8, index, ".fullUrl");
        }
        let version_id = resource.and_then(|resource| resource.version_id());
        if distinct && !identities.insert((full_url, version_id)) {
            found.add_entry(Rule::Bdl7, index, ".fullUrl");
        }
    }
    documents(found);
}

/// bdl-9 to bdl-12, of documents and messages.
fn documents(found: &mut Found<'_, '_>) {
    let bundle = found.bundle;
    let differences = bundle.version.differences();
    let first_is = |resource_type: &str| {
        let first = bundle.entry(0).and_then(|entry| entry.resource());
        first.is_some_and(|resource| resource.is(resource_type))
    };
    if bundle.type_is("document") {
        let told = |span: crate::text::Span| span.text(bundle.source).is_some_and(|text| !text.is_empty());
        if !told(bundle.identifier.system) || !told(bundle.identifier.value) {
            found.add(Rule::Bdl9, ".identifier");
        }
        if differences.document_has_timestamp && bundle.timestamp != Some(true) {
            found.add(Rule::Bdl10, ".timestamp");
        }
        if differences.first_is_invariant && !first_is("Composition") {
            first(found, Rule::Bdl11);
        }
    }
    if differences.first_is_invariant && bundle.type_is("message") && !first_is("MessageHeader") {
        first(found, Rule::Bdl12);
    }
}

/// Something about the first entry, or that there is none.
fn first(found: &mut Found<'_, '_>, rule: Rule) {
    if found.bundle.entries.is_empty() {
        found.add(rule, ".entry");
    } else {
        found.add_entry(rule, 0, "");
    }
}
