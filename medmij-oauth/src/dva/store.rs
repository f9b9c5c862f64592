//! What a DVA keeps between two requests.

use std::future::Future;

use medmij_core::Digest;
use time::UtcDateTime;

use super::{AccessGrant, CodeGrant, Session};
use crate::store::Put;

/// Where a DVA keeps the sessions of its front channel, by the digest of the session's cookie.
///
/// # Security
/// A session that is taken twice could issue two codes for one declaration; one that is lost costs the person a new start.
pub trait SessionStore: Send + Sync {
    /// Why the store failed; that there is no such session is no failure.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a session under a key, unless the key exists.
    fn put_session(
        &self,
        key: Digest,
        session: Session,
        expires_at: UtcDateTime,
    ) -> impl Future<Output = Result<Put, Self::Error>> + Send;

    /// Takes the session of a key out of the store, unless its time has come: `expires_at` is not after `now`. Of two
    /// concurrent calls at most one gets it.
    fn take_session(
        &self,
        key: Digest,
        now: UtcDateTime,
    ) -> impl Future<Output = Result<Option<Session>, Self::Error>> + Send;
}

/// What a store gives for a code that is offered.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the three answers of the store's contract")]
pub enum TakenCode {
    /// The code was good until now; it is burnt.
    Grant(CodeGrant),
    /// The code was taken before.
    UsedBefore,
    /// There never was such a code, or it was forgotten after its time.
    Unknown,
}

/// Where a DVA keeps codes and access tokens, by their digests only.
///
/// # Security
/// Two concurrent [`take_code`](Self::take_code) of one digest give the grant to **at most one**; afterwards the store
/// still knows that the code *was* used, at least until 900 seconds after it would have expired, as long as a token that it
/// gave can live, so that a second offer can revoke what the first obtained. A burn must be durable before it is answered: a crash may cost a code, never leave one usable.
pub trait GrantStore: Send + Sync {
    /// Why the store failed; that there is no such code or token is no failure.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a grant under the digest of its code, unless that exists: so no code is issued twice.
    fn put_code(&self, code: Digest, grant: CodeGrant) -> impl Future<Output = Result<Put, Self::Error>> + Send;

    /// Burns a code, atomically, and gives its grant the first time [core.tknint.204, 2.x].
    fn take_code(&self, code: Digest) -> impl Future<Output = Result<TakenCode, Self::Error>> + Send;

    /// Stores a grant under the digest of its access token, unless that exists, **or the code it was issued for has been
    /// revoked meanwhile**: both are answered with [`Put::Exists`].
    fn put_access(&self, token: Digest, grant: AccessGrant) -> impl Future<Output = Result<Put, Self::Error>> + Send;

    /// The grant of an access token, which stays in the store; whether it is still valid is judged by the machine.
    fn access(&self, token: Digest) -> impl Future<Output = Result<Option<AccessGrant>, Self::Error>> + Send;

    /// Revokes what was and will be issued for a code: its access tokens are gone afterwards [T4, flows 4.3].
    fn revoke(&self, code: Digest) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
