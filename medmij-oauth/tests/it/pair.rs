//! A DVP and a DVA with their lists, a clock that stands still until it is moved, and randomness that counts.

use http::StatusCode;
use medmij_core::text::TextVersion;
use medmij_core::{
    Aanbiedernaam, Abonneren, BackchannelUri, ClientIdentity, Digest, GegevensdienstId, Hostname, HttpResponse,
    OAuthClient, OAuthClientInterfaceversie, Offer, Offers, Random, RandomError, Release, Representation, Systeemrol,
    TestMoment,
};
use medmij_oauth::dva::{
    self, AwaitingAuthentication, AwaitingDeclaration, CodeIssued, Identity, IdentityStep, Opened, ResolvingIdentity,
    TestResult, TestStep, TestingEarly,
};
use medmij_oauth::dvp::{AwaitingToken, Begun, Dvp, Outgoing, Ready, ReplyStep, ResourceQuery, TokenStep};
use medmij_oauth::{AuthorizationReply, AuthorizationSettings, Directory, ScopeFunction};
use time::{Duration, UtcDateTime};

pub(crate) const BSN: &str = "999990019";
pub(crate) const REDIRECT_URI: &str = "https://medmij.deenigeechtepgo.nl/cb";
pub(crate) const CLIENT_ID: &str = "medmij.deenigeechtepgo.nl";

pub(crate) const RELEASES: [Release; 9] = Release::ALL;

/// A wording of our own.
pub(crate) fn text_version() -> TextVersion {
    TextVersion::own(Digest::of(b"the text"))
}

pub(crate) fn start() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

pub(crate) fn at(seconds: i64) -> UtcDateTime {
    start() + Duration::seconds(seconds)
}

/// Randomness that counts: every draw differs, every run is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counting(pub(crate) u64);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.0 += 1;
        let mut value = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for byte in bytes {
            value = value.rotate_left(7).wrapping_mul(0xD134_2543_DE82_EF95) ^ self.0;
            *byte = value.to_be_bytes()[0];
        }
        Ok(())
    }
}

/// The Interfaceversie of the release in the lists; the old lists of 1.1 have none.
pub(crate) fn interfaceversie(release: Release) -> Option<medmij_core::InterfaceversieId> {
    let text = match release {
        Release::R1_1 => return None,
        release if release.major() == 2 => "2".to_owned(),
        release => format!("{release}.0"),
    };
    Some(text.parse().unwrap())
}

pub(crate) fn offers(release: Release, ids: &[&str]) -> Offers {
    let offers = ids.iter().map(|id| {
        let mut offer = Offer::new(
            "umcharderwijk@medmij".parse().unwrap(),
            interfaceversie(release),
            id.parse().unwrap(),
            "https://as.dva.nl/auth".parse().unwrap(),
            "https://ts.dva.nl/token".parse().unwrap(),
        );
        offer.abonneren = release.abonneren().then(|| Abonneren {
            maximale_duur: 365,
            subscription: "https://ss.dva.nl:8443/sub".parse().unwrap(),
        });
        offer.naam = Some(format!("Gegevensdienst {id}").parse().unwrap());
        let resource: BackchannelUri = "https://rs.dva.nl:8443/fhir".parse().unwrap();
        offer.systeemrollen.push(Systeemrol {
            code: "ROL".parse().unwrap(),
            resource,
        });
        offer
    });
    Offers::new(offers.collect()).unwrap()
}

pub(crate) fn query(id: &str, path: &str) -> ResourceQuery {
    ResourceQuery::new(
        id.parse().unwrap(),
        "ROL".parse().unwrap(),
        path,
        "application/fhir+json",
    )
    .unwrap()
}

/// What the DVA knows.
#[derive(Clone, Debug)]
pub(crate) struct Lists {
    pub(crate) clients: Vec<OAuthClient>,
    pub(crate) offers: Offers,
    /// The Gegevensdiensten that are to be shared; all others are to be collected.
    pub(crate) shared: std::collections::BTreeSet<GegevensdienstId>,
    pub(crate) represents: bool,
}

impl Lists {
    pub(crate) fn new(release: Release, ids: &[&str]) -> Self {
        let client = |host: &str| OAuthClient::new(host.parse().unwrap(), "De Enige Echte PGO".parse().unwrap());
        Self {
            clients: vec![client(CLIENT_ID), client("other.pgo.nl")],
            offers: offers(release, ids),
            shared: set(&["53"]),
            represents: false,
        }
    }

    pub(crate) fn representing(self) -> Self {
        Self {
            represents: true,
            ..self
        }
    }

    /// Lists for the first client no more than these Gegevensdiensten.
    pub(crate) fn limited(mut self, release: Release, ids: &[&str]) -> Self {
        let mut versie = OAuthClientInterfaceversie::new(interfaceversie(release));
        versie.gegevensdiensten = Some(set(ids));
        self.clients[0].interfaceversies.push(versie);
        self
    }
}

impl Directory for Lists {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        self.clients
            .iter()
            .find(|client| client.hostname == *client_id)
            .cloned()
    }

    fn offers(&self, aanbieder: &Aanbiedernaam, function: ScopeFunction, release: Release) -> Option<Offers> {
        if !release.serves(self.offers.interfaceversie()) || self.offers.aanbieder() != aanbieder {
            return None;
        }
        let is_shared = |offer: &&Offer| self.shared.contains(&offer.gegevensdienst);
        let offers = self.offers.iter();
        let offers: Vec<_> = match function {
            ScopeFunction::Delen => offers.filter(is_shared).cloned().collect(),
            ScopeFunction::Verzamelen | ScopeFunction::Abonneren => {
                offers.filter(|offer| !is_shared(offer)).cloned().collect()
            }
        };
        Offers::new(offers).ok()
    }

    fn supports_representation(&self, representation: Representation, _: &Offer) -> bool {
        assert_ne!(representation, Representation::None, "nobody asks for that");
        self.represents
    }
}

pub(crate) fn set(ids: &[&str]) -> std::collections::BTreeSet<GegevensdienstId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

pub(crate) fn certificate() -> ClientIdentity {
    ClientIdentity::from_names([CLIENT_ID])
}

pub(crate) fn dvp(release: Release) -> Dvp {
    Dvp::new(release, REDIRECT_URI.parse().unwrap()).unwrap()
}

/// A run that was begun for these Gegevensdiensten, with one request for each.
pub(crate) fn begun(release: Release, ids: &[&str]) -> Begun {
    let todo = ids.iter().map(|id| query(id, "Patient")).collect();
    begun_with(release, ids, todo)
}

pub(crate) fn begun_with(release: Release, ids: &[&str], todo: Vec<ResourceQuery>) -> Begun {
    dvp(release)
        .verzamelen(offers(release, ids), todo)
        .unwrap()
        .begin(start(), &mut Counting(0))
        .unwrap()
}

/// What stands behind the question mark of a location.
pub(crate) fn query_of(location: &str) -> &str {
    location.split_once('?').unwrap().1
}

/// The value of a parameter of a location.
pub(crate) fn parameter(location: &str, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(query_of(location).as_bytes());
    pairs
        .filter(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
        .next()
}

/// The request that the person's browser brings to the authorization endpoint.
pub(crate) fn visit(location: &str) -> http::Request<()> {
    http::Request::get(location).body(()).unwrap()
}

pub(crate) fn opened(lists: &Lists, release: Release, begun: &Begun) -> Opened {
    let settings = AuthorizationSettings::default();
    dva::open(&visit(begun.redirect.location()), release, lists, &settings, start())
}

/// The person at the Authentication Server, past the landing page if the release has one.
pub(crate) fn authenticating(lists: &Lists, release: Release, begun: &Begun) -> AwaitingAuthentication {
    match opened(lists, release, begun) {
        Opened::Landing { landing, .. } => landing.proceed(start()).0,
        Opened::Authenticate { awaiting, .. } => awaiting,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn resolving(lists: &Lists, release: Release, begun: &Begun) -> ResolvingIdentity {
    authenticating(lists, release, begun).response(start()).0
}

pub(crate) fn person() -> Identity {
    Identity::new(BSN.parse().unwrap())
}

/// The person, represented as the run that was begun asks, with the date of birth that it tells.
pub(crate) fn person_of(begun: &Begun) -> Identity {
    let scope = parameter(begun.redirect.location(), "scope").unwrap();
    let asked = [Representation::OnBehalfOf, Representation::OnBehalfOfChild];
    let asked = asked
        .into_iter()
        .find(|kind| scope.split(' ').any(|member| kind.scope_member() == Some(member)));
    let born = parameter(begun.redirect.location(), "MedMij_geboortedatum").map(|born| born.parse().unwrap());
    Identity::represented(BSN.parse().unwrap(), asked.unwrap_or_default(), born)
}

pub(crate) fn testing(lists: &Lists, release: Release, begun: &Begun) -> TestingEarly {
    match resolving(lists, release, begun)
        .identity(person(), TestMoment::Early, start())
        .0
    {
        IdentityStep::Test(testing) => testing,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn declaration(lists: &Lists, release: Release, begun: &Begun, granted: &[&str]) -> AwaitingDeclaration {
    match testing(lists, release, begun)
        .result(TestResult::positive(set(granted)), start())
        .0
    {
        TestStep::Declare(declaration) => declaration,
        TestStep::NotGranted(other) => panic!("{other:?}"),
    }
}

pub(crate) fn issued(lists: &Lists, release: Release, begun: &Begun, granted: &[&str]) -> CodeIssued {
    let given = declaration(lists, release, begun, granted).given(text_version(), start());
    given.next.issue(start(), &mut Counting(1_000)).unwrap()
}

/// The redirect of a code that was stored.
pub(crate) fn redirect(issued: CodeIssued) -> String {
    issued.stored().0.location().to_owned()
}

/// The reply step of a query that comes to the DVP.
pub(crate) fn reply(begun: Begun, query: &str) -> ReplyStep {
    begun
        .pending
        .reply(AuthorizationReply::parse(query), at(60), &mut Counting(2_000))
        .unwrap()
}

pub(crate) fn exchange(release: Release, ids: &[&str]) -> Outgoing<AwaitingToken> {
    let begun = begun(release, ids);
    let state = parameter(begun.redirect.location(), "state").unwrap();
    match reply(begun, &format!("code=abc&state={state}")) {
        ReplyStep::Exchange(exchange) => exchange,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn awaiting(release: Release, ids: &[&str]) -> AwaitingToken {
    exchange(release, ids).awaiting
}

pub(crate) fn response(status: u16, body: &str) -> HttpResponse {
    let mut response = HttpResponse::new(body.as_bytes().to_vec());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

/// The body of a right token response.
pub(crate) fn token_body(scope: Option<&str>) -> String {
    let scope = scope.map_or_else(String::new, |scope| format!(",\"scope\":\"{scope}\""));
    format!("{{\"access_token\":\"tok-1\",\"token_type\":\"Bearer\",\"expires_in\":900{scope}}}")
}

pub(crate) fn ready_with(release: Release, ids: &[&str], todo: Vec<ResourceQuery>) -> Ready {
    let begun = begun_with(release, ids, todo);
    let state = parameter(begun.redirect.location(), "state").unwrap();
    let ReplyStep::Exchange(exchange) = reply(begun, &format!("code=abc&state={state}")) else {
        panic!("no exchange")
    };
    match exchange.awaiting.response(&response(200, &token_body(None)), at(61)) {
        TokenStep::Ready { ready, .. } => ready,
        other => panic!("{other:?}"),
    }
}

/// What a transition logged.
pub(crate) fn logged(events: &[medmij_core::LogEvent]) -> Vec<medmij_core::Event> {
    events.iter().map(|event| event.event.clone()).collect()
}

/// Something to place as Gegevensdienst 53.
pub(crate) fn placement() -> medmij_oauth::dvp::Placement {
    let body = b"{\"resourceType\":\"Bundle\"}".to_vec();
    medmij_oauth::dvp::Placement::post(
        "53".parse().unwrap(),
        "ROL".parse().unwrap(),
        "",
        "application/fhir+json",
        body,
    )
    .unwrap()
}

/// An Abonnement on Gegevensdienst 48 that lasts so many days.
pub(crate) fn abonnement(release: Release, dagen: i64) -> medmij_oauth::dvp::Abonnement {
    let einde = (start() + Duration::days(dagen)).date();
    serde_json::from_value(serde_json::json!({
        "aanbieder": "umcharderwijk@medmij",
        "gegevensdienst": "48",
        "gegevensdienstnaam": null,
        "release": release,
        "subscription": "https://ss.dva.nl:8443/sub",
        "id": "496749327x",
        "consent": "c0e7b545-9606-4eef-bea7-75d8addaa54b",
        "state": medmij_oauth::AbonnementState::Active { einde },
        "hosts": ["ss.dva.nl"],
    }))
    .unwrap()
}
