//! The token endpoint, the Resource Server and the Subscription Server.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use medmij_core::{Aanbiedernaam, ClientIdentity, GegevensdienstId, Representation, SystemRandom};
use medmij_fhir_bundle::{
    Bundle, FhirVersion, Format, Issue, IssueSeverity, Limits, OperationOutcome, RuleSet, Severity, ShareError,
    SharePolicy, Verdict,
};
use medmij_oauth::dva::{
    self, Deciding, GrantStore as _, Permit, Subject, Subscribable, SubscriptionServer, TestResult, TestingRefresh,
    TokenCheck, TokenEndpoint, TokenSettings, Wanted,
};
use medmij_oauth::{Directory as _, LogPerson, ScopeFunction};

use super::{Dva, Reply, report, search};
use crate::clock;
use crate::own_log::About;
use crate::serve::{MAX_BODY, MAX_DOCUMENTS, Peer, head, send, whole};

/// The backchannel.
pub fn back(app: Arc<Dva>) -> Router {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/fhir/{aanbieder}/{gegevensdienst}", post(place))
        .route("/fhir/{aanbieder}/{gegevensdienst}/{resource_type}", get(resource))
        .route("/fhir/{aanbieder}/{gegevensdienst}/Binary/{id}", get(document))
        .route("/abonneren/{aanbieder}/{gegevensdienst}", any(subscription))
        .route("/abonneren/{aanbieder}/{gegevensdienst}/{*rest}", any(subscription))
        .with_state(app)
}

async fn token(State(app): State<Arc<Dva>>, request: Request) -> Reply {
    let peer = app.peer(&request);
    let request = match whole(request, MAX_BODY).await {
        Ok(request) => request,
        Err(status) => return Ok(status.into_response()),
    };
    let tester = |testing: &TestingRefresh| {
        std::future::ready(Ok::<_, Infallible>(app.test(testing.bsn(), testing.representation())))
    };
    let endpoint = TokenEndpoint {
        release: app.config.release,
        store: &app.store,
        directory: &app.directory(),
        tester: &tester,
        settings: TokenSettings::default(),
    };
    let served = endpoint
        .answer(&request, peer.as_ref(), clock::now(), &mut SystemRandom)
        .await;
    app.log(&served.events, &About::served(served.subject));
    Ok(send(served.response))
}

/// The Aanbieder and Gegevensdienst of an address.
fn of_path(aanbieder: &str, gegevensdienst: &str) -> Option<(Aanbiedernaam, GegevensdienstId)> {
    Some((Aanbiedernaam::from_naam(aanbieder).ok()?, gegevensdienst.parse().ok()?))
}

/// Rows R1 to R3, R5 and R8: the token, then the data. The example has one set of answers, for every test person of whom there are
/// data: that there are any for this person and Gegevensdienst, the token tells.
async fn resource(
    State(app): State<Arc<Dva>>,
    Path((aanbieder, gegevensdienst, resource_type)): Path<(String, String, String)>,
    request: Request,
) -> Reply {
    let Some(about) = of_path(&aanbieder, &gegevensdienst).filter(|_| is_name(&resource_type)) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (version, content_type) = app.fhir_version(&about.1);
    let host = &app.config.back_host;
    let address = format!("https://{host}/fhir/{aanbieder}/{gegevensdienst}/{resource_type}");
    let file = format!("{resource_type}.json");
    app.collected(&about, request, &file, |found| {
        let page = search::page(&found, version, &address, &query, app.config.page_size.get());
        Some((page.ok().flatten()?, content_type))
    })
    .await
}

/// The same of a document, which is asked for where its DocumentReference tells [resource.md 6].
async fn document(
    State(app): State<Arc<Dva>>,
    Path((aanbieder, gegevensdienst, id)): Path<(String, String, String)>,
    request: Request,
) -> Reply {
    let Some(about) = of_path(&aanbieder, &gegevensdienst).filter(|_| is_name(&id)) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let file = format!("{id}.pdf");
    app.collected(&about, request, &file, |found| {
        Some((found, "application/pdf".to_owned()))
    })
    .await
}

/// Whether a part of an address is a name, and so names a file that was meant.
fn is_name(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl Dva {
    /// What is collected under a token: a file of the Gegevensdienst, and what is made of it.
    async fn collected(
        &self,
        about: &(Aanbiedernaam, GegevensdienstId),
        request: Request,
        file: &str,
        answer: impl FnOnce(Vec<u8>) -> Option<(Vec<u8>, String)> + Send,
    ) -> Reply {
        let permit = self
            .permit(head(&request), self.peer(&request), ScopeFunction::Verzamelen, about)
            .await;
        let permit = match permit {
            Ok(permit) => permit,
            Err(refusal) => return Ok(refusal),
        };
        let subject = self.about(&permit, ScopeFunction::Verzamelen);
        // Of what a token covers there are data by the settings, so its id names a folder that was meant.
        let file = self.config.fhir.join(about.1.as_str()).join(file);
        Ok(match tokio::fs::read(file).await.ok().and_then(answer) {
            Some((body, content_type)) => {
                self.log(&permit.done(clock::now()), &subject);
                ([(CONTENT_TYPE, content_type)], body).into_response()
            }
            None => {
                self.log(&permit.failed(clock::now()).1, &subject);
                let (_, content_type) = self.fhir_version(&about.1);
                let text = "This example has no such resource.";
                outcome(StatusCode::NOT_FOUND, &content_type, "not-supported", text)
            }
        })
    }
}

/// *Delen*: the token, then what is placed is stored; that it was received is all that the answer tells [Delen 5, 2.x].
async fn place(
    State(app): State<Arc<Dva>>,
    Path((aanbieder, gegevensdienst)): Path<(String, String)>,
    request: Request,
) -> Reply {
    let Some(about) = of_path(&aanbieder, &gegevensdienst) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    // Nothing of the body is read for who has no right.
    let permit = app
        .permit(head(&request), app.peer(&request), ScopeFunction::Delen, &about)
        .await;
    let permit = match permit {
        Ok(permit) => permit,
        Err(refusal) => return Ok(refusal),
    };
    let (version, content_type) = app.fhir_version(&about.1);
    let subject = app.about(&permit, ScopeFunction::Delen);
    let too_late = |permit: Permit| {
        let (refusal, events) = permit.failed(clock::now());
        app.log(&events, &subject);
        Ok(send(refusal.to_response()))
    };
    let left = Duration::try_from(permit.deadline() - clock::now()).unwrap_or_default();
    let Ok(body) = tokio::time::timeout(left, whole(request, MAX_DOCUMENTS)).await else {
        return too_late(permit);
    };
    let body = match body {
        Ok(request) => request.into_body(),
        Err(status) => {
            app.log(&permit.failed(clock::now()).1, &subject);
            return Ok(outcome(
                status,
                &content_type,
                "too-long",
                "This is more than is taken.",
            ));
        }
    };
    let Ok(bundle) = Bundle::parse(&body, version, &Limits::default()) else {
        app.log(&permit.failed(clock::now()).1, &subject);
        let text = "This is no Bundle.";
        return Ok(outcome(StatusCode::BAD_REQUEST, &content_type, "structure", text));
    };
    if let Some((status, refused)) = refusal(&bundle) {
        app.log(&permit.failed(clock::now()).1, &subject);
        return Ok(said(status, &content_type, &refused));
    }
    // Reading may have taken long: what was withdrawn meanwhile gives no right any more.
    let grant = app.store.find_access(permit.token()).await;
    let permit = match grant.map(|grant| permit.clone().recheck(grant.as_ref(), clock::now())) {
        Ok(Ok(permit)) => permit,
        Ok(Err((refusal, events))) => {
            app.log(&events, &subject);
            return Ok(send(refusal.to_response()));
        }
        Err(error) => {
            report(&error);
            return too_late(permit);
        }
    };
    let created = serde_json::json!({"response": {"status": "201 Created"}});
    let answer = serde_json::json!({
        "resourceType": "Bundle",
        "type": format!("{}-response", bundle.bundle_type().unwrap_or_default()),
        "entry": vec![created; bundle.entries().len()],
    });
    if let Err(error) = app.store.put_received(&permit.bsn, &about.0, &about.1, &body).await {
        report(&error);
        return too_late(permit);
    }
    app.log(&permit.done(clock::now()), &subject);
    Ok(([(CONTENT_TYPE, content_type)], answer.to_string()).into_response())
}

/// Why a Bundle is not taken, if it is not: a BSN, more or longer attachments than are taken, what is wrong by FHIR's rules. The
/// places are told, and nothing of what stands there.
fn refusal(bundle: &Bundle<'_>) -> Option<(StatusCode, OperationOutcome)> {
    let issue = |code, text: &str| Issue::new(IssueSeverity::Error, code).with_text(text);
    let one = |status, issue: Issue| Some((status, OperationOutcome::from(issue)));
    match SharePolicy::default().admit(bundle) {
        Ok(_) => {}
        Err(ShareError::Bsn(report)) => {
            let refused = issue("business-rule", "A BSN is in what you share. That is not allowed.");
            let places = report
                .findings
                .iter()
                .filter(|finding| finding.verdict == Verdict::Leak)
                .take(TOLD);
            let refused = places.fold(refused, |refused, finding| refused.at(&finding.path));
            return one(StatusCode::UNPROCESSABLE_ENTITY, refused);
        }
        Err(error) => return one(StatusCode::PAYLOAD_TOO_LARGE, issue("too-long", &error.to_string())),
    }
    let errors = bundle.findings(RuleSet::Fhir).into_iter();
    let errors = errors
        .filter(|finding| finding.severity() == Severity::Error)
        .take(TOLD);
    let issues: Vec<_> = errors
        .map(|finding| issue("invariant", finding.message()).at(&finding.path))
        .collect();
    (!issues.is_empty()).then_some((StatusCode::UNPROCESSABLE_ENTITY, OperationOutcome { issues }))
}

/// How many places are told.
const TOLD: usize = 20;

/// An OperationOutcome with one issue.
fn outcome(status: StatusCode, content_type: &str, code: &str, text: &str) -> Response {
    said(
        status,
        content_type,
        &Issue::new(IssueSeverity::Error, code).with_text(text).into(),
    )
}

fn said(status: StatusCode, content_type: &str, outcome: &OperationOutcome) -> Response {
    let body = outcome.to_bytes(Format::Json);
    (status, [(CONTENT_TYPE, content_type.to_owned())], body).into_response()
}

/// *Abonneren*: takes, changes and ends an Abonnement.
async fn subscription(State(app): State<Arc<Dva>>, Path(path): Path<Vec<(String, String)>>, request: Request) -> Reply {
    let peer = app.peer(&request);
    let part = |name| {
        path.iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    };
    let names = part("aanbieder").zip(part("gegevensdienst"));
    let Some((aanbieder, gegevensdienst)) = names.and_then(|(one, other)| of_path(one, other)) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let release = app.config.release;
    let offers = app.directory().offers(&aanbieder, ScopeFunction::Abonneren, release);
    let offer = offers
        .as_ref()
        .and_then(|offers| offers.gegevensdienst(gegevensdienst.as_str()));
    let Some((offer, abonneren)) = offer.and_then(|offer| Some((offer, offer.abonneren.as_ref()?))) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    let request = match whole(request, MAX_BODY).await {
        Ok(request) => request,
        Err(status) => return Ok(status.into_response()),
    };
    let server = SubscriptionServer {
        release,
        endpoint: &abonneren.subscription,
        offer,
        store: &app.store,
        aanbieder: &*app,
    };
    let served = server
        .answer(&request, peer.as_ref(), clock::now(), &mut SystemRandom)
        .await;
    app.log(&served.events, &About::served(served.subject));
    Ok(send(served.response))
}

/// The Aanbieders of this example agree with every Abonnement on data that there are.
impl Subscribable for Dva {
    type Error = Infallible;

    async fn test(&self, about: Subject<'_>) -> Result<TestResult, Infallible> {
        Ok(Self::test(self, about.bsn, Representation::None))
    }

    async fn agrees(&self, _: &Deciding) -> Result<bool, Infallible> {
        Ok(true)
    }
}

impl Dva {
    /// Who asks, by the names of the certificate that stand on the Whitelist now.
    fn peer(&self, request: &Request) -> Option<ClientIdentity> {
        let Peer(peer) = request.extensions().get()?;
        let peer = peer.clone()?;
        Some(peer.permitted(|name| self.lists.permits(name)))
    }

    /// The right of a token to a request, or its refusal.
    async fn permit(
        &self,
        head: http::Request<()>,
        peer: Option<ClientIdentity>,
        function: ScopeFunction,
        (aanbieder, gegevensdienst): &(Aanbiedernaam, GegevensdienstId),
    ) -> Result<Permit, Response> {
        let wanted = Wanted {
            function,
            aanbieder,
            gegevensdienst,
        };
        let release = self.config.release;
        let judged = dva::permit(&head, release, peer.as_ref(), wanted, &self.store, clock::now());
        let (judged, mut events) = judged.await;
        let permit = judged.and_then(|checked| match checked {
            TokenCheck::Permit(permit) => Ok(permit),
            // What may be a shortening of an Abonnement is tested late; of data no code here is issued untested.
            TokenCheck::Test(late) => {
                let result = self.test(late.about().bsn, Representation::None);
                let (permit, more) = late.result(result, clock::now());
                events.extend(more);
                permit
            }
        });
        let about = permit.as_ref().ok().map(|permit| self.about(permit, function));
        self.log(&events, &about.unwrap_or_default());
        permit.map_err(|refusal| send(refusal.to_response()))
    }

    /// What a request with a right is about.
    fn about(&self, permit: &Permit, function: ScopeFunction) -> About {
        About {
            context: Some(permit.log_context(function, self.config.release)),
            person: Some(LogPerson::Bsn(permit.bsn.clone())),
            reference: Some(permit.token()),
        }
    }

    /// The FHIR version of a Gegevensdienst, and its media type.
    fn fhir_version(&self, gegevensdienst: &GegevensdienstId) -> (FhirVersion, String) {
        let version = self.config.fhir_versions.get(gegevensdienst).copied();
        let version = version.unwrap_or(FhirVersion::Stu3);
        let parameter = version.media_type_parameter();
        (version, format!("application/fhir+json; fhirVersion={parameter}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is refused, and the first place that is told.
    fn told(json: &str) -> Option<(u16, String, String)> {
        let bundle = Bundle::parse(json.as_bytes(), FhirVersion::Stu3, &Limits::default()).unwrap();
        let (status, outcome) = refusal(&bundle)?;
        let issue = outcome.issues.into_iter().next().unwrap();
        Some((
            status.as_u16(),
            issue.code,
            issue.places.into_iter().next().unwrap_or_default(),
        ))
    }

    fn entries(entries: &str) -> String {
        format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{entries}]}}"#)
    }

    #[test]
    fn delen_a_bsn_too_much_and_what_breaks_the_rules_is_refused() {
        let request = r#""request":{"method":"POST","url":"Patient"}"#;
        let bsn = r#"{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999911120"}"#;
        let patient = |members: &str| {
            entries(&format!(
                r#"{{"resource":{{"resourceType":"Patient"{members}}},{request}}}"#
            ))
        };
        assert_eq!(told(&patient("")), None);
        let place = "Bundle.entry[0].resource.identifier[0]";
        let refused = (422, "business-rule".to_owned(), place.to_owned());
        assert_eq!(told(&patient(&format!(r#","identifier":[{bsn}]"#))), Some(refused));
        let photos = r#"{"data":"AAAA"},"#.repeat(4);
        let too_much = told(&patient(&format!(r#","photo":[{}]"#, photos.trim_end_matches(','))));
        assert_eq!(too_much, Some((413, "too-long".to_owned(), String::new())));
        let broken = told(&entries(r#"{"fullUrl":"urn:uuid:1"}"#));
        assert_eq!(
            broken,
            Some((422, "invariant".to_owned(), "Bundle.entry[0]".to_owned()))
        );
    }
}
