//! The Notificatie: built by the DVA's Notification Client, read by the DVP's Notification Server; and its answer.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode, Uri};
use medmij_core::{
    AbonnerenForm, BackchannelUri, HttpRequest, HttpResponse, Random, RandomError, RequestId, SubscriptionId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Date, UtcDateTime};

use super::einde::{read_date, write_date};
use super::response::json;
use super::{MAX_LEN, is_json};
use crate::json::read_object;

/// A message of a DVA on one Abonnement. It holds no health data [Toestemmingsverklaring Abonneren, 2.2.4].
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two kinds of Notificatie")]
pub enum Notificatie {
    /// There is new information, to be collected by *Verzamelen* [ext.abo.rscnotint.204, 2.x].
    Inhoudelijk {
        /// Of which Abonnement.
        id: SubscriptionId,
    },
    /// The Aanbieder ends or shortens the Abonnement [ext.abo.subnotint.204, 2.x].
    Abonnement {
        /// Of which Abonnement.
        id: SubscriptionId,
        /// Its last day; today or before, or if it is absent as in 1.2, it has ended already.
        einde: Option<Date>,
    },
}

#[derive(Deserialize, Serialize)]
struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    id: Option<String>,
    subscription_id: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notification_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subscription_status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
}

const RESOURCE: &str = "resource";
const SUBSCRIPTION: &str = "subscription";
const ACTIVE: &str = "active";
const OFF: &str = "off";
const NOTIFICATION: &str = "/Notification";

impl Notificatie {
    /// Of which Abonnement it is.
    #[must_use]
    pub const fn id(&self) -> &SubscriptionId {
        match self {
            Self::Inhoudelijk { id } | Self::Abonnement { id, .. } => id,
        }
    }

    /// Whether the form has a message for it: the predecessor tells that an Abonnement has ended, and no shortening.
    pub(crate) fn can_be_told(&self, form: AbonnerenForm, now: UtcDateTime) -> bool {
        match (self, form) {
            (Self::Abonnement { einde, .. }, AbonnerenForm::Predecessor) => {
                einde.is_none_or(|einde| einde <= now.date())
            }
            _ => true,
        }
    }

    /// The request on the wire: a POST to `{endpoint}/Notification` [ext.abo.subnotint.201, 2.x]
    /// [ext.abo.subnotint.202, 2.x] [ext.abo.rscnotint.201, 2.x]. `None` if the endpoint is no usable address.
    pub(crate) fn build(
        &self,
        form: AbonnerenForm,
        endpoint: &BackchannelUri,
        random: &mut impl Random,
    ) -> Result<Option<HttpRequest>, RandomError> {
        let mut body = Body {
            id: None,
            subscription_id: Some(self.id().as_str().into()),
            notification_type: None,
            subscription_status: None,
            end_date: None,
        };
        match form {
            AbonnerenForm::Predecessor => {
                body.id = Some(RequestId::random(random)?.to_string());
                let status = if matches!(self, Self::Inhoudelijk { .. }) {
                    ACTIVE
                } else {
                    OFF
                };
                body.subscription_status = Some(status.to_owned());
            }
            AbonnerenForm::Restful => match self {
                Self::Inhoudelijk { .. } => body.notification_type = Some(RESOURCE.to_owned()),
                Self::Abonnement { einde, .. } => {
                    body.notification_type = Some(SUBSCRIPTION.to_owned());
                    body.end_date = einde.map(write_date);
                }
            },
        }
        let uri = endpoint.to_uri().ok();
        let Some(uri) = uri.and_then(|_| Uri::try_from(format!("{endpoint}{NOTIFICATION}")).ok()) else {
            return Ok(None);
        };
        // Texts only: it cannot fail.
        let mut request = HttpRequest::new(serde_json::to_vec(&body).unwrap_or_default());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Some(request))
    }

    /// Reads a message that came to a notification endpoint of a DVP. At most 16 KiB; other members are ignored.
    ///
    /// # Errors
    /// What is no Notificatie at all is refused for its type: the other refusal would end an Abonnement
    /// [Notificeren 1, 2.x].
    pub fn parse(request: &HttpRequest, form: AbonnerenForm) -> Result<Self, NotificationRefusal> {
        let no_type = NotificationRefusal::InvalidNotificationType;
        let right = request.method() == Method::POST && request.uri().query().is_none() && is_json(request.headers());
        if !right {
            return Err(no_type);
        }
        let body: Body = read_object(request.body(), MAX_LEN).ok_or(no_type)?;
        let id = body.subscription_id.as_ref().and_then(Value::as_str).ok_or(no_type)?;
        let kind = match form {
            AbonnerenForm::Predecessor => match body.subscription_status.as_deref() {
                Some(ACTIVE) => None,
                Some(OFF) => Some(None),
                _ => return Err(no_type),
            },
            AbonnerenForm::Restful => match (body.notification_type.as_deref(), body.end_date.as_deref()) {
                (Some(RESOURCE), _) => None,
                (Some(SUBSCRIPTION), Some(text)) => Some(Some(read_date(text).ok_or(no_type)?)),
                _ => return Err(no_type),
            },
        };
        // A Notificatie of an id that no Abonnement here can have: there is none.
        let id = id.parse().map_err(|_| NotificationRefusal::InvalidSubscriptionId)?;
        Ok(match kind {
            None => Self::Inhoudelijk { id },
            Some(einde) => Self::Abonnement { id, einde },
        })
    }
}

/// Why a Notificatie is refused, with exactly one HTTP form [Notificeren 1, 2.x] [Notificeren 2, 2.x].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[must_use = "a refusal is to be sent"]
#[expect(clippy::exhaustive_enums, reason = "the codes of abonneren.md 7 and 8")]
pub enum NotificationRefusal {
    /// There is no such Abonnement, it has ended, or it is not of this DVA: whoever sent the message ends it at once.
    #[error("there is no such Abonnement")]
    InvalidSubscriptionId,
    /// It is no Notificatie of a known kind.
    #[error("this is no Notificatie of a known kind")]
    InvalidNotificationType,
    /// It could not be processed, or not in time.
    #[error("the Notificatie could not be processed")]
    NotProcessed,
}

impl NotificationRefusal {
    /// The response to send.
    #[must_use]
    pub fn to_response(&self) -> HttpResponse {
        let (status, error) = match self {
            Self::InvalidSubscriptionId => (StatusCode::BAD_REQUEST, "invalid_subscription_id"),
            Self::InvalidNotificationType => (StatusCode::BAD_REQUEST, "invalid_notification_type"),
            Self::NotProcessed => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        };
        json(status, format!("{{\"error\":\"{error}\"}}").into_bytes())
    }
}

/// What a Notification Server answered.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the rows N4, N5a, N5b and N6")]
pub enum NotificationAnswer {
    /// It took the message.
    Accepted,
    /// It refused the message with this code, or with an answer that says nothing.
    Refused(NotificationRefusal),
}

impl NotificationAnswer {
    /// The response that takes a message: it has no parameters [ext.abo.subnotint.205, 2.x].
    pub(crate) fn accepted() -> HttpResponse {
        HttpResponse::new(Vec::new())
    }

    /// Reads a response; a 400 without a code that is known stops this message alone.
    pub(crate) fn parse(response: &HttpResponse) -> Self {
        #[derive(Deserialize)]
        struct Body {
            error: String,
        }
        match response.status() {
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED | StatusCode::NO_CONTENT => Self::Accepted,
            StatusCode::BAD_REQUEST => {
                let body = read_object::<Body>(response.body(), MAX_LEN);
                Self::Refused(match body.as_ref().map(|body| body.error.as_str()) {
                    Some("invalid_subscription_id") => NotificationRefusal::InvalidSubscriptionId,
                    _ => NotificationRefusal::InvalidNotificationType,
                })
            }
            _ => Self::Refused(NotificationRefusal::NotProcessed),
        }
    }
}
