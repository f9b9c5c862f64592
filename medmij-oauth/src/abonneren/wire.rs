//! The wire form of the subscription interface: one table, a row per form, and each cell a setting.

use medmij_core::{AbonnerenForm, Release};
use serde::{Deserialize, Serialize};

/// How the three requests of the subscription interface look on the wire.
///
/// Methods and paths of 1.3 and later were not seen; they are inferred from RFC0019 and from the notification interfaces. So
/// each is a setting of the deployment. A server takes every form of [`SubscriptionMethod`] whatever is set here.
///
/// | | 1.2 | 1.3 and later |
/// |---|---|---|
/// | create | `POST endpoint` | `POST endpoint/Subscription` |
/// | change | `POST endpoint`, with `id` | `PUT endpoint/Subscription/{id}` |
/// | end | `POST endpoint`, with `id` and `status` | `DELETE endpoint/Subscription/{id}` |
/// | id | `id` | `subscription_id` |
/// | last day | `end`, a date-time | `end_date`, a date |
///
/// ```
/// use medmij_core::Release;
/// use medmij_oauth::{SubscriptionEnding, SubscriptionMethod, SubscriptionWire};
///
/// let mut wire = SubscriptionWire::of(Release::R2_2);
/// assert_eq!(wire.change.method, SubscriptionMethod::Put);
/// // A partner that ends by changing the last day to today:
/// wire.end = wire.change;
/// wire.ending = SubscriptionEnding::Today;
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a table whose cells are set by name")]
pub struct SubscriptionWire {
    /// Which members a message has.
    pub form: AbonnerenForm,
    /// How an Abonnement is asked for.
    pub create: SubscriptionCall,
    /// How its duration is changed.
    pub change: SubscriptionCall,
    /// How it is ended.
    pub end: SubscriptionCall,
    /// What the body of a request to end holds.
    pub ending: SubscriptionEnding,
}

/// A method and a path.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "a method and a path")]
pub struct SubscriptionCall {
    /// The method.
    pub method: SubscriptionMethod,
    /// The path.
    pub path: SubscriptionPath,
}

/// A method of the subscription interface.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the methods of abonneren.md 6.3")]
pub enum SubscriptionMethod {
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

/// A path of the subscription interface, below the subscription endpoint of the Zorgaanbiederslijst.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the paths of abonneren.md 6.3")]
pub enum SubscriptionPath {
    /// The endpoint itself.
    Endpoint,
    /// `/Subscription`
    Subscription,
    /// `/Subscription/{id}`
    SubscriptionId,
}

/// What the body of a request to end an Abonnement holds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the ways of abonneren.md 6.3")]
pub enum SubscriptionEnding {
    /// Nothing: the request has no body.
    NoBody,
    /// The id, and a status that is `off`.
    StatusOff,
    /// Today as the last day.
    Today,
}

impl SubscriptionWire {
    /// The wire form of a release [RFC0019, 1.2].
    #[must_use]
    pub const fn of(release: Release) -> Self {
        use SubscriptionMethod::{Delete, Post, Put};
        use SubscriptionPath::{Endpoint, Subscription, SubscriptionId};
        const fn call(method: SubscriptionMethod, path: SubscriptionPath) -> SubscriptionCall {
            SubscriptionCall { method, path }
        }
        let form = release.abonneren_form();
        match form {
            AbonnerenForm::Predecessor => Self {
                form,
                create: call(Post, Endpoint),
                change: call(Post, Endpoint),
                end: call(Post, Endpoint),
                ending: SubscriptionEnding::StatusOff,
            },
            AbonnerenForm::Restful => Self {
                form,
                create: call(Post, Subscription),
                change: call(Put, SubscriptionId),
                end: call(Delete, SubscriptionId),
                ending: SubscriptionEnding::NoBody,
            },
        }
    }
}

impl SubscriptionMethod {
    pub(super) const fn http(self) -> http::Method {
        match self {
            Self::Post => http::Method::POST,
            Self::Put => http::Method::PUT,
            Self::Patch => http::Method::PATCH,
            Self::Delete => http::Method::DELETE,
        }
    }
}
