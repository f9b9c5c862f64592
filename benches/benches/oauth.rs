//! `cargo bench -p medmij-benches --bench oauth`: the DVA's work in one authorization, its parts, and whether the three
//! causes of *not granted* take the same work. The bytes that are allocated are printed before the times.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark whose input is wrong panics"
)]

use std::alloc::System;
use std::convert::Infallible;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use criterion::{Criterion, criterion_group, criterion_main};
use http::Request;
use medmij_core::text::TextVersion;
use medmij_core::{
    Aanbiedernaam, ClientIdentity, Digest, Hostname, HttpRequest, HttpResponse, OAuthClient, Offer, Offers, Release,
    SystemRandom, TestMoment,
};
use medmij_oauth::dva::{
    self, Identity, IdentityStep, NotGrantedShown, Opened, ResolvingIdentity, TestResult, TestStep, TestingRefresh,
    TokenEndpoint, TokenSettings,
};
use medmij_oauth::dvp::{Begun, Dvp, Outgoing, ReplyStep, ResourceQuery};
use medmij_oauth::{AuthorizationReply, AuthorizationSettings, Directory, MemoryStore, ScopeFunction};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use time::UtcDateTime;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: UtcDateTime = UtcDateTime::UNIX_EPOCH;
const RIGHT: &str = "a right input";

/// What the DVA knows: values at hand, as a list that was parsed before gives them.
struct Lists {
    client: OAuthClient,
    offers: Offers,
}

impl Directory for Lists {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        (self.client.hostname == *client_id).then(|| self.client.clone())
    }

    fn offers(&self, aanbieder: &Aanbiedernaam, _: ScopeFunction, _: Release) -> Option<Offers> {
        (self.offers.aanbieder() == aanbieder).then(|| self.offers.clone())
    }
}

fn lists(release: Release) -> Lists {
    let interfaceversie = if release.major() == 2 { "2" } else { "1.4.0" };
    let offer = Offer::new(
        "umcharderwijk@medmij".parse().expect(RIGHT),
        Some(interfaceversie.parse().expect(RIGHT)),
        "48".parse().expect(RIGHT),
        "https://as.dva.nl/auth".parse().expect(RIGHT),
        "https://ts.dva.nl/token".parse().expect(RIGHT),
    );
    let naam = "De Enige Echte PGO".parse().expect(RIGHT);
    Lists {
        client: OAuthClient::new("medmij.deenigeechtepgo.nl".parse().expect(RIGHT), naam),
        offers: offer.into(),
    }
}

/// The value of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a store in memory waited"),
    }
}

/// A run of the DVP, and the request that its person's browser brings.
fn begin(release: Release, lists: &Lists) -> (Begun, Request<()>) {
    let dvp = Dvp::new(release, "https://medmij.deenigeechtepgo.nl/cb".parse().expect(RIGHT)).expect(RIGHT);
    let query = ResourceQuery::new(
        "48".parse().expect(RIGHT),
        "ROL".parse().expect(RIGHT),
        "Patient",
        "application/fhir+json",
    );
    let selected = dvp
        .verzamelen(lists.offers.clone(), vec![query.expect(RIGHT)])
        .expect(RIGHT);
    let begun = selected.begin(NOW, &mut SystemRandom).expect(RIGHT);
    let request = Request::get(begun.redirect.location()).body(()).expect(RIGHT);
    (begun, request)
}

fn resolving(request: &Request<()>, release: Release, lists: &Lists) -> ResolvingIdentity {
    let settings = AuthorizationSettings::default();
    let Opened::Landing { landing, .. } = dva::open(request, release, lists, &settings, NOW) else {
        panic!("{RIGHT}")
    };
    landing.proceed(NOW).0.response(NOW).0
}

fn identity() -> Identity {
    Identity::new("999990019".parse().expect(RIGHT))
}

/// The session from the request to the redirect with a code.
fn session(request: &Request<()>, release: Release, lists: &Lists, store: &MemoryStore) -> String {
    let resolving = resolving(request, release, lists);
    let IdentityStep::Test(testing) = resolving.identity(identity(), TestMoment::Early, NOW).0 else {
        panic!("{RIGHT}")
    };
    let result = TestResult::positive(["48".parse().expect(RIGHT)]);
    let TestStep::Declare(declaration) = testing.result(result, NOW).0 else {
        panic!("{RIGHT}")
    };
    let issuing = declaration.given(TextVersion::own(Digest::of(b"own")), NOW).next;
    let Ok((redirect, _)) = ready(dva::issue_code(issuing, store, NOW, &mut SystemRandom)) else {
        panic!("{RIGHT}")
    };
    redirect.location().to_owned()
}

/// What the DVP makes of that redirect: the token request.
fn token_request(begun: Begun, location: &str) -> HttpRequest {
    let (_, query) = location.split_once('?').expect(RIGHT);
    let reply = begun
        .pending
        .reply(AuthorizationReply::parse(query), NOW, &mut SystemRandom);
    let Ok(ReplyStep::Exchange(Outgoing { request, .. })) = reply else {
        panic!("{RIGHT}")
    };
    request
}

fn exchange(request: &HttpRequest, release: Release, lists: &Lists, store: &MemoryStore) -> HttpResponse {
    let tester = |_: &TestingRefresh| std::future::ready(Ok::<_, Infallible>(TestResult::negative()));
    let endpoint = TokenEndpoint {
        release,
        store,
        directory: lists,
        tester: &tester,
        settings: TokenSettings::default(),
    };
    let client = ClientIdentity::from_names(["medmij.deenigeechtepgo.nl"]);
    let response = ready(endpoint.answer(request, Some(&client), NOW, &mut SystemRandom)).response;
    assert_eq!(response.status(), 200);
    response
}

/// A complete round at the DVA: request check, session, consent, code, exchange; and what the DVP does between them.
fn round(release: Release, lists: &Lists, store: &MemoryStore) -> HttpResponse {
    let (begun, request) = begin(release, lists);
    let location = session(&request, release, lists, store);
    exchange(&token_request(begun, &location), release, lists, store)
}

/// Why a request is not granted.
#[derive(Clone, Copy)]
enum Cause {
    Identity,
    Availability,
    Refusal,
}

/// The page that waits, for each cause.
fn shown(cause: Cause, request: &Request<()>, release: Release, lists: &Lists) -> NotGrantedShown {
    let resolving = resolving(request, release, lists);
    if matches!(cause, Cause::Identity) {
        return resolving.failed(NOW).0;
    }
    let IdentityStep::Test(testing) = resolving.identity(identity(), TestMoment::Early, NOW).0 else {
        panic!("{RIGHT}")
    };
    let result = match cause {
        Cause::Availability => TestResult::negative(),
        _ => TestResult::positive(["48".parse().expect(RIGHT)]),
    };
    match testing.result(result, NOW).0 {
        TestStep::NotGranted(shown) => shown,
        TestStep::Declare(declaration) => declaration.not_given(TextVersion::own(Digest::of(b"own")), NOW).next,
    }
}

const RELEASES: [Release; 2] = [Release::R2_2, Release::R1_4];
const CAUSES: [(&str, Cause); 3] = [
    ("identity", Cause::Identity),
    ("availability", Cause::Availability),
    ("refusal", Cause::Refusal),
];

/// Bytes that are allocated, on average of many times.
fn allocated<T>(mut work: impl FnMut() -> T) -> usize {
    const TIMES: usize = 1_000;
    let region = Region::new(ALLOCATOR);
    for _ in 0..TIMES {
        black_box(work());
    }
    region.change().bytes_allocated / TIMES
}

#[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
fn allocations(_: &mut Criterion) {
    for release in RELEASES {
        let (lists, store) = (lists(release), MemoryStore::new());
        let bytes = allocated(|| round(release, &lists, &store));
        println!("oauth/round/{release}: {bytes} bytes allocated, the DVP's part included");
        for (name, cause) in CAUSES {
            let (_, request) = begin(release, &lists);
            let page = shown(cause, &request, release, &lists);
            let bytes = allocated(|| page.clone().back_to_pgo(NOW).0.to_response());
            println!("oauth/not_granted/{release}/{name}: {bytes} bytes allocated for the answer");
        }
    }
}

fn rounds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oauth");
    for release in RELEASES {
        let lists = lists(release);
        let mut store = MemoryStore::new();
        let mut count = 0_u32;
        group.bench_function(format!("round/{release}"), |bencher| {
            bencher.iter(|| {
                count += 1;
                // As a server that drops what has expired, so that the store does not grow with the benchmark.
                if count.is_multiple_of(4_096) {
                    store = MemoryStore::new();
                }
                round(release, &lists, &store)
            });
        });
        let (_, request) = begin(release, &lists);
        let settings = AuthorizationSettings::default();
        group.bench_function(format!("request_check/{release}"), |bencher| {
            bencher.iter(|| dva::open(black_box(&request), release, &lists, &settings, NOW));
        });
    }
    group.finish();
}

/// A token exchange alone; each needs a code of its own, which is made outside the time.
fn exchanges(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oauth");
    for release in RELEASES {
        let (lists, store) = (lists(release), MemoryStore::new());
        let coded = || {
            let (begun, request) = begin(release, &lists);
            let location = session(&request, release, &lists, &store);
            token_request(begun, &location)
        };
        group.bench_function(format!("exchange/{release}"), |bencher| {
            bencher.iter_batched(
                coded,
                |request| exchange(&request, release, &lists, &store),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// The answer on the person's click, for each cause: the same work, in time and in bytes.
fn not_granted(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("oauth/not_granted");
    let release = Release::R2_2;
    let lists = lists(release);
    let (_, request) = begin(release, &lists);
    for (name, cause) in CAUSES {
        let page = shown(cause, &request, release, &lists);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || page.clone(),
                |page| page.back_to_pgo(NOW).0.to_response(),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, allocations, rounds, exchanges, not_granted);
criterion_main!(benches);
