//! The subscription request: built by the DVP, read by the Subscription Server.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Uri};
use medmij_core::{AbonnerenForm, AccessToken, BackchannelUri, HttpRequest, SubscriptionId};
use time::Date;

use super::members::{BadMember, Members};
use super::{MAX_LEN, SubscriptionEnding, SubscriptionPath, SubscriptionRefusal, SubscriptionWire, is_json};
use crate::bearer;
use crate::json::read_object;

/// What a DVP asks of a Subscription Server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the three request types of abonneren.md 6.2")]
pub enum SubscriptionRequest {
    /// A *subscription creation request*: the Aanbieder may refuse it.
    Aanmaken {
        /// The last day that is wanted; the longest that is allowed, if it is absent.
        einde: Option<Date>,
    },
    /// A *subscription modification request*: the Aanbieder may refuse an extension, and no shortening.
    Wijzigen {
        /// Which Abonnement.
        id: SubscriptionId,
        /// The last day that is wanted; the longest that is allowed, if it is absent.
        einde: Option<Date>,
    },
    /// A *subscription termination request*: the Aanbieder may not refuse it.
    Beeindigen {
        /// Which Abonnement.
        id: SubscriptionId,
    },
}

const OFF: &str = "off";
const SUBSCRIPTION: &str = "/Subscription";

impl SubscriptionRequest {
    /// The request on the wire [ext.abo.subint.201, 2.x] [ext.abo.subint.202, 2.x]; `None` if the endpoint or the token
    /// cannot stand in one. `today` is the last day of one that is ended by it.
    pub(crate) fn build(
        &self,
        wire: &SubscriptionWire,
        endpoint: &BackchannelUri,
        token: &AccessToken,
        today: Date,
    ) -> Option<HttpRequest> {
        endpoint.to_uri().ok()?;
        let (call, id, body) = match self {
            Self::Aanmaken { einde } => (wire.create, None, Some((*einde, None))),
            Self::Wijzigen { id, einde } => (wire.change, Some(id), Some((*einde, None))),
            Self::Beeindigen { id } => {
                let body = match wire.ending {
                    SubscriptionEnding::NoBody => None,
                    SubscriptionEnding::StatusOff => Some((None, Some(OFF))),
                    SubscriptionEnding::Today => Some((Some(today), None)),
                };
                (wire.end, Some(id), body)
            }
        };
        // A request that does not say which Abonnement it is about might be taken for one about all.
        if id.is_some() && call.path != SubscriptionPath::SubscriptionId && body.is_none() {
            return None;
        }
        // Where the id stands in the path it is not repeated.
        let named = id.filter(|_| call.path != SubscriptionPath::SubscriptionId);
        let body = body.map(|(einde, status)| Members::new(wire.form, named, einde, status).to_json());
        let path = match (call.path, id) {
            (SubscriptionPath::Endpoint, _) => String::new(),
            (SubscriptionPath::SubscriptionId, Some(id)) => format!("{SUBSCRIPTION}/{id}"),
            (SubscriptionPath::Subscription | SubscriptionPath::SubscriptionId, _) => SUBSCRIPTION.to_owned(),
        };
        let mut request = HttpRequest::new(body.clone().unwrap_or_default());
        *request.method_mut() = call.method.http();
        *request.uri_mut() = Uri::try_from(format!("{endpoint}{path}")).ok()?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer::header(token)?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Some(request)
    }

    /// Reads a request that came to a subscription endpoint, or to a path below it, whatever of the known methods is used:
    /// POST, PUT, PATCH and DELETE. At most 16 KiB.
    ///
    /// # Errors
    /// If it is none of the three requests, its body is no JSON with the members of the form, or its ids differ.
    pub fn parse(
        request: &HttpRequest,
        endpoint: &BackchannelUri,
        form: AbonnerenForm,
    ) -> Result<Self, SubscriptionRefusal> {
        let invalid = || SubscriptionRefusal::InvalidRequest;
        let base = endpoint.to_uri().map_err(|_| invalid())?;
        let below = request.uri().path().strip_prefix(base.path().trim_end_matches('/'));
        let below = below.filter(|_| request.uri().query().is_none()).ok_or_else(invalid)?;
        let below = below.strip_suffix('/').unwrap_or(below);
        let in_path = match below {
            "" | SUBSCRIPTION => None,
            // An id that is none names no Abonnement: the same answer as for one that is not there [S6, flows 4.3].
            other => {
                let id = other.strip_prefix("/Subscription/").ok_or_else(invalid)?;
                Some(id.parse().map_err(|_| SubscriptionRefusal::UnknownSubscription)?)
            }
        };
        let body = if request.body().is_empty() {
            Members::default()
        } else if is_json(request.headers()) {
            read_object(request.body(), MAX_LEN).ok_or_else(invalid)?
        } else {
            return Err(invalid());
        };
        let bad = |bad| match bad {
            BadMember::Malformed => invalid(),
            // One that is none names no Abonnement [S6, flows 4.3].
            BadMember::NoId => SubscriptionRefusal::UnknownSubscription,
        };
        let (in_body, einde) = (body.id(form).map_err(bad)?, body.einde(form).map_err(bad)?);
        let id: Option<SubscriptionId> = match (in_path, in_body) {
            (Some(path), Some(body)) if path != body => return Err(invalid()),
            (path, body) => path.or(body),
        };
        let method = request.method();
        match (method, id) {
            (&Method::POST, None) if body.status.is_none() => Ok(Self::Aanmaken { einde }),
            (&Method::DELETE, Some(id)) => Ok(Self::Beeindigen { id }),
            (&Method::POST | &Method::PUT | &Method::PATCH, Some(id)) => match body.status.as_deref() {
                // Absent it is the longest, in the predecessor alone: elsewhere a wish to shorten may have been misspelt.
                None if einde.is_none() && form == AbonnerenForm::Restful => Err(invalid()),
                None => Ok(Self::Wijzigen { id, einde }),
                Some(OFF) => Ok(Self::Beeindigen { id }),
                Some(_) => Err(invalid()),
            },
            _ => Err(invalid()),
        }
    }
}
