//! The messages of *Abonneren* and *Notificeren*: built by one side, read by the other [abonneren.md].

mod einde;
mod members;
mod notification;
mod refusal;
mod request;
mod response;
mod wire;

pub use einde::AbonnementState;
pub use notification::{Notificatie, NotificationAnswer, NotificationRefusal};
pub use refusal::SubscriptionRefusal;
pub use request::SubscriptionRequest;
pub(crate) use response::SubscriptionResponse;
pub use wire::{SubscriptionCall, SubscriptionEnding, SubscriptionMethod, SubscriptionPath, SubscriptionWire};

pub(crate) use einde::{days_after, is_json};

/// The most bytes of a message of these interfaces; the framework names no limit, and the longest has three short members.
pub(crate) const MAX_LEN: usize = 16 << 10;
