//! The contract of the stores of a DVA.

use super::samples::{BSN, abonnement, code_grant, key, later, now, session, tokens};
use super::{at_once, works};
use crate::dva::{Abonnement, AbonnementStore, FoundRefresh, GrantStore, PutTokens, Replaced, SessionStore, TakenCode};
use crate::store::Put;

/// How many try one thing at once.
const MANY: usize = 32;

/// Tries the contract of a [`GrantStore`].
pub async fn grant_store<S: GrantStore>(fresh: impl AsyncFn() -> S) {
    a_code_is_stored_once(&fresh().await).await;
    a_code_is_taken_once(&fresh().await).await;
    of_many_who_take_a_code_one_gets_it(&fresh().await).await;
    tokens_are_stored_all_or_none(&fresh().await).await;
    a_refresh_token_is_replaced_once(&fresh().await).await;
    of_many_who_replace_a_refresh_token_one_does(&fresh().await).await;
    a_revoked_family_gives_nothing(&fresh().await).await;
    a_code_that_is_revoked_cannot_be_taken(&fresh().await).await;
    consents_are_those_that_stand(&fresh().await).await;
}

async fn is_granted<S: GrantStore>(store: &S, code: &str, expected: &str) -> bool {
    match works(store.take_code(key(code)).await) {
        TakenCode::Grant(grant) => grant.granted == code_grant(expected).granted,
        _ => false,
    }
}

async fn is_used_before<S: GrantStore>(store: &S, code: &str) -> bool {
    matches!(works(store.take_code(key(code)).await), TakenCode::UsedBefore)
}

async fn is_access<S: GrantStore>(store: &S, token: &str) -> bool {
    works(store.find_access(key(token)).await).is_some()
}

async fn is_current<S: GrantStore>(store: &S, token: &str) -> bool {
    matches!(works(store.find_refresh(key(token)).await), FoundRefresh::Current(_))
}

async fn is_replaced<S: GrantStore>(store: &S, token: &str, of: &str) -> bool {
    matches!(works(store.find_refresh(key(token)).await), FoundRefresh::Replaced { family } if family == key(of))
}

/// A store with a code that was used, and its first tokens.
async fn with_family<S: GrantStore>(store: &S, family: &str) {
    assert_eq!(works(store.put_code(key(family), code_grant("48")).await), Put::Stored);
    assert!(is_granted(store, family, "48").await);
    let first = tokens(family, &format!("{family} access"), Some(&format!("{family} refresh")));
    assert_eq!(works(store.put_tokens(first).await), PutTokens::Stored);
}

async fn a_code_is_stored_once<S: GrantStore>(store: &S) {
    assert_eq!(works(store.put_code(key("code"), code_grant("48")).await), Put::Stored);
    let again = works(store.put_code(key("code"), code_grant("51")).await);
    assert_eq!(again, Put::Exists, "a code that exists is refused");
    assert!(
        is_granted(store, "code", "48").await,
        "a code that exists is not changed"
    );
    let used = works(store.put_code(key("code"), code_grant("51")).await);
    assert_eq!(used, Put::Exists, "a code that was used is refused too");
}

async fn a_code_is_taken_once<S: GrantStore>(store: &S) {
    let unknown = works(store.take_code(key("code")).await);
    assert!(
        matches!(unknown, TakenCode::Unknown),
        "an unknown code is told from a used one"
    );
    let _ = works(store.put_code(key("code"), code_grant("48")).await);
    assert!(is_granted(store, "code", "48").await, "a code gives its grant");
    for _ in 0..3 {
        assert!(
            is_used_before(store, "code").await,
            "a code that was used is remembered"
        );
    }
}

async fn of_many_who_take_a_code_one_gets_it<S: GrantStore>(store: &S) {
    let _ = works(store.put_code(key("code"), code_grant("48")).await);
    let taken = at_once((0..MANY).map(|_| store.take_code(key("code")))).await;
    let grants = taken
        .into_iter()
        .filter(|taken| matches!(taken, Ok(TakenCode::Grant(_))));
    assert_eq!(grants.count(), 1, "of many who take a code exactly one gets its grant");
}

async fn tokens_are_stored_all_or_none<S: GrantStore>(store: &S) {
    let orphan = works(store.put_tokens(tokens("unknown", "a0", None)).await);
    assert_eq!(orphan, PutTokens::Gone, "tokens of an unknown code are refused");
    assert!(!is_access(store, "a0").await);
    with_family(store, "family").await;
    assert!(is_access(store, "family access").await && is_current(store, "family refresh").await);
    let access = works(store.find_access(key("family access")).await).map(|grant| (grant.family, grant.expires_at));
    assert_eq!(
        access,
        Some((key("family"), later(900))),
        "a grant comes back as it was stored"
    );
    assert!(is_access(store, "family access").await, "an access token stays");
    let same_access = works(store.put_tokens(tokens("family", "family access", Some("r1"))).await);
    assert_eq!(same_access, PutTokens::Exists, "an access token that exists is refused");
    assert!(!is_current(store, "r1").await, "and what came with it is not stored");
    let same_refresh = works(store.put_tokens(tokens("family", "a1", Some("family refresh"))).await);
    assert_eq!(
        same_refresh,
        PutTokens::Exists,
        "a refresh token that exists is refused"
    );
    assert!(!is_access(store, "a1").await, "and what came with it is not stored");
}

async fn a_refresh_token_is_replaced_once<S: GrantStore>(store: &S) {
    with_family(store, "family").await;
    let unknown = works(store.find_refresh(key("unknown")).await);
    assert!(
        matches!(unknown, FoundRefresh::Unknown),
        "an unknown refresh token is told from a replaced one"
    );
    let old = key("family refresh");
    let exists = works(
        store
            .replace_refresh(old, tokens("family", "family access", Some("r1")))
            .await,
    );
    assert_eq!(exists, PutTokens::Exists);
    assert!(
        is_current(store, "family refresh").await,
        "what could not be replaced stays current"
    );
    let put = works(store.replace_refresh(old, tokens("family", "a1", Some("r1"))).await);
    assert_eq!(put, PutTokens::Stored);
    assert!(
        is_replaced(store, "family refresh", "family").await,
        "a replaced token is known, with its family"
    );
    assert!(is_current(store, "r1").await && is_access(store, "a1").await);
    assert!(
        is_access(store, "family access").await,
        "an earlier access token lives on"
    );
    let again = works(store.replace_refresh(old, tokens("family", "a2", Some("r2"))).await);
    assert_eq!(again, PutTokens::Gone, "a token is replaced once");
    assert!(!is_access(store, "a2").await && !is_current(store, "r2").await);
    let foreign = works(
        store
            .replace_refresh(key("unknown"), tokens("family", "a2", Some("r2")))
            .await,
    );
    assert_eq!(foreign, PutTokens::Gone, "an unknown token is not replaced");
    with_family(store, "other").await;
    let mixed = works(
        store
            .replace_refresh(key("r1"), tokens("other", "a2", Some("r2")))
            .await,
    );
    assert_eq!(mixed, PutTokens::Gone, "a token is replaced within its family");
    assert!(is_current(store, "r1").await && !is_access(store, "a2").await);
}

async fn of_many_who_replace_a_refresh_token_one_does<S: GrantStore>(store: &S) {
    with_family(store, "family").await;
    let new = |number: usize| tokens("family", &format!("a{number}"), Some(&format!("r{number}")));
    let old = key("family refresh");
    let put = at_once((0..MANY).map(|number| store.replace_refresh(old, new(number)))).await;
    let stored = put.into_iter().filter(|put| matches!(put, Ok(PutTokens::Stored)));
    assert_eq!(
        stored.count(),
        1,
        "of many who replace a refresh token exactly one does"
    );
    let mut current = 0;
    for number in 0..MANY {
        current += usize::from(is_current(store, &format!("r{number}")).await);
    }
    assert_eq!(current, 1, "and one is current afterwards");
}

async fn a_revoked_family_gives_nothing<S: GrantStore>(store: &S) {
    with_family(store, "family").await;
    with_family(store, "other").await;
    let replaced = store.replace_refresh(key("family refresh"), tokens("family", "a1", Some("r1")));
    assert_eq!(works(replaced.await), PutTokens::Stored);
    works(store.revoke(key("unknown")).await);
    for _ in 0..2 {
        works(store.revoke(key("family")).await);
        assert!(
            !is_access(store, "family access").await && !is_access(store, "a1").await,
            "no access token is left"
        );
        for token in ["family refresh", "r1"] {
            assert!(
                is_replaced(store, token, "family").await,
                "no refresh token is current, and each is known"
            );
        }
        assert!(is_used_before(store, "family").await, "the code is known as used");
    }
    let late = works(store.put_tokens(tokens("family", "a2", Some("r2"))).await);
    assert_eq!(late, PutTokens::Gone, "nothing can be added");
    let late = works(
        store
            .replace_refresh(key("r1"), tokens("family", "a2", Some("r2")))
            .await,
    );
    assert_eq!(late, PutTokens::Gone, "nothing can be replaced");
    assert!(
        is_access(store, "other access").await && is_current(store, "other refresh").await,
        "others live on"
    );
}

async fn a_code_that_is_revoked_cannot_be_taken<S: GrantStore>(store: &S) {
    let _ = works(store.put_code(key("code"), code_grant("48")).await);
    works(store.revoke(key("code")).await);
    assert!(
        is_used_before(store, "code").await,
        "a code that was revoked is known as used"
    );
}

async fn consents_are_those_that_stand<S: GrantStore>(store: &S) {
    let found = async |bsn: &str| {
        let mut consents = works(store.consents(bsn.parse().expect("a BSN")).await);
        consents.sort_by_key(|consent| consent.family);
        consents.into_iter().map(|consent| consent.family).collect::<Vec<_>>()
    };
    assert!(found(BSN).await.is_empty(), "there is no consent yet");
    assert_eq!(works(store.put_code(key("once"), code_grant("48")).await), Put::Stored);
    assert!(is_granted(store, "once", "48").await);
    assert_eq!(
        works(store.put_tokens(tokens("once", "a0", None)).await),
        PutTokens::Stored
    );
    with_family(store, "family").await;
    with_family(store, "other").await;
    let replaced = store.replace_refresh(key("family refresh"), tokens("family", "a1", Some("r1")));
    assert_eq!(works(replaced.await), PutTokens::Stored);
    let mut both = vec![key("family"), key("other")];
    both.sort();
    assert_eq!(
        found(BSN).await,
        both,
        "each long-term consent once, whatever was replaced"
    );
    assert!(found("999990020").await.is_empty(), "and of this person alone");
    works(store.revoke(key("family")).await);
    assert_eq!(found(BSN).await, [key("other")], "what was revoked stands no more");
}

/// Tries the contract of an [`AbonnementStore`].
pub async fn abonnement_store<S: AbonnementStore>(fresh: impl AsyncFn() -> S) {
    let store = fresh().await;
    let find = async |id: &str| works(store.abonnement(id.parse().expect("an id")).await);
    assert_eq!(find("one").await, None, "there is no Abonnement yet");
    let outdated = works(store.replace_abonnement(abonnement("one", 1)).await);
    assert_eq!(outdated, Replaced::Outdated, "what is not there cannot be changed");
    assert_eq!(works(store.put_abonnement(abonnement("one", 0)).await), Put::Stored);
    let again = works(store.put_abonnement(abonnement("one", 0)).await);
    assert_eq!(again, Put::Exists, "an id that exists is refused");
    assert_eq!(
        find("one").await,
        Some(abonnement("one", 0)),
        "an Abonnement comes back as it was stored"
    );
    assert_eq!(works(store.put_abonnement(abonnement("two", 0)).await), Put::Stored);
    let skipped = works(store.replace_abonnement(abonnement("one", 2)).await);
    assert_eq!(
        skipped,
        Replaced::Outdated,
        "a version is replaced by the next one only"
    );
    assert_eq!(
        works(store.replace_abonnement(abonnement("one", 1)).await),
        Replaced::Stored
    );
    let twice = works(store.replace_abonnement(abonnement("one", 1)).await);
    assert_eq!(twice, Replaced::Outdated, "and once");
    assert_eq!(find("one").await, Some(abonnement("one", 1)));

    let about = async |bsn: &str, gegevensdienst: &str| {
        let Abonnement { aanbieder, .. } = abonnement("one", 0);
        let bsn = bsn.parse().expect("a BSN");
        let found = store.abonnementen(bsn, aanbieder, gegevensdienst.parse().expect("an id"));
        works(found.await).len()
    };
    assert_eq!(about(BSN, "48").await, 2, "a person may have several");
    assert_eq!((about("999990020", "48").await, about(BSN, "51").await), (0, 0));

    let changed = at_once((0..MANY).map(|_| store.replace_abonnement(abonnement("two", 1)))).await;
    let stored = changed.into_iter().filter(|put| matches!(put, Ok(Replaced::Stored)));
    assert_eq!(stored.count(), 1, "of many who change a version exactly one does");
}

/// Tries the contract of a [`SessionStore`].
pub async fn session_store<S: SessionStore>(fresh: impl AsyncFn() -> S) {
    let store = fresh().await;
    let put = async |until| works(store.put_session(key("cookie"), session(), later(until)).await);
    let take = async |at| works(store.take_session(key("cookie"), later(at)).await).is_some();
    assert!(!take(0).await, "there is no session yet");
    assert_eq!(put(900).await, Put::Stored);
    assert_eq!(put(900).await, Put::Exists, "a key that exists is refused");
    assert!(take(899).await, "a session is given within its time");
    assert!(!take(899).await, "a session is taken once");
    assert_eq!(put(900).await, Put::Stored, "and its key is free again");
    assert!(!take(900).await, "a session whose time has come is not given");

    let store = fresh().await;
    let _ = works(store.put_session(key("cookie"), session(), later(900)).await);
    let taken = at_once((0..MANY).map(|_| store.take_session(key("cookie"), now()))).await;
    let given = taken.into_iter().filter(|taken| matches!(taken, Ok(Some(_))));
    assert_eq!(given.count(), 1, "of many who take a session exactly one gets it");
}
