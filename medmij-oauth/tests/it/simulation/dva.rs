//! The DVA of a simulated pair, and what the person does on its pages.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use medmij_core::{Digest, Function, HttpRequest, HttpResponse, LogEvent, Release};
use medmij_oauth::dva::{
    self, Abonnement, AbonnementStore, CancelStep, Deciding, DeclarationAnswer, DeclarationRecord, FailureStep,
    GrantStore, IdentityStep, IssuingCode, ManageOpened, ManageSession, Opened, Session, Subject, Subscribable,
    SubscriptionServer, TechnicalError, TestResult, TestStep, TestingRefresh, TokenCheck, TokenEndpoint, TokenSettings,
    Wanted,
};
use medmij_oauth::{AuthorizationSettings, MemoryStore, Put, ScopeFunction, Served};

use super::flaky::Flaky;
use super::read_back;
use super::world::{Config, Packet};
use crate::drivers::now_or_never as wait;
use crate::pair::*;
use crate::scene::Tokens;

/// What a person does on a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Act {
    Proceed,
    CancelLanding,
    LogIn,
    /// For another than was asked.
    LogInForAnother,
    LoginFails,
    CancelLogin,
    Retry,
    Agree,
    AgreeLangdurig,
    Refuse,
    Back,
    Close,
    /// Not the person's: something of the DVA's own fails.
    Fail,
    Select,
    Withdraw,
    Keep,
}

/// What the Aanbieder decides.
struct Decides {
    positive: bool,
    agrees: bool,
}

impl Subscribable for Decides {
    type Error = Infallible;

    async fn test(&self, _: Subject<'_>) -> Result<TestResult, Infallible> {
        Ok(result(self.positive))
    }

    async fn agrees(&self, _: &Deciding) -> Result<bool, Infallible> {
        Ok(self.agrees)
    }
}

fn result(positive: bool) -> TestResult {
    if positive {
        TestResult::positive(set(&["48", "53"]))
    } else {
        TestResult::negative()
    }
}

pub(crate) struct DvaSide {
    release: Release,
    lists: Lists,
    pub(crate) store: Flaky,
    page: Option<Session>,
    managing: Option<Session>,
    /// The declaration was logged and its code is not made yet: lost in a crash.
    issuing: Option<(IssuingCode, usize)>,
    declared: Vec<DeclarationRecord>,
    events: Vec<LogEvent>,
    random: Counting,
    /// How often each code gave tokens.
    exchanged: BTreeMap<String, u32>,
    secrets: BTreeSet<String>,
    /// What each token stems from.
    families: BTreeMap<String, Digest>,
    withdrawn: BTreeSet<Digest>,
}

impl DvaSide {
    pub(crate) fn new(config: &Config) -> Self {
        let store = MemoryStore::new();
        if config.release.abonneren() {
            let taken = Abonnement::new(
                "496749327x".parse().unwrap(),
                BSN.parse().unwrap(),
                "umcharderwijk@medmij".parse().unwrap(),
                "48".parse().unwrap(),
                CLIENT_ID.parse().unwrap(),
                (start() + time::Duration::days(10)).date(),
                365,
            );
            assert_eq!(wait(store.put_abonnement(taken)).unwrap(), Put::Stored);
        }
        Self {
            release: config.release,
            lists: Lists::new(config.release, &["48", "53"]).representing(),
            store: Flaky::new(store),
            page: None,
            managing: None,
            issuing: None,
            declared: Vec::new(),
            events: Vec::new(),
            random: Counting(1_000_000),
            exchanged: BTreeMap::new(),
            secrets: BTreeSet::new(),
            families: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
        }
    }

    pub(crate) const fn issuing(&self) -> bool {
        self.issuing.is_some()
    }

    pub(crate) fn events(&self) -> &[LogEvent] {
        &self.events
    }

    /// The names of what waits.
    pub(crate) fn state(&self) -> String {
        let name = |session: &Option<Session>| match session {
            None => "",
            Some(Session::Landing(_)) => "Landing",
            Some(Session::AwaitingAuthentication(_)) => "AwaitingAuthentication",
            Some(Session::AuthenticationCancelled(_)) => "AuthenticationCancelled",
            Some(Session::ResolvingIdentity(_)) => "ResolvingIdentity",
            Some(Session::TestingEarly(_)) => "TestingEarly",
            Some(Session::AwaitingDeclaration(_)) => "AwaitingDeclaration",
            Some(Session::InvalidRequestShown(_)) => "InvalidRequestShown",
            Some(Session::NotGrantedShown(_)) => "NotGrantedShown",
            Some(Session::TechnischeStoring(_)) => "TechnischeStoring",
            Some(Session::BeherenToestemmingen(managing)) => match managing {
                ManageSession::Overview(_) => "Overview",
                ManageSession::Confirming(_) => "Confirming",
                _ => "Beheren",
            },
        };
        let issuing = if self.issuing() { "IssuingCode" } else { "" };
        format!("{}{issuing}{}", name(&self.page), name(&self.managing))
    }

    /// What the person may do, the first of which goes on.
    pub(crate) fn acts(&self, config: &Config) -> Vec<(u32, Act)> {
        let acts: &[(u32, Act)] = match self.page.as_ref().or(self.managing.as_ref()) {
            None => &[],
            Some(Session::Landing(_)) => &[
                (40, Act::Proceed),
                (2, Act::CancelLanding),
                (1, Act::Close),
                (1, Act::Fail),
            ],
            Some(Session::AwaitingAuthentication(_)) => &[
                (40, Act::LogIn),
                (1, Act::LogInForAnother),
                (3, Act::LoginFails),
                (3, Act::CancelLogin),
                (1, Act::Close),
                (1, Act::Fail),
            ],
            Some(Session::AuthenticationCancelled(_)) => &[(20, Act::Retry), (5, Act::Close)],
            Some(Session::AwaitingDeclaration(_)) if config.langdurig => &[
                (40, Act::AgreeLangdurig),
                (5, Act::Agree),
                (4, Act::Refuse),
                (1, Act::Close),
                (1, Act::Fail),
            ],
            Some(Session::AwaitingDeclaration(_)) => {
                &[(40, Act::Agree), (4, Act::Refuse), (1, Act::Close), (1, Act::Fail)]
            }
            Some(Session::ResolvingIdentity(_) | Session::TestingEarly(_)) => &[],
            Some(Session::InvalidRequestShown(_) | Session::NotGrantedShown(_) | Session::TechnischeStoring(_)) => {
                &[(20, Act::Back), (3, Act::Close)]
            }
            Some(Session::BeherenToestemmingen(managing)) => match managing {
                ManageSession::Landing(_) => &[(40, Act::Proceed), (2, Act::CancelLanding), (1, Act::Close)],
                ManageSession::AwaitingAuthentication(_) => &[
                    (40, Act::LogIn),
                    (3, Act::LoginFails),
                    (3, Act::CancelLogin),
                    (1, Act::Fail),
                ],
                ManageSession::AuthenticationCancelled(_) => &[(20, Act::Retry), (5, Act::Close)],
                ManageSession::Overview(overview) if overview.consents().is_empty() => {
                    &[(10, Act::Back), (2, Act::Close)]
                }
                ManageSession::Overview(_) => &[(20, Act::Select), (2, Act::Back), (1, Act::Close)],
                ManageSession::Confirming(_) => &[(20, Act::Withdraw), (4, Act::Keep), (1, Act::Close)],
                _ => &[(20, Act::Back), (3, Act::Close)],
            },
        };
        acts.to_vec()
    }

    /// The person comes to manage consents.
    pub(crate) fn manage(&mut self, now: i64) {
        let uri = format!(
            "/toestemmingen?client_id={CLIENT_ID}&redirect_uri={}",
            REDIRECT_URI.replace('/', "%2F")
        );
        let request = http::Request::get(uri).body(()).unwrap();
        let ManageOpened::Landing { landing, events } = dva::manage(&request, self.release, &self.lists, at(now))
        else {
            panic!("not opened")
        };
        self.events.extend(events);
        self.managing = Some(Session::BeherenToestemmingen(ManageSession::Landing(landing)));
    }

    /// A browser comes with an authorization request.
    pub(crate) fn visited(&mut self, location: &str, _: &Config, now: i64) -> Vec<Packet> {
        let settings = AuthorizationSettings::default();
        let (session, events) = match dva::open(&visit(location), self.release, &self.lists, &settings, at(now)) {
            Opened::Landing { landing, events } => (Session::Landing(landing), events),
            Opened::Authenticate { awaiting, events } => (Session::AwaitingAuthentication(awaiting), events),
            other => panic!("{other:?}"),
        };
        // A second visit opens a second page; the person goes on with the last.
        self.page = Some(session);
        self.events.extend(events);
        Vec::new()
    }

    fn fail(&mut self, session: Session, now: i64) -> Vec<Packet> {
        let (step, events) = session.technical_failure(TechnicalError::ServerError, at(now));
        self.failed(step, events)
    }

    fn failed(&mut self, step: FailureStep, events: Vec<LogEvent>) -> Vec<Packet> {
        self.events.extend(events);
        match step {
            FailureStep::Redirect(redirect) => vec![Packet::Return(redirect.location().to_owned())],
            FailureStep::Page(shown) => {
                self.page = Some(Session::TechnischeStoring(shown));
                Vec::new()
            }
            FailureStep::ManagePage(shown) => {
                self.managing = Some(Session::BeherenToestemmingen(ManageSession::TechnischeStoring(shown)));
                Vec::new()
            }
        }
    }

    /// The person does something on the page that is open.
    pub(crate) fn act(&mut self, act: Act, config: &Config, now: i64) -> Vec<Packet> {
        let Some(session) = self.page.take() else {
            return self.act_managing(act, now);
        };
        let back = |redirect: medmij_oauth::Redirect| vec![Packet::Return(redirect.location().to_owned())];
        if act == Act::Fail {
            return self.fail(session, now);
        }
        if act == Act::Close {
            self.events.extend(session.close(at(now)));
            return Vec::new();
        }
        let (next, events) = match (session, act) {
            (Session::Landing(landing), Act::Proceed) => {
                let (awaiting, events) = landing.proceed(at(now));
                (Session::AwaitingAuthentication(awaiting), events)
            }
            (Session::Landing(landing), Act::CancelLanding) => {
                let (redirect, events) = landing.cancel(at(now));
                self.events.extend(events);
                return back(redirect);
            }
            (Session::AwaitingAuthentication(awaiting), Act::LoginFails) => {
                let (shown, events) = awaiting.failed(at(now));
                (Session::NotGrantedShown(shown), events)
            }
            (Session::AwaitingAuthentication(awaiting), Act::CancelLogin) => match awaiting.cancelled(at(now)) {
                (CancelStep::Cancelled(cancelled), events) => (Session::AuthenticationCancelled(cancelled), events),
                (CancelStep::NotGranted(shown), events) => (Session::NotGrantedShown(shown), events),
            },
            (Session::AuthenticationCancelled(cancelled), Act::Retry) => {
                let (awaiting, events) = cancelled.retry(at(now));
                (Session::AwaitingAuthentication(awaiting), events)
            }
            (Session::AwaitingAuthentication(awaiting), Act::LogIn | Act::LogInForAnother) => {
                let (resolving, events) = awaiting.response(at(now));
                self.events.extend(events);
                let identity = match act {
                    Act::LogIn => config.identity(),
                    _ => config.another(),
                };
                let (step, events) = resolving.identity(identity, config.moment, at(now));
                match step {
                    IdentityStep::Declare(declaration) => (Session::AwaitingDeclaration(declaration), events),
                    // A page without a way back: the DVP hears nothing.
                    IdentityStep::Stopped(_) => {
                        assert_eq!(act, Act::LogInForAnother);
                        self.events.extend(events);
                        return Vec::new();
                    }
                    IdentityStep::Test(testing) => {
                        assert_eq!(act, Act::LogIn, "another than was asked for");
                        self.events.extend(events);
                        match testing.result(result(config.positive), at(now)) {
                            (TestStep::Declare(declaration), events) => {
                                (Session::AwaitingDeclaration(declaration), events)
                            }
                            (TestStep::NotGranted(shown), events) => (Session::NotGrantedShown(shown), events),
                        }
                    }
                }
            }
            (Session::AwaitingDeclaration(declaration), Act::Agree | Act::AgreeLangdurig) => {
                let answered = match act {
                    Act::AgreeLangdurig => declaration.given_langdurig(text_version(), at(now)).unwrap(),
                    _ => declaration.given(text_version(), at(now)),
                };
                self.declared.push(answered.record);
                self.events.extend(answered.events);
                self.issuing = Some((answered.next, self.declared.len() - 1));
                return Vec::new();
            }
            (Session::AwaitingDeclaration(declaration), Act::Refuse) => {
                let answered = declaration.not_given(text_version(), at(now));
                self.declared.push(answered.record);
                (Session::NotGrantedShown(answered.next), answered.events)
            }
            (Session::NotGrantedShown(shown), Act::Back) => {
                let (redirect, events) = shown.back_to_pgo(at(now));
                self.events.extend(events);
                return back(redirect);
            }
            (Session::TechnischeStoring(shown), Act::Back) => {
                let (redirect, events) = shown.back_to_pgo(at(now));
                self.events.extend(events);
                return back(redirect);
            }
            (other, act) => panic!("{act:?} on {other:?}"),
        };
        self.events.extend(events);
        self.page = Some(next);
        Vec::new()
    }

    fn act_managing(&mut self, act: Act, now: i64) -> Vec<Packet> {
        let Some(Session::BeherenToestemmingen(session)) = self.managing.take() else {
            return Vec::new();
        };
        if act == Act::Fail {
            return self.fail(Session::BeherenToestemmingen(session), now);
        }
        if act == Act::Close {
            self.events.extend(session.close(at(now)));
            return Vec::new();
        }
        let (next, events) = match (session, act) {
            (ManageSession::Landing(landing), Act::Proceed) => {
                let (awaiting, events) = landing.proceed(at(now));
                (Some(ManageSession::AwaitingAuthentication(awaiting)), events)
            }
            (ManageSession::Landing(landing), _) => (None, landing.cancel(at(now)).1),
            (ManageSession::AwaitingAuthentication(awaiting), Act::LogIn) => {
                let (resolving, events) = awaiting.response(at(now));
                self.events.extend(events);
                let Ok(consents) = wait(self.store.consents(BSN.parse().unwrap())) else {
                    let waiting = ManageSession::ResolvingIdentity(resolving);
                    return self.fail(Session::BeherenToestemmingen(waiting), now);
                };
                let (overview, events) = resolving.overview(person(), consents, at(now)).unwrap();
                (Some(ManageSession::Overview(overview)), events)
            }
            (ManageSession::AwaitingAuthentication(awaiting), Act::LoginFails) => {
                let (shown, events) = awaiting.failed(at(now));
                (Some(ManageSession::NotGrantedShown(shown)), events)
            }
            (ManageSession::AwaitingAuthentication(awaiting), _) => match awaiting.cancelled(at(now)) {
                (CancelStep::Cancelled(cancelled), events) => {
                    (Some(ManageSession::AuthenticationCancelled(cancelled)), events)
                }
                (CancelStep::NotGranted(shown), events) => (Some(ManageSession::NotGrantedShown(shown)), events),
            },
            (ManageSession::AuthenticationCancelled(cancelled), _) => {
                let (awaiting, events) = cancelled.retry(at(now));
                (Some(ManageSession::AwaitingAuthentication(awaiting)), events)
            }
            (ManageSession::Overview(overview), Act::Select) => {
                let family = overview.consents()[0].family;
                let (confirming, events) = overview.select(family, at(now)).unwrap();
                (Some(ManageSession::Confirming(confirming)), events)
            }
            (ManageSession::Overview(overview), _) => (None, overview.back_to_pgo(at(now)).1),
            (ManageSession::Confirming(confirming), Act::Withdraw) => {
                let withdrawing = confirming.confirm(text_version(), at(now));
                self.declared.push(withdrawing.record().clone());
                if wait(self.store.revoke(withdrawing.family())).is_err() {
                    let (step, events) = withdrawing.technical_failure(TechnicalError::ServerError, at(now));
                    return self.failed(step, events);
                }
                self.withdrawn.insert(withdrawing.family());
                let (overview, events) = withdrawing.revoked(at(now));
                (Some(ManageSession::Overview(overview)), events)
            }
            (ManageSession::Confirming(confirming), _) => {
                let (overview, events) = confirming.cancel(at(now));
                (Some(ManageSession::Overview(overview)), events)
            }
            (ManageSession::NotGrantedShown(shown), _) => (None, shown.back_to_pgo(at(now)).1),
            (ManageSession::TechnischeStoring(shown), _) => (None, shown.back_to_pgo(at(now)).1),
            (other, act) => panic!("{act:?} on {other:?}"),
        };
        self.events.extend(events);
        self.managing = next.map(Session::BeherenToestemmingen);
        Vec::new()
    }

    /// Makes the code of a declaration that was logged.
    pub(crate) fn issue(&mut self, now: i64) -> Vec<Packet> {
        let Some((issuing, record)) = self.issuing.take() else {
            return Vec::new();
        };
        let answer = self.declared[record].answer;
        let given = matches!(answer, DeclarationAnswer::Given | DeclarationAnswer::GivenLangdurig);
        assert!(given, "no code without a logged declaration");
        let (redirect, events) = match wait(dva::issue_code(issuing, &self.store, at(now), &mut self.random)) {
            Ok(issued) => issued,
            Err((step, events)) => return self.failed(step, events),
        };
        self.events.extend(events);
        let location = redirect.location().to_owned();
        assert!(
            self.secrets.insert(parameter(&location, "code").unwrap()),
            "a code is made once"
        );
        vec![Packet::Return(location)]
    }

    /// The process ends: what was not stored is gone, what was is read back.
    pub(crate) fn crash(&mut self) {
        self.issuing = None;
        self.page = self.page.as_ref().map(read_back);
        self.managing = self.managing.as_ref().map(read_back);
    }

    /// Answers a request of the back channel.
    pub(crate) fn asked(&mut self, request: &HttpRequest, config: &Config, now: i64) -> HttpResponse {
        match request.uri().host().unwrap() {
            "ts.dva.nl" => self.token(request, config, now),
            "rs.dva.nl" => self.resource(request, config, now),
            "ss.dva.nl" => self.subscription(request, config, now),
            other => panic!("{other}"),
        }
    }

    fn token(&mut self, request: &HttpRequest, config: &Config, now: i64) -> HttpResponse {
        let positive = config.positive;
        let tester = move |_: &TestingRefresh| std::future::ready(Ok::<_, Infallible>(result(positive)));
        let endpoint = TokenEndpoint {
            release: self.release,
            store: &self.store,
            directory: &self.lists,
            tester: &tester,
            settings: TokenSettings::default(),
        };
        let Served { response, events, .. } =
            wait(endpoint.answer(request, Some(&certificate()), at(now), &mut self.random));
        self.events.extend(events);
        if response.status() == 200 {
            let body = std::str::from_utf8(request.body()).unwrap();
            let form: BTreeMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let offered = form.get("code").or_else(|| form.get("refresh_token")).unwrap();
            let times = self.exchanged.entry(offered.clone()).or_default();
            *times += 1;
            assert_eq!(*times, 1, "a code or refresh token gives tokens once");
            let given = |record: &DeclarationRecord| record.answer != DeclarationAnswer::NotGiven;
            assert!(self.declared.iter().any(given), "no token without a logged declaration");
            let family = match form.get("code") {
                Some(code) => Digest::of(code.as_bytes()),
                None => self.families[&form["refresh_token"]],
            };
            assert!(
                !self.withdrawn.contains(&family),
                "no token after the consent was withdrawn"
            );
            let tokens = Tokens::read(std::str::from_utf8(response.body()).unwrap());
            for token in std::iter::once(tokens.access).chain(tokens.refresh) {
                assert!(self.secrets.insert(token.clone()), "a token is made once");
                self.families.insert(token, family);
            }
        }
        response
    }

    fn resource(&mut self, request: &HttpRequest, config: &Config, now: i64) -> HttpResponse {
        let (function, id) = match config.function {
            Function::Delen => (ScopeFunction::Delen, "53"),
            _ => (ScopeFunction::Verzamelen, "48"),
        };
        let (aanbieder, gegevensdienst) = ("umcharderwijk@medmij".parse().unwrap(), id.parse().unwrap());
        let wanted = Wanted {
            function,
            aanbieder: &aanbieder,
            gegevensdienst: &gegevensdienst,
        };
        let client = certificate();
        let (judged, events) = wait(dva::permit(
            request,
            self.release,
            Some(&client),
            wanted,
            &self.store,
            at(now),
        ));
        self.events.extend(events);
        let permit = match judged {
            Ok(TokenCheck::Permit(permit)) => Ok(permit),
            Ok(TokenCheck::Test(late)) => {
                let (permit, events) = late.result(result(config.positive), at(now));
                self.events.extend(events);
                permit
            }
            Err(refusal) => Err(refusal),
        };
        match permit {
            Err(refusal) => refusal.to_response(),
            Ok(permit) => {
                let bearer = request.headers()["authorization"].to_str().unwrap();
                let family = self.families[bearer.strip_prefix("Bearer ").unwrap()];
                assert!(
                    !self.withdrawn.contains(&family),
                    "nothing is given after the consent was withdrawn"
                );
                assert_eq!(permit.bsn.expose(), config.bsn(), "the person of the token");
                self.events.extend(permit.done(at(now)));
                let body = format!(
                    "{{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"of\":\"{}\"}}",
                    request.uri().path()
                );
                HttpResponse::new(body.into_bytes())
            }
        }
    }

    fn subscription(&mut self, request: &HttpRequest, config: &Config, now: i64) -> HttpResponse {
        let offer = self.lists.offers.gegevensdienst("48").unwrap().clone();
        let server = SubscriptionServer {
            release: self.release,
            endpoint: &offer.abonneren.as_ref().unwrap().subscription,
            offer: &offer,
            store: &self.store,
            aanbieder: &Decides {
                positive: config.positive,
                agrees: config.agrees,
            },
        };
        let Served { response, events, .. } =
            wait(server.answer(request, Some(&certificate()), at(now), &mut self.random));
        self.events.extend(events);
        response
    }

    /// An Abonnement never lasts longer than what was declared, and one that has ended stays so.
    pub(crate) fn look(&self) {
        if !self.release.abonneren() {
            return;
        }
        let found = self.store.store.abonnementen(
            BSN.parse().unwrap(),
            "umcharderwijk@medmij".parse().unwrap(),
            "48".parse().unwrap(),
        );
        for abonnement in wait(found).unwrap() {
            let declared = self
                .declared
                .iter()
                .filter_map(|record| record.dagen)
                .max()
                .unwrap_or(0);
            let last = (start() + time::Duration::days(i64::from(declared.max(10)) + 1)).date();
            if let Some(einde) = abonnement.einde(start()) {
                assert!(einde <= last, "longer than what was declared");
            }
        }
    }
}
