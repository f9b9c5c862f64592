//! A whole Verzamelen, and the refusals that must look alike.

use std::path::Path;
use std::sync::Arc;

use medmij_core::{Digest, Release};
use medmij_examples::demo::{self, Options, Summary};
use medmij_examples::person::Refuse;
use medmij_examples::sql::Sql;
use medmij_examples::steps::Steps;

fn options(data: &Path, release: Release, refuse: Option<Refuse>) -> Options {
    let aanbieder = "ziekenhuisvoorbeeld@medmij".to_owned();
    Options {
        data: data.to_owned(),
        release,
        refuse,
        lists: demo::data().join("lists"),
        aanbieder,
    }
}

async fn run(data: &Path, release: Release, refuse: Option<Refuse>) -> (Summary, Vec<String>) {
    let steps = Arc::new(Steps::kept());
    let summary = demo::run(&options(data, release, refuse), &steps).await.unwrap();
    (summary, steps.lines())
}

#[tokio::test(flavor = "multi_thread")]
async fn f_01_verzamelen_from_lists_to_stored_bundles() {
    let folder = tempfile::tempdir().unwrap();
    let (first, steps) = run(folder.path(), Release::R2_2, None).await;
    assert_eq!(
        (first.ended.outcome.as_str(), first.before, first.added.len()),
        ("Completed", 0, 5)
    );
    for answer in &first.added {
        assert_eq!(answer.aanbieder.as_str(), "ziekenhuisvoorbeeld@medmij");
        assert!(answer.gegevensdienstnaam.is_some());
        assert_eq!(Digest::of(&answer.body), answer.digest, "the bytes are those that came");
    }
    assert!(
        first
            .added
            .iter()
            .any(|answer| String::from_utf8_lossy(&answer.body).contains("0.50"))
    );
    let chain = first.added[0].correlation_id.as_str();
    assert_eq!(
        steps.iter().filter(|line| line.contains(chain)).count(),
        7,
        "one chain from the browser to the last answer"
    );
    let printed = first.lines().join("\n");
    assert!(printed.contains("Basisgegevens Zorg") && printed.contains(&first.added[0].digest.to_string()));

    let (second, steps) = run(folder.path(), Release::R1_4, None).await;
    assert_eq!(
        (second.before, second.added.len()),
        (5, 3),
        "the first run's dossier is found; 1.4 takes one Gegevensdienst"
    );
    assert!(second.added.iter().all(|answer| answer.gegevensdienst.as_str() == "48"));
    let token = steps.iter().find(|line| line.contains("/oauth/token")).unwrap();
    assert_eq!(
        token.split_whitespace().filter(|word| *word == "-").count(),
        2,
        "1.4 has no ids there: {token}"
    );

    let dva = Sql::sqlite(&folder.path().join("dva.sqlite")).await.unwrap();
    assert_eq!(dva.declarations().await.unwrap(), 2);
}

/// Header by header, but for `Date` and the value of `state` in the location.
fn without_state(answer: &[String]) -> Vec<String> {
    let hide = |line: &String| match line.split_once("state=") {
        None => line.clone(),
        Some((before, behind)) => format!(
            "{before}state=..{}",
            behind.trim_start_matches(|c: char| c.is_ascii_hexdigit())
        ),
    };
    answer
        .iter()
        .filter(|line| !line.starts_with("date:"))
        .map(hide)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn uc_verzamelen_2_3_4_reach_the_pgo_alike() {
    for release in [Release::R2_2, Release::R1_4] {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = Vec::new();
        for refuse in [Refuse::Consent, Refuse::Identity, Refuse::Availability] {
            let (summary, _) = run(folder.path(), release, Some(refuse)).await;
            assert_eq!(summary.ended.outcome, "StoppedRefused");
            assert!(summary.added.is_empty());
            assert!(
                summary
                    .ended
                    .answer
                    .iter()
                    .any(|line| line.starts_with("location: ") && line.contains("&state="))
            );
            seen.push((summary.ended.message, without_state(&summary.ended.answer)));
        }
        assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:#?}");
        assert!(
            seen[0]
                .1
                .iter()
                .any(|line| line.ends_with("/cb?error=access_denied&state=..")),
            "{seen:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_lies_open_in_the_stores() {
    let folder = tempfile::tempdir().unwrap();
    let (summary, _) = run(folder.path(), Release::R2_2, None).await;
    let location = summary
        .ended
        .answer
        .iter()
        .find(|line| line.starts_with("location: "))
        .unwrap();
    let value = |name: &str| {
        location
            .split_once(name)
            .unwrap()
            .1
            .split('&')
            .next()
            .unwrap()
            .to_owned()
    };
    let secrets = [
        "999990019".to_owned(),
        value("code="),
        value("state="),
        "access_token\":".to_owned(),
    ];
    for name in ["dva.sqlite", "pgo.sqlite"] {
        let mut bytes = std::fs::read(folder.path().join(name)).unwrap();
        bytes.extend(std::fs::read(folder.path().join(format!("{name}-wal"))).unwrap_or_default());
        for secret in &secrets {
            assert!(secret.len() > 8);
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{secret} in {name}"
            );
        }
    }
}

/// A form on another site has no secret of this browser, so it starts nothing here.
#[tokio::test(flavor = "multi_thread")]
async fn no_other_site_starts_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), Release::R2_2, None);
    let servers = demo::start(&options, &Arc::new(Steps::kept())).await.unwrap();
    let http = medmij_examples::client::plain(&servers.pki, None, &servers.resolve).unwrap();
    let request = http
        .post(format!("https://{}/verzamelen", servers.pgo))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("aanbieder=ziekenhuisvoorbeeld%40medmij&sessie=x");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 400);
    let headers = response.headers();
    assert!(!headers.contains_key("location") && !headers.contains_key("set-cookie"));
}
