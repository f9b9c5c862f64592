// What the examples of the guide take for granted: a list, a clock, HTTP clients that answer, stores in memory. It is included in
// each of them, hidden.
pub use std::future::Future;

pub use medmij_core::{
    Aanbiedernaam, Abonneren, ClientIdentity, Digest, Hostname, HttpLimits, HttpRequest, HttpResponse, LogEvent,
    OAuthClient, Offer, Offers, Release, Systeemrol, SystemRandom, TestMoment,
};
pub use medmij_oauth::{
    AuthorizationReply, AuthorizationSettings, Directory, MemoryStore, Put, ScopeFunction, dva, dvp,
};

pub fn now() -> time::UtcDateTime {
    time::UtcDateTime::UNIX_EPOCH
}

pub fn log(_events: Vec<LogEvent>) {}

/// Runs what waits for nothing.
pub fn run<T>(future: impl Future<Output = Result<T, Box<dyn std::error::Error>>>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(done) => done.unwrap(),
        std::task::Poll::Pending => panic!("it waits"),
    }
}

/// What an Aanbieder offers, as the Zorgaanbiederslijst gives it.
pub fn offer(id: &str) -> Offer {
    let mut offer = Offer::new(
        "umcharderwijk@medmij".parse().unwrap(),
        Some("2".parse().unwrap()),
        id.parse().unwrap(),
        "https://as.dva.nl/auth".parse().unwrap(),
        "https://ts.dva.nl/token".parse().unwrap(),
    );
    offer.naam = Some("Basisgegevens Zorg".parse().unwrap());
    offer.abonneren = Some(Abonneren {
        maximale_duur: 365,
        subscription: "https://ss.dva.nl/sub".parse().unwrap(),
    });
    offer.systeemrollen.push(Systeemrol {
        code: "MM-3.0-BZB-FHIR".parse().unwrap(),
        resource: "https://rs.dva.nl/fhir".parse().unwrap(),
    });
    offer
}

/// What a DVA knows.
pub struct Lists;

impl Directory for Lists {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        Some(OAuthClient::new(client_id.clone(), "Een PGO".parse().unwrap()))
    }

    fn offers(&self, _: &Aanbiedernaam, function: ScopeFunction, _: Release) -> Option<Offers> {
        Some(offer(if function == ScopeFunction::Delen { "53" } else { "48" }).into())
    }
}

/// An HTTP client, to which a DVA answers whose tokens have this scope.
pub fn client(scope: &'static str) -> impl medmij_core::HttpClient {
    move |request: HttpRequest, _: HttpLimits| {
        let refresh = r#""refresh_token":"r""#;
        let token = format!(r#"{{"access_token":"t","token_type":"Bearer","expires_in":900,{refresh},"scope":"{scope}"}}"#);
        let (status, body) = match request.uri().host() {
            Some("ts.dva.nl") => (200, token),
            Some("ss.dva.nl") => (201, r#"{"subscription_id":"s-1","end_date":"1970-03-01"}"#.to_owned()),
            _ => (200, r#"{"resourceType":"Bundle","type":"searchset"}"#.to_owned()),
        };
        let mut response = HttpResponse::new(body.into_bytes());
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert("content-type", "application/json".parse().unwrap());
        std::future::ready(Ok::<_, std::io::Error>(response))
    }
}

/// The browser, back from the DVA with a code.
pub fn back(redirect: &medmij_oauth::Redirect) -> String {
    let state = redirect.location().split("&state=").nth(1).unwrap().split('&').next().unwrap();
    format!("code=c-1&state={state}")
}

/// What a DVP stores.
#[derive(Default)]
pub struct Dossier(pub Vec<dvp::Done>);

impl dvp::Collector for Dossier {
    type Error = std::io::Error;

    async fn store(&mut self, done: dvp::Done) -> Result<dvp::FollowUp, std::io::Error> {
        self.0.push(done);
        Ok(dvp::FollowUp::default())
    }

    async fn keep(&mut self, _: dvp::Ready) -> Result<(), std::io::Error> {
        Ok(())
    }

    fn log(&mut self, _: Vec<LogEvent>) {}
}
