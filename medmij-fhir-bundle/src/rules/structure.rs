//! The structure of a Bundle [FHIR Bundle, 3.0 to 4.3], as far as it is not told at the opening.

use std::collections::HashSet;

use super::Found;
use crate::{Rule, full_url};

const TYPES: [&str; 9] = [
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
];

pub(super) fn check(found: &mut Found<'_, '_>) {
    let (bundle, differences) = (found.bundle, found.bundle.version.differences());
    if bundle.begin > 0 {
        found.add(Rule::ByteOrderMark, "");
    }
    match bundle.bundle_type() {
        None => found.add(Rule::StrType, ".type"),
        Some(code) if !TYPES.contains(&&*code) => found.add(Rule::StrTypeCode, ".type"),
        Some(_) => {}
    }
    if !differences.has_timestamp && bundle.timestamp.is_some() {
        found.add(Rule::StrTimestamp, ".timestamp");
    }
    let mut relations = HashSet::new();
    for (index, link) in bundle.links().enumerate() {
        let relation = link.relation();
        if !relation.is_empty() && !relations.insert(relation) {
            found.add(Rule::StrLinkOnce, &format!(".link[{index}].relation"));
        }
    }
    for (index, entry) in bundle.entries().enumerate() {
        if entry
            .search_mode()
            .is_some_and(|mode| !["match", "include", "outcome"].contains(&&*mode))
        {
            found.add_entry(Rule::StrSearchMode, index, ".search.mode");
        }
        if let Some(request) = entry.request() {
            let method = request.method();
            if !method.is_empty() && !differences.methods.contains(&&*method) {
                found.add_entry(Rule::StrMethod, index, ".request.method");
            }
        }
        if let Some(response) = entry.response() {
            let status = response.status();
            let digits = status.bytes().take_while(|byte| byte.is_ascii_digit()).count();
            if !status.is_empty() && digits != 3 {
                found.add_entry(Rule::StrStatus, index, ".response.status");
            }
        }
        match entry.full_url() {
            Some(full_url) => url(found, index, &full_url),
            None if entry.resource().is_some_and(|it| !it.is("OperationOutcome")) => missing_url(found, index),
            None => {}
        }
    }
}

/// Only what is still to be made, and what an operation gives that is nobody's, has no fullUrl [FHIR Bundle.entry.fullUrl, 3.0 to 4.3].
fn missing_url(found: &mut Found<'_, '_>, index: usize) {
    let is = |codes: &[&str]| codes.iter().any(|code| found.bundle.type_is(code));
    if is(&["document", "message"]) {
        found.add_entry(Rule::UrlMissing, index, "");
    } else if is(&["searchset", "history", "collection"]) || is_put(found, index) {
        found.add_entry(Rule::UrlUntold, index, "");
    }
}

fn is_put(found: &Found<'_, '_>, index: usize) -> bool {
    let request = found.bundle.entry(index).and_then(|entry| entry.request());
    request.is_some_and(|request| request.method() == "PUT")
}

/// What a fullUrl may be [FHIR Bundle.entry.fullUrl, 3.0 to 4.3].
fn url(found: &mut Found<'_, '_>, index: usize, full_url: &str) {
    if full_url.is_empty() {
        return;
    }
    if !full_url::is_absolute(full_url) {
        found.add_entry(Rule::UrlAbsolute, index, ".fullUrl");
        return;
    }
    let Some(entry) = found.bundle.entry(index) else { return };
    let (Some(url), Some(resource)) = (full_url::Restful::parse(full_url), entry.resource()) else {
        return;
    };
    match resource.id() {
        Some(id) if id != url.id => found.add_entry(Rule::UrlId, index, ".fullUrl"),
        // A resource that is still to be made has none.
        None if entry.request().is_none_or(|request| request.method() != "POST") => {
            found.add_entry(Rule::UrlNoId, index, ".resource");
        }
        _ => {}
    }
}
