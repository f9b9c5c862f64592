//! The subscription response: built by the Subscription Server, read by the DVP.

use http::HeaderValue;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use medmij_core::{AbonnerenForm, HttpResponse, SubscriptionId};
use time::Date;

use super::members::Members;
use super::{MAX_LEN, is_json};
use crate::json::read_object;

/// What a Subscription Server answers when it agrees: the contract arises [Subscription interface, 1.4].
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SubscriptionResponse {
    /// The id by which it knows the Abonnement.
    pub(crate) id: Option<SubscriptionId>,
    /// The last day that it granted.
    pub(crate) einde: Option<Date>,
}

impl SubscriptionResponse {
    /// The response on the wire: 201 for a new Abonnement, else 200 [abonneren.md 6.3].
    pub(crate) fn build(&self, form: AbonnerenForm, created: bool) -> HttpResponse {
        let status = if created { StatusCode::CREATED } else { StatusCode::OK };
        let members = Members::new(form, self.id.as_ref(), self.einde, None);
        json(status, members.to_json())
    }

    /// Reads the body of a response with status 200 or 201; an empty one says nothing.
    pub(crate) fn parse(response: &HttpResponse, form: AbonnerenForm) -> Option<Self> {
        if response.body().is_empty() {
            return Some(Self { id: None, einde: None });
        }
        let members: Members = read_object(response.body(), MAX_LEN).filter(|_| is_json(response.headers()))?;
        Some(Self {
            id: members.id(form).ok()?,
            einde: members.einde(form).ok()?,
        })
    }
}

/// A response of JSON that nobody stores [ext.abo.subint.201, 2.x] [ext.abo.subnotint.203, 2.x].
pub(super) fn json(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
