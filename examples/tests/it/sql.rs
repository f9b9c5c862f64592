//! The stores in SQLite and PostgreSQL keep their contracts.

use std::sync::atomic::{AtomicUsize, Ordering};

use medmij_core::{Digest, Release};
use medmij_examples::clock;
use medmij_examples::sql::Sql;
use medmij_oauth::dva::{CodeGrant, GrantStore, TakenCode};
use medmij_oauth::{Put, contract};
use time::Duration;

use crate::postgres::Postgres;

/// Tries every contract on stores that `fresh` makes.
async fn keeps_the_contracts(fresh: impl AsyncFn() -> Sql) {
    contract::grant_store(&fresh).await;
    contract::session_store(&fresh).await;
    contract::pending_store(&fresh).await;
    contract::token_store(&fresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_file_keeps_the_contracts() {
    let folder = tempfile::tempdir().unwrap();
    let number = AtomicUsize::new(0);
    keeps_the_contracts(async || {
        let name = format!("{}.sqlite", number.fetch_add(1, Ordering::Relaxed));
        Sql::sqlite(&folder.path().join(name)).await.unwrap()
    })
    .await;
}

#[tokio::test]
async fn an_sqlite_database_in_memory_keeps_the_contracts() {
    keeps_the_contracts(async || Sql::memory().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_the_contracts() {
    let Some(server) = Postgres::start() else { return };
    keeps_the_contracts(async || server.fresh().await).await;
}

/// A grant, made as a store would read it back: the machine alone makes others.
fn code_grant() -> CodeGrant {
    let scope = serde_json::json!({
        "aanbieder": "ziekenhuisvoorbeeld@medmij", "asked": "Aanbieder", "representation": "none",
    });
    serde_json::from_value(serde_json::json!({
        "release": Release::R2_2,
        "client_id": "medmij.pgo.example",
        "redirect_uri": "https://medmij.pgo.example/cb",
        "scope": scope,
        "asked": ["48"],
        "granted": ["48"],
        "dagen": null,
        "bsn": "999990019",
        "tested": true,
        "langdurig": false,
        "correlation_id": null,
        "expires_at": serde_json::to_value(clock::now() + Duration::minutes(15)).unwrap(),
        "challenge": null,
    }))
    .unwrap()
}

/// 64 tasks on several threads take one code, and exactly one gets its grant; 500 times over.
async fn of_64_one_gets_the_grant(store: Sql) {
    for round in 0..500_u16 {
        let code = Digest::of(&round.to_be_bytes());
        assert_eq!(store.put_code(code, code_grant()).await.unwrap(), Put::Stored);
        let tasks: Vec<_> = (0..64)
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

#[tokio::test(flavor = "multi_thread", worker_threads = 64)]
async fn tknint_204_of_64_threads_one_gets_the_grant_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    of_64_one_gets_the_grant(Sql::sqlite(&folder.path().join("x.sqlite")).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 64)]
async fn tknint_204_of_64_threads_one_gets_the_grant_in_postgresql() {
    let Some(server) = Postgres::start() else { return };
    of_64_one_gets_the_grant(server.fresh().await).await;
}

/// What stays on the disk when the process is killed between the burn and the answer.
#[tokio::test]
async fn a_burnt_code_is_burnt_after_a_restart_and_another_key_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    let code = Digest::of(b"code");
    let store = Sql::sqlite(&path).await.unwrap();
    let _ = store.put_code(code, code_grant()).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::Grant(_)));
    let other = Digest::of(b"other");
    let _ = store.put_code(other, code_grant()).await.unwrap();
    drop(store);
    let store = Sql::sqlite(&path).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::UsedBefore));
    drop(store);
    std::fs::write(folder.path().join("x.key"), [7; 32]).unwrap();
    let store = Sql::sqlite(&path).await.unwrap();
    assert!(store.take_code(other).await.is_err());
    std::fs::write(folder.path().join("x.key"), "short").unwrap();
    assert!(Sql::sqlite(&path).await.is_err());
}

/// What has expired vanishes, and nothing that could still matter does.
#[tokio::test]
async fn t4_a_code_is_known_as_long_as_a_token_that_it_gave_can_live() {
    let store = Sql::memory().await.unwrap();
    let code = Digest::of(b"code");
    let _ = store.put_code(code, code_grant()).await.unwrap();
    store.drop_expired(clock::now() + Duration::minutes(29)).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::Grant(_)));
    store.drop_expired(clock::now() + Duration::minutes(31)).await.unwrap();
    assert!(matches!(store.take_code(code).await.unwrap(), TakenCode::Unknown));
}
