//! A DVP and a DVA with their lists, a clock that stands still until it is moved, and randomness that counts.

use http::StatusCode;
use medmij_core::{
    Aanbiedernaam, BackchannelUri, ClientIdentity, Function, GegevensdienstId, Hostname, HttpResponse, OAuthClient,
    OAuthClientInterfaceversie, Offer, Offers, Random, RandomError, Release, Systeemrol,
};
use medmij_oauth::dva::{
    self, AwaitingDeclaration, CodeIssued, Landing, Opened, ResolvingIdentity, TestResult, TestStep,
};
use medmij_oauth::dvp::{AwaitingToken, Begun, Dvp, Exchange, Ready, ReplyStep, ResourceQuery, TokenStep};
use medmij_oauth::{AuthorizationReply, AuthorizationSettings, Directory};
use time::{Duration, UtcDateTime};

pub(crate) const BSN: &str = "999990019";
pub(crate) const REDIRECT_URI: &str = "https://medmij.deenigeechtepgo.nl/cb";
pub(crate) const CLIENT_ID: &str = "medmij.deenigeechtepgo.nl";

/// The two releases of which the whole flow stands, one of each major number.
pub(crate) const RELEASES: [Release; 2] = [Release::R2_2, Release::R1_4];

pub(crate) fn start() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

pub(crate) fn at(seconds: i64) -> UtcDateTime {
    start() + Duration::seconds(seconds)
}

/// Randomness that counts: every draw differs, every run is the same.
#[derive(Debug, Default)]
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

pub(crate) fn interfaceversie(release: Release) -> &'static str {
    if release.major() == 2 { "2" } else { "1.4.0" }
}

pub(crate) fn offers(release: Release, ids: &[&str]) -> Offers {
    let offers = ids.iter().map(|id| {
        let mut offer = Offer::new(
            "umcharderwijk@medmij".parse().unwrap(),
            Some(interfaceversie(release).parse().unwrap()),
            id.parse().unwrap(),
            "https://as.dva.nl/auth".parse().unwrap(),
            "https://ts.dva.nl/token".parse().unwrap(),
        );
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
}

impl Lists {
    pub(crate) fn new(release: Release, ids: &[&str]) -> Self {
        let client = |host: &str| OAuthClient::new(host.parse().unwrap(), "De Enige Echte PGO".parse().unwrap());
        Self {
            clients: vec![client(CLIENT_ID), client("other.pgo.nl")],
            offers: offers(release, ids),
        }
    }

    /// Lists for the first client no more than these Gegevensdiensten.
    pub(crate) fn limited(mut self, release: Release, ids: &[&str]) -> Self {
        let mut versie = OAuthClientInterfaceversie::new(Some(interfaceversie(release).parse().unwrap()));
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

    fn offers(&self, aanbieder: &Aanbiedernaam, function: Function, release: Release) -> Option<Offers> {
        assert_eq!(function, Function::Verzamelen);
        let served = release.serves(self.offers.interfaceversie()) && self.offers.aanbieder() == aanbieder;
        served.then(|| self.offers.clone())
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

pub(crate) fn landing(lists: &Lists, release: Release, begun: &Begun) -> Landing {
    match dva::open(
        query_of(begun.redirect.location()),
        release,
        lists,
        &AuthorizationSettings::default(),
        start(),
    ) {
        Opened::Landing { landing, .. } => landing,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn resolving(landing: Landing) -> ResolvingIdentity {
    landing.proceed(start()).0.response(start()).0
}

pub(crate) fn declaration(lists: &Lists, release: Release, begun: &Begun, granted: &[&str]) -> AwaitingDeclaration {
    let testing = resolving(landing(lists, release, begun))
        .identity(BSN.parse().unwrap(), start())
        .0;
    match testing.result(TestResult::Positive(set(granted)), start()).0 {
        TestStep::Declare(declaration) => declaration,
        TestStep::NotGranted(other) => panic!("{other:?}"),
    }
}

pub(crate) fn issued(lists: &Lists, release: Release, begun: &Begun, granted: &[&str]) -> CodeIssued {
    let given = declaration(lists, release, begun, granted).given("own-1", start());
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

pub(crate) fn exchange(release: Release, ids: &[&str]) -> Exchange {
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
        TokenStep::Stopped(other) => panic!("{other:?}"),
    }
}
