//! Whole functions over real TLS, and the refusals that must look alike.

use std::path::Path;
use std::sync::Arc;

use medmij_core::{Digest, Release, Representation};
use medmij_examples::demo::{self, Options, Shown, Summary};
use medmij_examples::person::Refuse;
use medmij_examples::sql::Sql;
use medmij_examples::steps::Steps;

fn options(data: &Path, release: Release, refuse: Option<Refuse>) -> Options {
    Options {
        release,
        refuse,
        ..Options::new(data)
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
        (first.last().outcome.as_str(), first.before, first.added.len()),
        ("Completed", 0, 7)
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
        9,
        "one chain from the browser to the last answer"
    );
    let printed = first.lines().join("\n");
    assert!(printed.contains("Basisgegevens Zorg") && printed.contains(&first.added[0].digest.to_string()));

    let (second, steps) = run(folder.path(), Release::R1_4, None).await;
    assert_eq!(
        (second.before, second.added.len()),
        (7, 4),
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

/// Each page of a search is an answer with an envelope of its own; a document is fetched where its DocumentReference tells.
#[tokio::test(flavor = "multi_thread")]
async fn f_14_pi_1c_pages_and_documents_are_stored_with_their_envelopes() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _) = run(folder.path(), Release::R2_2, None).await;
    let store = Sql::sqlite(&folder.path().join("pgo.sqlite")).await.unwrap();
    let pieces = store.pieces().await.unwrap();
    let told: Vec<_> = pieces
        .iter()
        .map(|piece| {
            let received = piece.envelope.received();
            assert!(piece.envelope.is_of(&piece.answer.body));
            assert_eq!(medmij_examples::pgo::findings(&piece.answer), Vec::<String>::new());
            assert_eq!(received.origin.aanbieder, piece.answer.aanbieder);
            assert_eq!(received.origin.gegevensdienstnaam, piece.answer.gegevensdienstnaam);
            assert_eq!(received.request_id, piece.answer.request_id);
            let path = received
                .request
                .as_str()
                .rsplit_once("voorbeeld/")
                .unwrap()
                .1
                .to_owned();
            (path, received.page, piece.envelope.len())
        })
        .collect();
    let expected = [
        ("48/Patient", 0, 1),
        ("48/Condition", 0, 1),
        ("48/Condition?page=2", 1, 1),
        ("48/AllergyIntolerance", 0, 1),
        ("51/DocumentReference?status=current", 0, 1),
        ("51/Binary/b1", 0, 0),
        ("63/Immunization", 0, 1),
    ];
    assert_eq!(
        told,
        expected.map(|(path, page, entries)| (path.to_owned(), page, entries))
    );
    assert!(pieces[5].answer.body.starts_with(b"%PDF"), "the document as it came");
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
            assert_eq!(summary.last().outcome, "StoppedRefused");
            assert!(summary.added.is_empty());
            assert!(
                summary
                    .last()
                    .answer
                    .iter()
                    .any(|line| line.starts_with("location: ") && line.contains("&state="))
            );
            seen.push((summary.last().message.clone(), without_state(&summary.last().answer)));
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
        .last()
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
        .post(format!("https://{}/start", servers.pgo))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("keuze=verzamelen+ziekenhuisvoorbeeld%40medmij&sessie=x");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 400);
    let headers = response.headers();
    assert!(!headers.contains_key("location") && !headers.contains_key("set-cookie"));
}

async fn shown(options: Options) -> (Summary, Vec<String>) {
    let steps = Arc::new(Steps::kept());
    let summary = demo::run(&options, &steps).await.unwrap();
    (summary, steps.lines())
}

/// Each function in the newest release and in the oldest that has it.
#[tokio::test(flavor = "multi_thread")]
async fn delen_5_what_is_shared_reaches_the_aanbieder_byte_for_byte() {
    for release in [Release::R1_1, Release::R2_2] {
        let folder = tempfile::tempdir().unwrap();
        let (summary, _) = shown(Options {
            release,
            function: Shown::Delen,
            ..Options::new(folder.path())
        })
        .await;
        assert_eq!(summary.last().outcome, "Completed", "{release}");
        let [placed] = summary.placed.as_slice() else {
            panic!("{:?}", summary.placed)
        };
        assert_eq!(placed.answer.gegevensdienst.as_str(), "53");
        let dva = Sql::sqlite(&folder.path().join("dva.sqlite")).await.unwrap();
        let received = dva.received().await.unwrap();
        let [received] = received.as_slice() else {
            panic!("{} were received", received.len())
        };
        let end = received.iter().position(|byte| *byte == b'\n').unwrap();
        let (about, body) = received.split_at(end + 1);
        assert_eq!(Digest::of(body), placed.placed);
        assert!(String::from_utf8_lossy(about).contains("\"999990019\""));
        assert!(!String::from_utf8_lossy(body).contains("999990019"));
        // Refused, nothing is placed.
        let (refused, _) = shown(Options {
            release,
            function: Shown::Delen,
            refuse: Some(Refuse::Consent),
            ..Options::new(folder.path())
        })
        .await;
        assert_eq!(refused.last().outcome, "StoppedRefused");
        assert!(refused.placed.is_empty());
        assert_eq!(dva.received().await.unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n1_n4_a_message_leads_to_a_new_verzamelen() {
    for release in [Release::R1_2, Release::R2_2] {
        let folder = tempfile::tempdir().unwrap();
        let (summary, steps) = shown(Options {
            release,
            function: Shown::Abonneren,
            ..Options::new(folder.path())
        })
        .await;
        assert!(summary.ended.iter().all(|(_, ended)| ended.outcome == "Completed"));
        assert_eq!(summary.ended.len(), 4, "subscribed, collected, ended, subscribed");
        let [notice, end] = summary.notices.as_slice() else {
            panic!("{:?}", summary.notices)
        };
        assert!(end.contains("geen seintjes meer"), "{end}");
        assert!(
            notice.contains("Basisgegevens Zorg") && !summary.added.is_empty(),
            "{notice}"
        );
        let sent: Vec<_> = steps
            .iter()
            .filter(|line| line.contains("meldingen.pgo.example"))
            .collect();
        assert_eq!(sent.len(), 2, "after its end nothing is told: {sent:?}");
        assert!(sent[0].starts_with("dva"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_p15_with_a_langdurige_toestemming_the_person_is_not_needed() {
    for release in [Release::R2_0, Release::R2_2] {
        let folder = tempfile::tempdir().unwrap();
        let (summary, steps) = shown(Options {
            release,
            langdurig: true,
            ..Options::new(folder.path())
        })
        .await;
        let at_dva: Vec<_> = summary.ended.iter().map(|(_, ended)| ended.was_at_dva).collect();
        assert_eq!(at_dva, [true, false, true], "the third time it was withdrawn");
        assert_eq!(summary.added.len(), 21);
        // A refresh has a chain of its own.
        let chains: std::collections::BTreeSet<_> = summary.added.iter().map(|it| it.correlation_id.as_str()).collect();
        assert_eq!(chains.len(), 3);
        // What was collected without the person is under the consent that the person gave.
        let pgo = Sql::sqlite(&folder.path().join("pgo.sqlite")).await.unwrap();
        for answer in &summary.added {
            assert!(pgo.consent(&answer.consent).await.unwrap().is_some());
        }
        assert_eq!(summary.added[0].consent, summary.added[7].consent);
        assert_ne!(summary.added[0].consent, summary.added[14].consent);
        assert!(steps.iter().any(|line| line.contains("/sessie")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vert_authint_202_the_data_are_those_of_the_child() {
    for release in [Release::R2_0, Release::R2_2] {
        let folder = tempfile::tempdir().unwrap();
        let (summary, _) = shown(Options {
            release,
            onbehalfofchild: true,
            ..Options::new(folder.path())
        })
        .await;
        assert_eq!((summary.last().outcome.as_str(), summary.added.len()), ("Completed", 7));
        // The DVA knows the child by its own number, and the PGO keeps the data apart from the person's own.
        let pgo = Sql::sqlite(&folder.path().join("pgo.sqlite")).await.unwrap();
        let pieces = pgo.pieces().await.unwrap();
        assert!(
            pieces
                .iter()
                .all(|piece| piece.represented.as_deref() == Some("kind-1"))
        );
        let consent = pgo.consent(&pieces[0].answer.consent).await.unwrap().unwrap();
        assert_eq!(consent.representation, Representation::OnBehalfOfChild);
        let dva = Sql::sqlite(&folder.path().join("dva.sqlite")).await.unwrap();
        let served = lines_with(&dva, "R8").await;
        assert_eq!(served.iter().filter(|line| line["row"] == "R8").count(), 7);
        assert!(
            served
                .iter()
                .filter(|line| line["row"] == "R8")
                .all(|line| line["person"] == "999990032")
        );
        // An adult cannot be represented so: the date of birth is another.
        let steps = Arc::new(Steps::kept());
        let servers = demo::start(&Options::new(folder.path()), &steps).await.unwrap();
        let http = medmij_examples::client::plain(&servers.pki, None, &servers.resolve).unwrap();
        let mut browser = medmij_examples::person::Browser::new(http, steps);
        let choice = "verzamelen-voor-kind ziekenhuisvoorbeeld@medmij";
        let declares = medmij_examples::person::Declares::Once;
        let stopped = browser
            .run(&servers.pgo, choice, declares, "999990019")
            .await
            .unwrap_err();
        assert!(stopped.to_string().contains("400"), "{stopped}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_a_release_lacks_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let base = Options::new(folder.path());
    let wrong = [
        Options {
            release: Release::R1_1,
            function: Shown::Abonneren,
            ..base.clone()
        },
        Options {
            release: Release::R1_5,
            langdurig: true,
            ..base.clone()
        },
        Options {
            release: Release::R1_5,
            onbehalfofchild: true,
            ..base.clone()
        },
        Options {
            function: Shown::Delen,
            langdurig: true,
            ..base.clone()
        },
    ];
    for options in wrong {
        let steps = Arc::new(Steps::kept());
        assert!(demo::run(&options, &steps).await.is_err(), "{options:?}");
        assert!(steps.lines().is_empty());
    }
}

/// [P&I 3, 1.1.2] What was collected and is unchanged, what was shared with whom and what was not; and [RFC0071, 1.6] removal.
#[tokio::test(flavor = "multi_thread")]
async fn pi_3_rfc0071_the_dossier_answers_for_every_content() {
    let folder = tempfile::tempdir().unwrap();
    let base = Options::new(folder.path());
    let (collected, _) = shown(base.clone()).await;
    let page = |pages: Vec<String>| pages.into_iter().next().unwrap();
    let dossier = || async {
        let servers = demo::start(&base, &Arc::new(Steps::kept())).await.unwrap();
        let http = medmij_examples::client::plain(&servers.pki, None, &servers.resolve).unwrap();
        let got = http
            .get(format!("https://{}/dossier", servers.pgo))
            .send()
            .await
            .unwrap();
        let cookie = got.headers()["set-cookie"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        (vec![got.text().await.unwrap()], http, servers.pgo, cookie)
    };
    let (before, http, pgo, cookie) = dossier().await;
    let before = page(before);
    assert_eq!(before.matches("ziekenhuisvoorbeeld, ongewijzigd").count(), 7);
    assert_eq!(before.matches("<td>jezelf</td>").count(), 8);
    assert!(
        before
            .contains("<td>verslag.pdf</td><td>jezelf</td><td>niet opgehaald</td><td>-</td><td>-</td><td>niemand</td>")
    );

    let (_, _) = shown(Options {
        function: Shown::Delen,
        ..base.clone()
    })
    .await;
    let (after, ..) = dossier().await;
    assert!(page(after).contains("<td>-</td><td>-</td><td>ziekenhuisvoorbeeld</td>"));

    // One that was changed is not what was collected.
    let store = Sql::sqlite(&folder.path().join("pgo.sqlite")).await.unwrap();
    let pieces = store.pieces().await.unwrap();
    let piece = pieces.iter().find(|piece| piece.answer.path == "Condition").unwrap();
    let text = String::from_utf8(piece.answer.body.clone()).unwrap();
    assert!(collected.added.contains(&piece.answer));
    for (now, told) in [
        (format!("{text} "), "gewijzigd sinds het ophalen (1 van 1 ongewijzigd)"),
        (
            text.replace("Hoge", "Lage"),
            "gewijzigd sinds het ophalen (0 van 1 ongewijzigd)",
        ),
    ] {
        let mut edited = piece.answer.clone();
        edited.body = now.into_bytes();
        let person = medmij_examples::pgo::person();
        store
            .store_answer(person, None, &edited, &piece.envelope)
            .await
            .unwrap();
        let (changed, ..) = dossier().await;
        assert!(page(changed).contains(told), "{told}");
    }

    let secret = before
        .split_once("name=\"sessie\" value=\"")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let pieces = store.pieces().await.unwrap();
    let (first, number) = (pieces[0].number, pieces[1].number);
    let remove = |secret: String| {
        let request = http
            .post(format!("https://{pgo}/verwijderen"))
            .header("cookie", &cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("sessie={secret}&stuk={number}"));
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(remove("x".to_owned()).await, 400, "a form of another site");
    assert_eq!(store.answers().await.unwrap().len(), 9);
    assert_eq!(remove(secret.to_owned()).await, 200);
    let left = store.answers().await.unwrap();
    assert_eq!(left.len(), 8);
    let numbers: Vec<_> = store.pieces().await.unwrap().iter().map(|piece| piece.number).collect();
    assert!(numbers.contains(&first) && !numbers.contains(&number));
}

/// The lines of a log once one of this row is there, and for a while nothing more comes: they are written behind the answers.
async fn lines_with(store: &Sql, row: &str) -> Vec<serde_json::Value> {
    let mut before = 0;
    for _ in 0..200 {
        let lines = store.log_lines().await.unwrap();
        if lines.len() == before && lines.iter().any(|line| line["row"] == row) {
            return lines;
        }
        before = lines.len();
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the log has no {row}")
}

/// [core.logging.100, 2.x] Both own logs tell one chain, each with the person as that side knows them.
#[tokio::test(flavor = "multi_thread")]
async fn logging_100_207_both_logs_tell_the_same_chain() {
    let folder = tempfile::tempdir().unwrap();
    let (summary, _) = shown(Options::new(folder.path())).await;
    let chain = summary.added[0].correlation_id.as_str();
    let (dvp, dva) = (
        Sql::sqlite(&folder.path().join("pgo.sqlite")).await.unwrap(),
        Sql::sqlite(&folder.path().join("dva.sqlite")).await.unwrap(),
    );
    let (dvp, dva) = (lines_with(&dvp, "P20").await, lines_with(&dva, "R8").await);
    for (lines, side, person) in [(&dvp, "dvp", "testgebruiker"), (&dva, "dva", "999990019")] {
        assert!(lines.iter().all(|line| line["trace_id"] == chain), "{lines:#?}");
        assert!(
            lines
                .iter()
                .any(|line| line["side"] == side && line["person"] == person)
        );
        let about = lines.iter().find(|line| line["aanbieder"].is_string()).unwrap();
        assert_eq!(about["aanbieder"], "ziekenhuisvoorbeeld@medmij");
        assert_eq!(about["release"], "2.2");
    }
    let end = dvp.iter().find(|line| line["event"] == "run_ended").unwrap();
    assert_eq!((&end["outcome"], &end["row"]), (&"Completed".into(), &"P20".into()));
    let (dvp, dva) = (format!("{dvp:?}"), format!("{dva:?}"));
    assert!(!dvp.contains("999990019"), "no BSN at the DVP");
    for event in ["send_authorization_request", "code_received"] {
        assert!(dvp.contains(event) && !dva.contains(event));
    }
    for event in [
        "show_landing_page",
        "declaration_answered",
        "token_issued",
        "resource_response",
    ] {
        assert!(dva.contains(event), "{event}");
    }
    // Nothing of it lies open, and nothing of it is due yet.
    let store = Sql::sqlite(&folder.path().join("dva.sqlite")).await.unwrap();
    let now = medmij_examples::clock::now();
    assert_eq!(store.destroy_log(Release::R2_2, now).await.unwrap(), 0);
    let later = now.saturating_add(time::Duration::days(37 * 31));
    assert!(store.destroy_log(Release::R2_2, later).await.unwrap() > 5);
    assert!(store.log_lines().await.unwrap().is_empty());
}
