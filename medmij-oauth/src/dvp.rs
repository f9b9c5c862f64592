//! The DVP's side of a run: from the choice of an Aanbieder to what was collected [flows.md 4.1].
//!
//! Each waiting moment is a type of its own, and a transition uses it up: [`Selected`] → [`Pending`] → [`AwaitingToken`] →
//! [`Ready`] ⇄ [`AwaitingResponse`] → [`Outcome`]; under a long-term consent [`Selected`] → [`AwaitingRefresh`] → [`Ready`]. What can be stored between two HTTP calls is [`Pending`] and [`Ready`];
//! [`AwaitingToken`] cannot, because a code is offered once, and a run that is lost while it waits may not offer it again
//! [core.tknint.203, 2.x].

mod abonnement;
mod beheerrapport;
mod consent;
mod done;
mod dossier;
mod driver;
mod notification;
mod outcome;
mod outgoing;
mod path;
mod pending;
mod placement;
mod query;
mod ready;
mod refresh;
mod standard;
mod start;
mod store;
mod todo;
mod token;

pub use abonnement::Abonnement;
pub use beheerrapport::{AccountActivity, Beheerrapport, Telling};
pub use consent::ObtainedConsent;
pub use done::{Collected, Done, Placed};
pub use dossier::{ContentTraffic, Traffic};
pub use driver::{CollectEnd, Collector, DriverError, FollowUp, Refreshed, collect, exchange, refresh};
pub use notification::{AcceptedNotificatie, Channel, Notice, NotifiedStep, ReceivedNotificatie};
pub use outcome::{Failure, FailureCause, Outcome, Stopped};
pub use outgoing::Outgoing;
pub use pending::{Pending, ReplyStep, stray_redirect};
pub use placement::Placement;
pub use query::{QueryError, ResourceQuery};
pub use ready::{AwaitingResponse, NextStep, Ready, ResourceStep};
pub use refresh::{AwaitingRefresh, RefreshChoice, RefreshStep};
pub use standard::{InformationStandard, Then};
pub use start::{Begun, Dvp, HandedOver, Selected, StartError};
pub use store::{Claimed, HeldRefresh, HeldToken, PendingStore, StoredPending, TokenKey, TokenStore};
pub use todo::{AbonnementTodo, Todo};
pub use token::{AwaitingToken, TokenStep};
