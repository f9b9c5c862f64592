//! The subscription response: built by the Subscription Server, read by the DVP.

use http::HeaderValue;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use medmij_core::{AbonnerenForm, HttpResponse, SubscriptionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Date;

use super::einde::{read_date, read_date_time, write_date, write_date_time};
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

#[derive(Deserialize, Serialize)]
struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subscription_id: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
}

impl SubscriptionResponse {
    /// The response on the wire: 201 for a new Abonnement, else 200 [abonneren.md 6.3].
    pub(crate) fn build(&self, form: AbonnerenForm, created: bool) -> HttpResponse {
        let id = self.id.as_ref().map(|id| id.as_str().into());
        let body = match form {
            AbonnerenForm::Predecessor => Body {
                id,
                end: self.einde.map(write_date_time),
                subscription_id: None,
                end_date: None,
            },
            AbonnerenForm::Restful => Body {
                id: None,
                end: None,
                subscription_id: id,
                end_date: self.einde.map(write_date),
            },
        };
        let status = if created { StatusCode::CREATED } else { StatusCode::OK };
        // Texts only: it cannot fail.
        json(status, serde_json::to_vec(&body).unwrap_or_default())
    }

    /// Reads the body of a response with status 200 or 201; an empty one says nothing.
    pub(crate) fn parse(response: &HttpResponse, form: AbonnerenForm) -> Option<Self> {
        if response.body().is_empty() {
            return Some(Self { id: None, einde: None });
        }
        let body: Body = read_object(response.body(), MAX_LEN).filter(|_| is_json(response.headers()))?;
        let (id, text, read): (_, _, fn(&str) -> Option<Date>) = match form {
            AbonnerenForm::Predecessor => (body.id, body.end, read_date_time),
            AbonnerenForm::Restful => (body.subscription_id, body.end_date, read_date),
        };
        let einde = match text.as_deref() {
            None | Some("") => None,
            Some(text) => Some(read(text)?),
        };
        let id = match id {
            None => None,
            Some(id) => Some(id.as_str()?.parse().ok()?),
        };
        Some(Self { id, einde })
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
