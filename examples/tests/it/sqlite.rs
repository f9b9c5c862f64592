//! The stores in an SQLite file keep their contracts.

use std::collections::BTreeSet;

use medmij_core::{Digest, Release};
use medmij_examples::clock;
use medmij_examples::sqlite::Sqlite;
use medmij_oauth::Put;
use medmij_oauth::dva::{AccessGrant, CodeGrant, GrantStore, TakenCode};
use medmij_oauth::dvp::{HeldToken, TokenKey, TokenStore};
use time::Duration;

/// A grant, made as a store would read it back: the machine alone makes others.
fn code_grant() -> CodeGrant {
    serde_json::from_value(serde_json::json!({
        "release": Release::R2_2,
        "function": "verzamelen",
        "client_id": "medmij.pgo.example",
        "redirect_uri": "https://medmij.pgo.example/cb",
        "aanbieder": "ziekenhuisvoorbeeld@medmij",
        "asked": ["48"],
        "granted": ["48"],
        "bsn": "999990019",
        "correlation_id": null,
        "expires_at": serde_json::to_value(clock::now() + Duration::minutes(15)).unwrap(),
    }))
    .unwrap()
}

fn access_grant(code: Digest) -> AccessGrant {
    serde_json::from_value(serde_json::json!({
        "code": code,
        "function": "verzamelen",
        "client_id": "medmij.pgo.example",
        "aanbieder": "ziekenhuisvoorbeeld@medmij",
        "gegevensdiensten": BTreeSet::from(["48"]),
        "bsn": "999990019",
        "correlation_id": null,
        "expires_at": serde_json::to_value(clock::now() + Duration::minutes(15)).unwrap(),
    }))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tknint_204_of_many_tasks_one_gets_the_grant() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("x.sqlite")).await.unwrap();
    for round in 0..20_u8 {
        let code = Digest::of(&[round]);
        assert_eq!(store.put_code(code, code_grant()).await.unwrap(), Put::Stored);
        assert_eq!(store.put_code(code, code_grant()).await.unwrap(), Put::Exists);
        let tasks: Vec<_> = (0..16)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.take_code(code).await.unwrap() })
            })
            .collect();
        let mut grants = 0;
        for task in tasks {
            match task.await.unwrap() {
                TakenCode::Grant(_) => grants += 1,
                TakenCode::UsedBefore => {}
                TakenCode::Unknown => panic!("the store forgot a code"),
            }
        }
        assert_eq!(grants, 1);
    }
}

#[tokio::test]
async fn t4_what_is_revoked_is_gone_and_stays_gone() {
    let store = Sqlite::memory().await.unwrap();
    let (code, token) = (Digest::of(b"code"), Digest::of(b"token"));
    let _ = store.put_code(code, code_grant()).await.unwrap();
    assert!(matches!(
        store.take_code(Digest::of(b"other")).await.unwrap(),
        TakenCode::Unknown
    ));
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::Grant(_)));
    assert_eq!(store.put_access(token, access_grant(code)).await.unwrap(), Put::Stored);
    assert_eq!(store.put_access(token, access_grant(code)).await.unwrap(), Put::Exists);
    assert!(store.access(token).await.unwrap().is_some());
    store.revoke(code).await.unwrap();
    assert!(store.access(token).await.unwrap().is_none());
    assert_eq!(
        store.put_access(Digest::of(b"late"), access_grant(code)).await.unwrap(),
        Put::Exists
    );
    store.drop_expired(clock::now() + Duration::hours(1)).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::Unknown));
}

#[tokio::test]
async fn a_burnt_code_is_burnt_after_a_restart_and_another_key_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    let code = Digest::of(b"code");
    let store = Sqlite::open(&path).await.unwrap();
    let _ = store.put_code(code, code_grant()).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::Grant(_)));
    let other = Digest::of(b"other");
    let _ = store.put_code(other, code_grant()).await.unwrap();
    drop(store);
    let store = Sqlite::open(&path).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::UsedBefore));
    drop(store);
    std::fs::write(folder.path().join("x.key"), [7; 32]).unwrap();
    let store = Sqlite::open(&path).await.unwrap();
    assert!(store.take_code(other).await.is_err());
    std::fs::write(folder.path().join("x.key"), "short").unwrap();
    assert!(Sqlite::open(&path).await.is_err());
}

#[tokio::test]
async fn p2_a_token_is_found_for_exactly_its_key_until_it_is_dropped() {
    let store = Sqlite::memory().await.unwrap();
    let expires_at = clock::now() + Duration::minutes(15);
    let held = |token: &str| -> HeldToken {
        serde_json::from_value(serde_json::json!({
            "release": "2.2",
            "aanbieder": "ziekenhuisvoorbeeld@medmij",
            "token_endpoint": "https://medmij.dva.example/oauth/token",
            "gegevensdiensten": ["48"],
            "access_token": token,
            "refresh_token": null,
            "expires_at": serde_json::to_value(expires_at).unwrap(),
            "correlation_id": "c0e7b545-9606-4eef-bea7-75d8addaa54b",
        }))
        .unwrap()
    };
    let key = TokenKey {
        person: "p-1".into(),
        represented: None,
        function: medmij_core::Function::Verzamelen,
        release: Release::R2_2,
        aanbieder: "ziekenhuisvoorbeeld@medmij".parse().unwrap(),
        token_endpoint: "https://medmij.dva.example/oauth/token".parse().unwrap(),
    };
    store.put_token(key.clone(), held("first")).await.unwrap();
    store.put_token(key.clone(), held("second")).await.unwrap();
    assert_eq!(
        store.token(key.clone()).await.unwrap().unwrap().access_token.expose(),
        "second"
    );
    let other = TokenKey {
        person: "p-2".into(),
        ..key.clone()
    };
    assert!(store.token(other).await.unwrap().is_none());
    store.drop_token(key.clone()).await.unwrap();
    assert!(store.token(key).await.unwrap().is_none());
}
