//! Paging: links are followed as they are given, where the token may go, and not for ever.

use std::path::Path;

use medmij_fhir_bundle::{
    AwaitingPage, BundleErrorKind, FhirVersion, Matching, PageStep, Pages, PagingPolicy, PagingWarning, StopReason,
    references,
};

use crate::bundle;
use crate::manifest::{folder, say};

const FIRST: &str = "https://rs.dva.nl/48/fhir/Flag?code=urn:x%7C1&subject-x=Patient/1";

fn policy() -> PagingPolicy {
    PagingPolicy::new(FhirVersion::Stu3)
}

fn link(relation: &str, url: &str) -> String {
    format!(r#"{{"relation":"{relation}","url":"{url}"}}"#)
}

fn flag(id: &str, mode: &str) -> String {
    format!(r#"{{"resource":{{"resourceType":"Flag","id":"{id}"}},"search":{{"mode":"{mode}"}}}}"#)
}

/// A page with these links and entries.
fn page(total: u64, links: &[String], entries: &[String]) -> Vec<u8> {
    let members = format!(
        r#""total":{total},"link":[{}],"entry":[{}]"#,
        links.join(","),
        entries.join(",")
    );
    bundle("searchset", &members).into_bytes()
}

fn next_to(url: &str) -> Vec<u8> {
    page(9, &[link("next", url)], &[flag("1", "match")])
}

fn first() -> AwaitingPage {
    AwaitingPage::first(FIRST, policy()).unwrap()
}

/// The pages one after another, as long as one is asked for.
fn fetch(mut awaiting: AwaitingPage, pages: impl IntoIterator<Item = Vec<u8>>) -> Pages {
    for page in pages {
        match awaiting.page(page) {
            PageStep::Need(next) => awaiting = next,
            PageStep::Done(pages) => return pages,
        }
    }
    awaiting.failed()
}

/// What belonged to something on one page and was searched for on another is a match, once.
#[test]
fn a_match_wins_over_an_include() {
    for (one, other) in [("include", "match"), ("match", "include")] {
        let pages = [
            page(1, &[link("next", "https://rs.dva.nl/2")], &[flag("1", one)]),
            page(1, &[], &[flag("1", other)]),
        ];
        let pages = fetch(first(), pages);
        assert_eq!(
            (pages.matches().count(), pages.includes().count()),
            (1, 0),
            "{one} {other}"
        );
        assert!(
            pages.is_complete()
                && !pages
                    .warnings()
                    .iter()
                    .any(|it| !matches!(it, PagingWarning::ParameterDropped { .. }))
        );
    }
}

/// What one reads in a link, another may read otherwise.
#[test]
fn a_link_that_has_two_readings_is_not_followed() {
    for url in [
        "https://rs.dva.nl\\\\@evil.nl/x",
        "https://rs.dva.nl/a b",
        "https://rs.dva.nl/\\t2",
        "https://rs.dva.nl/\u{e9}",
    ] {
        let PageStep::Done(pages) = first().page(next_to(url)) else {
            panic!("{url}")
        };
        assert_eq!(pages.stopped(), Some(&StopReason::NoUrl), "{url}");
    }
    // Without its slashes it is read, and asked for as it was read.
    let PageStep::Need(next) = first().page(next_to("https:rs.dva.nl/2")) else {
        panic!()
    };
    assert!(next.url().starts_with("https://rs.dva.nl/"), "{}", next.url());
}

#[test]
fn every_page_is_kept_and_every_entry_comes_once() {
    let include = flag("i", "include");
    let outcome = r#"{"resource":{"resourceType":"OperationOutcome"}}"#.to_owned();
    let pages = [
        page(
            3,
            &[link("next", "https://rs.dva.nl/48/fhir?p=2")],
            &[flag("1", "match"), include.clone()],
        ),
        page(3, &[link("next", "?p=3")], &[flag("2", "match"), include, outcome]),
        page(3, &[], &[r#"{"resource":{"resourceType":"Flag","id":"3"}}"#.to_owned()]),
    ];
    let all = fetch(first(), pages.clone());
    assert!(all.is_complete() && all.warnings().is_empty(), "{all:?}");
    let places = |entries: Vec<&medmij_fhir_bundle::PagedEntry>| -> Vec<_> {
        entries.into_iter().map(|entry| (entry.page, entry.entry)).collect()
    };
    assert_eq!(places(all.matches().collect()), [(0, 0), (1, 0), (2, 0)]);
    assert_eq!(
        places(all.includes().collect()),
        [(0, 1)],
        "an include that comes again is left out"
    );
    assert_eq!(places(all.outcomes().collect()), [(1, 2)]);
    let kept: Vec<_> = all.pages().iter().map(|page| page.bytes.clone()).collect();
    assert_eq!(kept, pages);
    assert_eq!(
        all.pages()[2].url,
        "https://rs.dva.nl/48/fhir?p=3",
        "a relative link begins from its page"
    );
    let last = all.matches().last().unwrap();
    assert_eq!(all.resource(last), Some(&br#"{"resourceType":"Flag","id":"3"}"#[..]));
    assert_eq!(references(&all.bundles(), Matching::Strict).len(), 3);
}

#[test]
fn what_the_token_must_not_do_stops_it() {
    for (url, reason) in [
        ("https://other.nl/48/fhir?p=2", StopReason::Foreign),
        ("https://rs.dva.nl:8443/48/fhir?p=2", StopReason::Foreign),
        ("https://rs.dva.nl.evil.nl/48/fhir?p=2", StopReason::Foreign),
        ("https://user@rs.dva.nl/48/fhir?p=2", StopReason::Foreign),
        ("//other.nl/x", StopReason::Foreign),
        ("http://rs.dva.nl/48/fhir?p=2", StopReason::Foreign),
        ("file:///etc/passwd", StopReason::Foreign),
        ("data:,x", StopReason::Foreign),
        ("https://[", StopReason::NoUrl),
        (FIRST, StopReason::Loop),
        ("?code=urn:x%7C1&subject-x=Patient/1#x", StopReason::Loop),
        ("?patient=1", StopReason::NamesPerson),
        (
            "?identifier=http%3A%2F%2Ffhir.nl%2Ffhir%2FNamingSystem%2Fbsn%7C1",
            StopReason::NamesPerson,
        ),
    ] {
        let all = fetch(first(), [next_to(url)]);
        assert_eq!(all.stopped(), Some(&reason), "{url}");
        assert_eq!(
            (all.len(), all.matches().count(), all.is_complete()),
            (1, 1, false),
            "what came is kept"
        );
    }
}

#[test]
fn a_loop_over_several_pages_stops() {
    let all = fetch(first(), [next_to("?p=2"), next_to("?p=3"), next_to("?p=2")]);
    assert_eq!((all.stopped(), all.len()), (Some(&StopReason::Loop), 3));
}

#[test]
fn an_origin_that_is_named_is_allowed() {
    let mut policy = policy();
    policy.origins = vec!["http://localhost:8080".to_owned(), "https://pages.dva.nl".to_owned()];
    for url in ["http://localhost:8080/x", "https://pages.dva.nl/y"] {
        let awaiting = AwaitingPage::first(FIRST, policy.clone()).unwrap();
        let PageStep::Need(awaiting) = awaiting.page(next_to(url)) else {
            panic!("{url}")
        };
        assert_eq!(awaiting.url(), url);
    }
    assert!(AwaitingPage::first("http://localhost:8080/Flag", policy.clone()).is_ok());
    let refused = AwaitingPage::first("http://localhost:8081/Flag", policy).unwrap_err();
    assert_eq!(refused, StopReason::Foreign);
}

#[test]
fn links_that_differ_stop_it_and_one_that_is_repeated_does_not() {
    let two = |one: &str, other: &str| page(1, &[link("next", one), link("next", other)], &[flag("1", "match")]);
    assert_eq!(
        fetch(first(), [two("?p=2", "?p=3")]).stopped(),
        Some(&StopReason::TwoNext)
    );
    assert!(matches!(first().page(two("?p=2", "?p=2")), PageStep::Need(_)));
}

#[test]
fn limits_stop_it() {
    let chain = || (2..50).map(|number| next_to(&format!("?p={number}")));
    let limited = |change: fn(&mut PagingPolicy)| {
        let mut policy = policy();
        change(&mut policy);
        fetch(AwaitingPage::first(FIRST, policy).unwrap(), chain())
    };
    let all = limited(|policy| policy.max_pages = 3);
    assert_eq!((all.stopped(), all.len()), (Some(&StopReason::TooManyPages), 3));
    let all = limited(|policy| policy.max_bytes = 500);
    assert_eq!(
        (all.stopped(), all.is_empty()),
        (Some(&StopReason::TooManyBytes), false)
    );
    let mut policy = policy();
    policy.max_entries = 1;
    let entries = [flag("1", "match"), flag("2", "match")];
    let all = fetch(AwaitingPage::first(FIRST, policy).unwrap(), [page(2, &[], &entries)]);
    assert_eq!(
        (all.stopped(), all.entries().len(), all.len()),
        (Some(&StopReason::TooManyEntries), 1, 1)
    );
}

#[test]
fn an_interrupted_chain_is_incomplete() {
    let all = fetch(first(), [next_to("?p=2")]);
    assert_eq!((all.stopped(), all.len()), (Some(&StopReason::NotFetched), 1));
    let all = fetch(first(), [next_to("?p=2"), b"<html>".to_vec()]);
    assert!(
        matches!(all.stopped(), Some(StopReason::NoBundle(error)) if matches!(error.kind, BundleErrorKind::Syntax { .. }))
    );
    assert_eq!(all.len(), 1, "what is no page is none");
    let all = fetch(first(), [bundle("batch-response", "").into_bytes()]);
    assert_eq!((all.stopped(), all.len()), (Some(&StopReason::NoSearchset), 0));
}

#[test]
fn warnings_do_not_stop_it() {
    let itself = link("self", "https://rs.dva.nl/48/fhir/Flag?subject-x=1");
    let pages = [
        page(3, &[itself, link("next", "?p=2")], &[flag("1", "match")]),
        page(4, &[], &[flag("1", "match")]),
    ];
    let all = fetch(first(), pages);
    assert!(all.is_complete());
    assert_eq!(
        all.warnings(),
        [
            PagingWarning::ParameterDropped {
                name: "code".to_owned()
            },
            PagingWarning::TotalChanged { page: 1 },
            PagingWarning::MatchTwice { page: 1, entry: 0 },
            PagingWarning::TotalNotReached { total: 3, matches: 1 },
        ]
    );
}

#[test]
fn debug_shows_nothing_of_the_pages() {
    let awaiting = AwaitingPage::first("https://rs.dva.nl/geheim", policy()).unwrap();
    let shown = format!("{awaiting:?}");
    let all = awaiting.page(page(1, &[], &[flag("geheim", "match")]));
    assert!(!format!("{shown} {all:?}").contains("geheim"));
}

/// The chain of the shared bundles, and its bad variants.
#[test]
fn the_shared_chain_is_followed_and_its_bad_variants_stop() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read(Path::new(&folder).join("paging").join(format!("{name}.json"))).unwrap();
    let chain = |names: &[&str]| {
        let first =
            AwaitingPage::first("https://dva.example.nl/48/fhir/Observation?_count=5&page=1", policy()).unwrap();
        fetch(first, names.iter().map(|name| read(name)))
    };
    let all = chain(&["chain-1", "chain-2", "chain-3", "chain-4"]);
    assert!(all.is_complete() && all.warnings().is_empty(), "{all:?}");
    assert_eq!((all.len(), all.matches().count()), (4, 18));
    for (names, reason, pages) in [
        (&["chain-1", "loop-2"][..], StopReason::Loop, 2),
        (&["self-loop-1"], StopReason::Loop, 1),
        (&["foreign-host-1"], StopReason::Foreign, 1),
        (&["http-downgrade-1"], StopReason::Foreign, 1),
        (&["chain-1", "two-next-2"], StopReason::TwoNext, 2),
        (&["relative-next-1"], StopReason::NotFetched, 1),
    ] {
        let all = chain(names);
        assert_eq!((all.stopped(), all.len()), (Some(&reason), pages), "{names:?}");
    }
    let all = chain(&["chain-1", "overlap-2", "chain-3", "chain-4"]);
    assert!(
        matches!(all.warnings(), [PagingWarning::MatchTwice { page: 1, .. }, ..]),
        "{all:?}"
    );
    let all = chain(&["chain-1", "total-changed-2", "chain-3", "chain-4"]);
    assert!(
        all.warnings().contains(&PagingWarning::TotalChanged { page: 1 }),
        "{all:?}"
    );
    say("the shared chain of 4 pages and 8 variants of it");
}
