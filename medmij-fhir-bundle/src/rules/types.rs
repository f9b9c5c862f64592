//! What the type of a Bundle asks of its entries [FHIR http, 3.0 to 4.3].

use std::collections::{HashMap, HashSet};

use super::Found;
use crate::{Entry, Rule, full_url};

pub(super) fn check(found: &mut Found<'_, '_>) {
    let bundle = found.bundle;
    let is = |codes: &[&str]| codes.iter().any(|code| bundle.type_is(code));
    if is(&["searchset"]) {
        searchset(found);
    } else if is(&["transaction", "batch"]) {
        requests(found);
    } else if is(&["document", "message", "collection"]) {
        for (index, entry) in bundle.entries().enumerate() {
            if entry.resource().is_none() {
                found.add_entry(Rule::ResourceMissing, index, "");
            }
        }
        first(found);
    } else if is(&["history"]) {
        for (index, entry) in bundle.entries().enumerate() {
            let method = entry.request().map(|request| request.method());
            let leaves_something = matches!(method.as_deref(), Some("POST" | "PUT" | "PATCH"));
            if leaves_something && entry.resource().is_none() {
                found.add_entry(Rule::ResourceMissing, index, "");
            }
        }
    }
}

/// Where no invariant says what bdl-11 and bdl-12 do.
fn first(found: &mut Found<'_, '_>) {
    let bundle = found.bundle;
    let first = bundle.entry(0).and_then(|entry| entry.resource());
    let is_first = |name: &str| first.is_none_or(|resource| resource.is(name));
    let is_wrong = bundle.type_is("document") && !is_first("Composition")
        || bundle.type_is("message") && !is_first("MessageHeader");
    if !bundle.version.differences().first_is_invariant && is_wrong {
        found.add_entry(Rule::FirstResource, 0, ".resource");
    }
}

/// The type that was searched for, as the link to itself tells: `[base]/[type]?…`.
fn searched(found: &Found<'_, '_>) -> Option<String> {
    let url = found.bundle.link("self")?;
    let path = url.split('?').next()?;
    let name = path.rsplit('/').next()?;
    // A base may end in something like a type.
    let is_type = full_url::is_type(name) && !name.eq_ignore_ascii_case("fhir");
    is_type.then(|| name.to_owned())
}

fn searchset(found: &mut Found<'_, '_>) {
    let searched = searched(found);
    for (index, entry) in found.bundle.entries().enumerate() {
        let Some(resource) = entry.resource() else {
            found.add_entry(Rule::SearchsetResource, index, "");
            continue;
        };
        let is_outcome = resource.is("OperationOutcome");
        let mode = entry.search_mode();
        if mode.is_none() && !is_outcome {
            found.add_entry(Rule::SearchsetMode, index, "");
        }
        if mode.as_deref() == Some("outcome") && !is_outcome {
            found.add_entry(Rule::OutcomeResource, index, ".search.mode");
        }
        // Without a mode it counts as found, unless it is nobody's.
        let is_temporary = mode.is_none() && entry.full_url().is_some_and(|url| url.starts_with("urn:"));
        if entry.is_match() && !is_outcome && !is_temporary && resource.id().is_none() {
            found.add_entry(Rule::SearchsetId, index, ".resource");
        }
        // Of one without a mode it is not known that it was searched for.
        let is_another = || searched.as_deref().is_some_and(|searched| !resource.is(searched));
        if mode.as_deref() == Some("match") && !is_outcome && is_another() {
            found.add_entry(Rule::SearchsetType, index, ".resource");
        }
    }
}

fn requests(found: &mut Found<'_, '_>) {
    let is_transaction = found.bundle.type_is("transaction");
    let mut targets = HashSet::new();
    let mut methods: HashMap<String, String> = HashMap::new();
    for (index, entry) in found.bundle.entries().enumerate() {
        let Some(request) = entry.request() else { continue };
        let method = request.method();
        let has_resource = entry.resource().is_some();
        match &*method {
            "POST" | "PUT" | "PATCH" if !has_resource => found.add_entry(Rule::ResourceMissing, index, ""),
            "GET" | "HEAD" | "DELETE" if has_resource => found.add_entry(Rule::ResourceForbidden, index, ".resource"),
            _ => {}
        }
        let url = request.url();
        if !url.is_empty() {
            if url.starts_with('/') || full_url::is_absolute(&url) {
                found.add_entry(Rule::RequestUrlRelative, index, ".request.url");
            }
            if !fits(&entry, &method, relative(&url)) {
                found.add_entry(Rule::RequestUrl, index, ".request.url");
            }
        }
        if is_transaction
            && matches!(&*method, "PUT" | "PATCH" | "DELETE")
            && !url.is_empty()
            && !targets.insert(relative(&url).to_owned())
        {
            found.add_entry(Rule::SameTarget, index, ".request.url");
        }
        if request.if_none_exist().is_some_and(|query| !is_query(&query)) {
            found.add_entry(Rule::IfNoneExist, index, ".request.ifNoneExist");
        }
        // What is made anew is not what is there.
        if is_transaction
            && let (Some(full_url), "POST" | "PUT") = (entry.full_url(), &*method)
            && methods
                .insert(full_url.into_owned(), method.clone().into_owned())
                .is_some_and(|before| before != method)
        {
            found.add_entry(Rule::SameTarget, index, ".fullUrl");
        }
    }
}

/// The part behind the root: it is meant to be no more.
fn relative(url: &str) -> &str {
    if full_url::is_absolute(url) {
        return full_url::Restful::parse(url)
            .and_then(|parsed| url.get(parsed.base.len()..))
            .unwrap_or(url);
    }
    url.strip_prefix('/').unwrap_or(url)
}

/// Whether the URL is one for the method, and for the resource that is sent.
fn fits(entry: &Entry<'_>, method: &str, url: &str) -> bool {
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url, None),
    };
    // Operations and searches by POST are requests of their own form; of an absolute URL the root is not known.
    if full_url::is_absolute(url) || path.contains('$') || path.ends_with("_search") {
        return true;
    }
    let resource = entry.resource();
    let is_its_type = |name: &str| resource.is_none_or(|resource| resource.is(name));
    match method {
        "POST" => query.is_none() && full_url::is_type(path) && is_its_type(path),
        "PUT" | "PATCH" | "DELETE" => match full_url::Restful::parse(path) {
            Some(target) if query.is_none() && full_url::split_version(path).1.is_none() => {
                let id = resource.and_then(|resource| resource.id());
                let is_its_id = id.is_none_or(|id| id == target.id);
                method != "PUT" || is_its_type(target.resource_type) && is_its_id
            }
            _ => query.is_some() && full_url::is_type(path) && (method != "PUT" || is_its_type(path)),
        },
        _ => true,
    }
}

/// What stands behind the question mark of a search.
fn is_query(text: &str) -> bool {
    let name = text.split('=').next().unwrap_or_default();
    !name.contains(['?', '/'])
}
