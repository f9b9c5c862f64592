//! A DVA with one code issued, and the token request for it.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use medmij_core::{AccessToken, ClientIdentity, HttpRequest, HttpResponse, Release, TestMoment};
use medmij_oauth::dva::{
    AwaitingDeclaration, GrantStore, IdentityStep, TestResult, TestStep, TestingRefresh, TokenEndpoint, TokenSettings,
};
use medmij_oauth::dvp::{AwaitingToken, Begun, Outgoing, ReplyStep, Selected};
use medmij_oauth::{MemoryStore, Put};

use crate::drivers::now_or_never as wait;
use crate::pair::*;

pub(crate) const INVALID_GRANT: &str = "{\"error\":\"invalid_grant\"}";
pub(crate) const INVALID_REQUEST: &str = "{\"error\":\"invalid_request\"}";
pub(crate) const INVALID_CLIENT: &str = "{\"error\":\"invalid_client\"}";
pub(crate) const INVALID_SCOPE: &str = "{\"error\":\"invalid_scope\"}";

pub(crate) struct Scene {
    pub(crate) release: Release,
    pub(crate) lists: Lists,
    pub(crate) store: MemoryStore,
    pub(crate) settings: TokenSettings,
    /// What the test at a refresh gives.
    pub(crate) tested: TestResult,
    pub(crate) request: HttpRequest,
    pub(crate) code: String,
    seed: AtomicU64,
}

/// What the person answers.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Consent {
    Once,
    Langdurig,
}

/// The declaration of a run that was begun, with a test that is positive for these.
pub(crate) fn declared(lists: &Lists, release: Release, begun: &Begun, granted: &[&str]) -> AwaitingDeclaration {
    declared_at(TestMoment::Early, lists, release, begun, granted)
}

fn declared_at(
    moment: TestMoment,
    lists: &Lists,
    release: Release,
    begun: &Begun,
    granted: &[&str],
) -> AwaitingDeclaration {
    let identity = person_of(begun);
    let testing = match resolving(lists, release, begun).identity(identity, moment, start()).0 {
        IdentityStep::Test(testing) => testing,
        IdentityStep::Declare(declaration) => return declaration,
        other @ IdentityStep::Stopped(_) => panic!("{other:?}"),
    };
    match testing.result(TestResult::positive(set(granted)), start()).0 {
        TestStep::Declare(declaration) => declaration,
        TestStep::NotGranted(other) => panic!("{other:?}"),
    }
}

impl Scene {
    pub(crate) fn new(release: Release) -> Self {
        Self::of(
            release,
            Lists::new(release, &["48", "51"]),
            &["48"],
            &["48"],
            Consent::Once,
        )
    }

    pub(crate) fn langdurig(release: Release) -> Self {
        let lists = Lists::new(release, &["48", "51"]);
        Self::of(release, lists, &["48", "51"], &["48", "51"], Consent::Langdurig)
    }

    pub(crate) fn of(release: Release, lists: Lists, ids: &[&str], granted: &[&str], consent: Consent) -> Self {
        let begun = begun(release, ids);
        let declaration = declared(&lists, release, &begun, granted);
        Self::from(release, lists, begun, declaration, consent).0
    }

    /// With the test at its late moment.
    pub(crate) fn late(release: Release) -> Self {
        let lists = Lists::new(release, &["48"]);
        let begun = begun(release, &["48"]);
        let declaration = declared_at(TestMoment::Late, &lists, release, &begun, &[]);
        Self::from(release, lists, begun, declaration, Consent::Once).0
    }

    /// Any function: the run that was begun goes on to its token request.
    pub(crate) fn select(
        release: Release,
        lists: Lists,
        selected: Selected,
        granted: &[&str],
    ) -> (Self, Outgoing<AwaitingToken>) {
        let begun = selected.begin(start(), &mut Counting(0)).unwrap();
        let declaration = declared(&lists, release, &begun, granted);
        Self::from(release, lists, begun, declaration, Consent::Once)
    }

    fn from(
        release: Release,
        lists: Lists,
        begun: Begun,
        declaration: AwaitingDeclaration,
        consent: Consent,
    ) -> (Self, Outgoing<AwaitingToken>) {
        let issuing = match consent {
            Consent::Once => declaration.given(text_version(), start()).next,
            Consent::Langdurig => declaration.given_langdurig(text_version(), start()).unwrap().next,
        };
        let issued = issuing.issue(start(), &mut Counting(1_000)).unwrap();
        let store = MemoryStore::new();
        let put = wait(store.put_code(issued.key(), issued.grant().clone()));
        assert_eq!(put, Ok(Put::Stored));
        let location = redirect(issued);
        let code = parameter(&location, "code").unwrap();
        let ReplyStep::Exchange(exchange) = reply(begun, query_of(&location)) else {
            panic!("no exchange")
        };
        let scene = Self {
            release,
            lists,
            store,
            settings: TokenSettings::default(),
            tested: TestResult::positive(set(&["48", "51"])),
            request: exchange.request.clone(),
            code,
            seed: AtomicU64::new(5_000),
        };
        (scene, exchange)
    }

    pub(crate) fn answer(&self, request: &HttpRequest, client: Option<&ClientIdentity>, seconds: i64) -> HttpResponse {
        let tested = self.tested.clone();
        let tester = move |_: &TestingRefresh| std::future::ready(Ok::<_, Infallible>(tested.clone()));
        let endpoint = TokenEndpoint {
            release: self.release,
            store: &self.store,
            directory: &self.lists,
            tester: &tester,
            settings: self.settings,
        };
        // Another seed for each request: no token is made twice.
        let random = &mut Counting(self.seed.fetch_add(10, Ordering::Relaxed));
        let served = wait(endpoint.answer(request, client, at(seconds), random));
        let status = Some(served.response.status().as_u16());
        assert!(!served.events.is_empty(), "core.logging.203");
        assert!(
            served.events.iter().all(|event| event.status == status),
            "core.logging.203"
        );
        served.response
    }

    pub(crate) fn offer_at(&self, request: &HttpRequest, seconds: i64) -> (u16, String) {
        text(&self.answer(request, Some(&certificate()), seconds))
    }

    pub(crate) fn offer(&self, request: &HttpRequest) -> (u16, String) {
        self.offer_at(request, 60)
    }

    /// The token request with a part of its body changed.
    pub(crate) fn changed(&self, from: &str, to: &str) -> HttpRequest {
        let body = String::from_utf8(self.request.body().clone()).unwrap();
        assert!(body.contains(from), "{body}");
        self.with_body(&body.replace(from, to))
    }

    pub(crate) fn with_body(&self, body: &str) -> HttpRequest {
        let mut request = self.request.clone();
        *request.body_mut() = body.as_bytes().to_vec();
        request
    }

    /// A refresh request for a token.
    pub(crate) fn refresh_request(&self, token: &str) -> HttpRequest {
        self.with_body(&format!(
            "grant_type=refresh_token&refresh_token={token}&client_id={CLIENT_ID}"
        ))
    }

    /// The tokens for the code: access token, refresh token, scope.
    pub(crate) fn tokens(&self) -> Tokens {
        let (status, body) = self.offer(&self.request);
        assert_eq!(status, 200, "{body}");
        Tokens::read(&body)
    }

    pub(crate) fn grant(&self, token: &str) -> Option<medmij_oauth::dva::AccessGrant> {
        let token: AccessToken = token.parse().unwrap();
        wait(self.store.find_access(token.digest())).unwrap()
    }
}

pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: Option<String>,
}

impl Tokens {
    pub(crate) fn read(body: &str) -> Self {
        let json: serde_json::Value = serde_json::from_str(body).unwrap();
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        Self {
            access: text("access_token").unwrap(),
            refresh: text("refresh_token"),
            scope: text("scope"),
        }
    }
}

/// Status and body of a response that nobody may store.
pub(crate) fn text(response: &HttpResponse) -> (u16, String) {
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["pragma"], "no-cache");
    assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
    (
        response.status().as_u16(),
        String::from_utf8(response.body().clone()).unwrap(),
    )
}
