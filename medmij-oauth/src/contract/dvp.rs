//! The contract of the stores of a DVP.

use super::samples::{begun, held, key, later, now, token_key};
use super::{at_once, works};
use crate::dvp::{Claimed, PendingStore, StoredPending, TokenKey, TokenStore};
use crate::store::Put;

/// How many try one thing at once.
const MANY: usize = 32;

/// Tries the contract of a [`PendingStore`].
pub async fn pending_store<S: PendingStore>(fresh: impl AsyncFn() -> S) {
    let store = fresh().await;
    let (first, second) = (begun(1).pending, begun(9).pending);
    let put = async |run: &crate::dvp::Pending| {
        let stored = StoredPending::new(key("session"), run.clone());
        works(store.put_pending(run.key(), stored).await)
    };
    let take = async |run: &crate::dvp::Pending, session| works(store.take_pending(run.key(), key(session)).await);
    assert!(take(&first, "session").await.is_none(), "there is no run yet");
    assert_eq!(put(&first).await, Put::Stored);
    assert_eq!(put(&first).await, Put::Exists, "a key that exists is refused");
    assert_eq!(put(&second).await, Put::Stored);
    assert!(
        take(&first, "another").await.is_none(),
        "a run is not given to another session"
    );
    let taken = take(&first, "session").await.map(|run| run.key());
    assert_eq!(taken, Some(first.key()), "and that changes nothing");
    assert!(take(&first, "session").await.is_none(), "a run is taken once");
    assert!(
        take(&second, "session").await.is_some(),
        "another run of the session lives on"
    );

    let store = fresh().await;
    let stored = StoredPending::new(key("session"), first.clone());
    let _ = works(store.put_pending(first.key(), stored).await);
    let taken = at_once((0..MANY).map(|_| store.take_pending(first.key(), key("session")))).await;
    let given = taken.into_iter().filter(|taken| matches!(taken, Ok(Some(_))));
    assert_eq!(given.count(), 1, "of many who take a run exactly one gets it");
}

/// Tries the contract of a [`TokenStore`].
pub async fn token_store<S: TokenStore>(fresh: impl AsyncFn() -> S) {
    let store = fresh().await;
    let own = token_key("person");
    let put = async |token| works(store.put_token(own.clone(), held(token)).await);
    let token = async |key: TokenKey| {
        let held = works(store.token(key).await);
        held.map(|held| held.access_token.expose().to_owned())
    };
    let claim = async |at, until| works(store.claim(own.clone(), later(at), later(until)).await);
    assert!(token(own.clone()).await.is_none(), "there is no token yet");
    assert!(matches!(claim(0, 60).await, Claimed::Unknown), "and none to claim");
    put("first").await;
    put("second").await;
    assert_eq!(
        token(own.clone()).await.as_deref(),
        Some("second"),
        "a token takes the place of an earlier one"
    );
    assert_eq!(token(own.clone()).await.as_deref(), Some("second"), "a token stays");
    let others = [
        token_key("somebody else"),
        TokenKey {
            represented: Some("person".to_owned()),
            ..own.clone()
        },
        TokenKey {
            function: crate::ScopeFunction::Delen,
            ..own.clone()
        },
        TokenKey {
            release: medmij_core::Release::R2_0,
            ..own.clone()
        },
    ];
    for other in others {
        assert!(token(other).await.is_none(), "a token is found for exactly its key");
    }
    assert!(
        matches!(claim(0, 60).await, Claimed::Token(_)),
        "a token can be claimed"
    );
    assert!(matches!(claim(59, 119).await, Claimed::ByAnother), "by one at a time");
    assert!(token(own.clone()).await.is_some(), "and be read meanwhile");
    assert!(
        matches!(claim(60, 120).await, Claimed::Token(_)),
        "a claim ends at its time"
    );
    put("third").await;
    assert!(
        matches!(claim(61, 121).await, Claimed::Token(_)),
        "a new token ends the claim on the old"
    );
    works(store.drop_token(own.clone()).await);
    works(store.drop_token(own.clone()).await);
    assert!(token(own.clone()).await.is_none(), "a token that was dropped is gone");

    let store = fresh().await;
    works(store.put_token(own.clone(), held("first")).await);
    let claimed = at_once((0..MANY).map(|_| store.claim(own.clone(), now(), later(60)))).await;
    let given = claimed
        .into_iter()
        .filter(|claimed| matches!(claimed, Ok(Claimed::Token(_))));
    assert_eq!(given.count(), 1, "of many who claim a token exactly one gets it");
}
