//! What a DVA keeps between two requests.

use std::future::Future;

use medmij_core::{Bsn, Digest};
use time::UtcDateTime;

use super::{AccessGrant, CodeGrant, Consent, NewTokens, RefreshGrant, Session};
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
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once")]
pub enum TakenCode {
    /// The code was good until now; it is burnt.
    Grant(CodeGrant),
    /// The code was taken or revoked before.
    UsedBefore,
    /// There never was such a code, or it was forgotten after its time.
    Unknown,
}

/// What a store gives for a refresh token that is offered.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the three answers of the store's contract")]
pub enum FoundRefresh {
    /// The token is current.
    Current(RefreshGrant),
    /// The token was replaced before, or revoked with its family.
    Replaced {
        /// The code that it stems from.
        family: Digest,
    },
    /// There never was such a token, or it was forgotten after its time.
    Unknown,
}

/// What became of tokens that were put into a store.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[must_use = "tokens that were not stored must not be sent"]
#[expect(clippy::exhaustive_enums, reason = "the three answers of the store's contract")]
pub enum PutTokens {
    /// They were stored, all of them.
    Stored,
    /// A key exists: nothing was changed.
    Exists,
    /// The code they stem from was revoked meanwhile or is not known, or the refresh token they replace is not current any
    /// more: nothing was changed.
    Gone,
}

/// Where a DVA keeps codes, access tokens and refresh tokens, by their digests only.
///
/// All that stems from one code is its *family*, known by the digest of the code.
///
/// # Security
/// - Two concurrent [`take_code`](Self::take_code) of one digest give the grant to **at most one**, and two concurrent
///   [`replace_refresh`](Self::replace_refresh) of one token store the tokens of **at most one**.
/// - A burn must be durable before it is answered: a crash may cost a code, never leave one usable.
/// - A code that was used is known as used, and a family that was revoked as revoked, as long as anything of the family can
///   live: until 900 seconds after the code would have expired, and while it has a refresh token that has not expired.
///   A store that forgets sooner lets a second offer go unnoticed.
/// - What has expired may vanish at any time after that; whether it has, the machine judges and not the store.
pub trait GrantStore: Send + Sync {
    /// Why the store failed; that there is no such code or token is no failure.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a grant under the digest of its code, unless that exists: so no code is issued twice [Changelog, 2.0.0].
    fn put_code(&self, code: Digest, grant: CodeGrant) -> impl Future<Output = Result<Put, Self::Error>> + Send;

    /// Burns a code, atomically, and gives its grant the first time [core.tknint.204, 2.x].
    fn take_code(&self, code: Digest) -> impl Future<Output = Result<TakenCode, Self::Error>> + Send;

    /// Stores the tokens of a response, all or none [T1, flows 4.3].
    fn put_tokens(&self, tokens: NewTokens) -> impl Future<Output = Result<PutTokens, Self::Error>> + Send;

    /// Finds a refresh token, which stays as it is; whether it has expired is judged by the machine [T5, flows 4.3].
    fn find_refresh(&self, token: Digest) -> impl Future<Output = Result<FoundRefresh, Self::Error>> + Send;

    /// Stores the tokens of a response in the place of a refresh token that is current, all or none; afterwards the old one
    /// is known as replaced [T5, flows 4.3].
    fn replace_refresh(
        &self,
        old: Digest,
        tokens: NewTokens,
    ) -> impl Future<Output = Result<PutTokens, Self::Error>> + Send;

    /// The grant of an access token, which stays in the store; whether it has expired is judged by the machine.
    fn find_access(&self, token: Digest) -> impl Future<Output = Result<Option<AccessGrant>, Self::Error>> + Send;

    /// Revokes a family: its code, access and refresh tokens give nothing any more, and none can be added. By it a second
    /// offer is answered and a consent is withdrawn [T4, flows 4.3] [T6, flows 4.3] [T7, flows 4.3].
    fn revoke(&self, family: Digest) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// The long-term consents of a person that stand: of every family that was not revoked and has a refresh token that is
    /// current, [that token's](Consent::of) [M1, flows 4.4]. Those that have expired the machine leaves out.
    fn consents(&self, bsn: Bsn) -> impl Future<Output = Result<Vec<Consent>, Self::Error>> + Send;
}
