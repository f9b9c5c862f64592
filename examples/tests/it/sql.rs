//! The stores in SQLite and PostgreSQL keep their contracts.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use medmij_core::{
    Aanbiedernaam, ClientIdentity, Digest, Hostname, HttpRequest, OAuthClient, Offers, Release, SystemRandom,
};
use medmij_examples::clock;
use medmij_examples::sql::Sql;
use medmij_oauth::dva::{CodeGrant, GrantStore, TakenCode, TestResult, TestingRefresh, TokenEndpoint, TokenSettings};
use medmij_oauth::{Directory, Put, ScopeFunction, contract};
use sqlx::Connection as _;
use time::Duration;

use crate::postgres::Postgres;

/// Tries every contract on stores that `fresh` makes.
#[expect(clippy::future_not_send, reason = "it is waited for where it is made")]
async fn keeps_the_contracts(fresh: impl AsyncFn() -> Sql) {
    contract::grant_store(&fresh).await;
    contract::session_store(&fresh).await;
    contract::pending_store(&fresh).await;
    contract::token_store(&fresh).await;
    contract::abonnement_store(&fresh).await;
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
        "challenge": "NotAgreed",
    }))
    .unwrap()
}

/// A DVA that knows one client.
struct OneClient(OAuthClient);

impl Directory for OneClient {
    fn client(&self, client_id: &Hostname) -> Option<OAuthClient> {
        (self.0.hostname == *client_id).then(|| self.0.clone())
    }

    fn offers(&self, _: &Aanbiedernaam, _: ScopeFunction, _: Release) -> Option<Offers> {
        None
    }
}

/// Offers a code at the token endpoint; whether tokens came.
async fn offer(store: &Sql, code: &str) -> bool {
    let client = "medmij.pgo.example";
    let body = format!(
        "grant_type=authorization_code&code={code}&client_id={client}&redirect_uri=https%3A%2F%2F{client}%2Fcb"
    );
    let mut request = HttpRequest::new(body.into_bytes());
    *request.method_mut() = http::Method::POST;
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", form);
    let tester = |_: &TestingRefresh| std::future::ready(Ok::<_, std::io::Error>(TestResult::negative()));
    let endpoint = TokenEndpoint {
        release: Release::R2_2,
        store,
        directory: &OneClient(OAuthClient::new(client.parse().unwrap(), "Een PGO".parse().unwrap())),
        tester: &tester,
        settings: TokenSettings::default(),
    };
    let client = ClientIdentity::from_names([client]);
    let response = endpoint
        .answer(&request, Some(&client), clock::now(), &mut SystemRandom)
        .await
        .response;
    assert!(
        [200, 400].contains(&response.status().as_u16()),
        "{}",
        response.status()
    );
    response.status() == 200
}

/// 64 threads offer one code, and exactly one gets tokens; 500 times over.
async fn of_64_one_gets_tokens(store: Sql) {
    for round in 0..500 {
        let code = format!("code-{round}");
        let digest = Digest::of(code.as_bytes());
        assert_eq!(store.put_code(digest, code_grant()).await.unwrap(), Put::Stored);
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (store, code) = (store.clone(), code.clone());
                tokio::spawn(async move { offer(&store, &code).await })
            })
            .collect();
        let mut tokens = 0;
        for task in tasks {
            tokens += usize::from(task.await.unwrap());
        }
        assert_eq!(tokens, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 64)]
async fn tknint_204_of_64_threads_one_gets_tokens_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    of_64_one_gets_tokens(Sql::sqlite(&folder.path().join("x.sqlite")).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 64)]
async fn tknint_204_of_64_threads_one_gets_tokens_in_postgresql() {
    let Some(server) = Postgres::start() else { return };
    of_64_one_gets_tokens(server.fresh().await).await;
}

/// A process that burns a code and never answers: a child of the tests below, which kill it.
#[tokio::test]
#[ignore = "the child of a_kill_between_burn_and_answer_…, which runs it"]
async fn child_that_burns_and_waits() {
    let store = match (
        std::env::var("BURN_SQLITE"),
        std::env::var("BURN_POSTGRES"),
        std::env::var("BURN_KEY"),
    ) {
        (Ok(path), ..) => Sql::sqlite(Path::new(&path)).await.unwrap(),
        (_, Ok(url), Ok(key)) => Sql::postgres(&url, Path::new(&key)).await.unwrap(),
        _ => panic!("the child of a test, not a test of its own"),
    };
    let taken = store.take_code(Digest::of(b"code")).await.unwrap();
    assert!(matches!(taken, TakenCode::Grant(_)));
    writeln!(std::io::stderr(), "burnt").unwrap();
    std::future::pending::<()>().await;
}

/// Runs that child, and kills it as soon as it has burnt the code.
fn burn_and_kill(variables: &[(&str, &OsStr)]) {
    let arguments = ["--exact", "sql::child_that_burns_and_waits", "--ignored", "--nocapture"];
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(arguments)
        .envs(variables.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(
        lines.map_while(Result::ok).any(|line| line == "burnt"),
        "the child burns the code"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_burn_and_answer_leaves_no_usable_code_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    let store = Sql::sqlite(&path).await.unwrap();
    let _ = store.put_code(Digest::of(b"code"), code_grant()).await.unwrap();
    drop(store);
    burn_and_kill(&[("BURN_SQLITE", path.as_os_str())]);
    let store = Sql::sqlite(&path).await.unwrap();
    assert!(matches!(
        store.take_code(Digest::of(b"code")).await.unwrap(),
        TakenCode::UsedBefore
    ));
    assert!(!offer(&store, "code").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_burn_and_answer_leaves_no_usable_code_in_postgresql() {
    let Some(server) = Postgres::start() else { return };
    let store = server.fresh().await;
    let _ = store.put_code(Digest::of(b"code"), code_grant()).await.unwrap();
    let (url, key) = server.place(0);
    burn_and_kill(&[("BURN_POSTGRES", url.as_ref()), ("BURN_KEY", key.as_os_str())]);
    assert!(matches!(
        store.take_code(Digest::of(b"code")).await.unwrap(),
        TakenCode::UsedBefore
    ));
    assert!(!offer(&store, "code").await);
}

#[tokio::test]
async fn another_key_opens_nothing_and_no_row_opens_in_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    let (code, other) = (Digest::of(b"code"), Digest::of(b"other"));
    let store = Sql::sqlite(&path).await.unwrap();
    let _ = store.put_code(code, code_grant()).await.unwrap();
    let mut connection =
        sqlx::SqliteConnection::connect_with(&sqlx::sqlite::SqliteConnectOptions::new().filename(&path))
            .await
            .unwrap();
    let moved = sqlx::query("UPDATE code SET digest = ?").bind(other.as_bytes().to_vec());
    moved.execute(&mut connection).await.unwrap();
    assert!(
        store.take_code(other).await.is_err(),
        "a grant that was moved to another code"
    );
    let _ = store.put_code(code, code_grant()).await.unwrap();
    drop(store);
    std::fs::write(folder.path().join("x.key"), [7; 32]).unwrap();
    let store = Sql::sqlite(&path).await.unwrap();
    assert!(store.take_code(code).await.is_err());
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
