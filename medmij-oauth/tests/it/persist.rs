//! States that wait in a store survive it, and damaged ones are refused.

/// An old, foreign or damaged state is refused, and what it holds is not told.
#[cfg(feature = "persist")]
#[test]
fn a_state_of_another_form_or_version_is_refused() {
    use medmij_core::Release;
    use medmij_oauth::dvp::{HeldToken, Pending, Ready};
    use medmij_oauth::persist::{self, Persist, PersistError};

    use crate::pair::*;

    let ready = ready_with(Release::R2_2, &["48"], vec![query("48", "Patient")]);
    let bytes = persist::write(&ready).unwrap();
    let back: Ready = persist::read(&bytes).unwrap();
    assert_eq!(back.correlation_id(), ready.correlation_id());
    assert_eq!(persist::read::<Pending>(&bytes).unwrap_err(), PersistError::Form);
    assert_eq!(persist::read::<HeldToken>(&bytes).unwrap_err(), PersistError::Form);
    let text = String::from_utf8(bytes).unwrap();
    let old = text.replace(&format!("\"version\":{}", Ready::VERSION), "\"version\":0");
    assert_eq!(
        persist::read::<Ready>(old.as_bytes()).unwrap_err(),
        PersistError::Version(0)
    );
    for damaged in [
        text.replace("https://rs.dva.nl", "http://rs.dva.nl"),
        text.replace("\"token\"", "\"other\""),
        text.replace("Patient", "Patient?patient=1"),
        text.get(..text.len() / 2).unwrap().to_owned(),
        "null".to_owned(),
        String::new(),
        format!("{text}{text}"),
    ] {
        let error = persist::read::<Ready>(damaged.as_bytes()).unwrap_err();
        assert_eq!(error, PersistError::Damaged);
        assert!(!format!("{error} {error:?}").contains("tok-1"));
    }
}

#[cfg(feature = "persist")]
#[test]
fn states_that_wait_can_be_stored_and_read_back() {
    use medmij_core::Release;
    use medmij_oauth::dva::{CodeGrant, Session};
    use medmij_oauth::dvp::{HeldToken, Pending};

    use crate::pair::*;

    let release = Release::R2_2;
    let lists = Lists::new(release, &["48"]);
    let begun = begun(release, &["48"]);
    let json = serde_json::to_string(&begun.pending).unwrap();
    let pending: Pending = serde_json::from_str(&json).unwrap();
    assert_eq!(pending.key(), begun.pending.key());
    assert!(serde_json::from_str::<Pending>(&json.replace("https://as.dva.nl", "http://as.dva.nl")).is_err());

    let session = Session::AwaitingDeclaration(declaration(&lists, release, &begun, &["48"]));
    let json = serde_json::to_string(&session).unwrap();
    assert!(matches!(
        serde_json::from_str(&json),
        Ok(Session::AwaitingDeclaration(_))
    ));
    assert!(serde_json::from_str::<Session>(&json.replace(BSN, "123456789")).is_err());

    let grant = issued(&lists, release, &begun, &["48"]).grant().clone();
    let json = serde_json::to_string(&grant).unwrap();
    assert_eq!(
        serde_json::from_str::<CodeGrant>(&json).unwrap().expires_at,
        grant.expires_at
    );

    let held = ready_with(release, &["48"], vec![query("48", "x")])
        .token()
        .unwrap()
        .clone();
    let json = serde_json::to_string(&held).unwrap();
    assert_eq!(
        serde_json::from_str::<HeldToken>(&json).unwrap().access_token,
        held.access_token
    );
}

/// Writes a corpus of stored states for the fuzz target: `MEDMIJ_WRITE_CORPUS=1 cargo test`.
#[cfg(feature = "persist")]
#[test]
fn every_state_that_waits_is_written_and_read_back() {
    use medmij_core::Release;
    use medmij_oauth::dva::{GrantStore, ManageOpened, ManageSession, Session};
    use medmij_oauth::persist::{self, Persist};

    use crate::drivers::now_or_never as wait;
    use crate::pair::*;
    use crate::scene::Scene;

    fn keep<T: Persist>(corpus: &mut Vec<(u8, String, Vec<u8>)>, choice: u8, name: &str, state: &T) {
        let bytes = persist::write(state).unwrap();
        assert_eq!(
            persist::write(&persist::read::<T>(&bytes).unwrap()).unwrap(),
            bytes,
            "{name}"
        );
        corpus.push((choice, name.to_owned(), bytes));
    }

    let mut corpus = Vec::new();
    for release in [Release::R1_2, Release::R2_2] {
        let lists = Lists::new(release, &["48", "53"]);
        let offer = offers(release, &["48", "53"]);
        let begun_run = begun(release, &["48"]);
        let sharing = dvp(release)
            .delen(offer.gegevensdienst("53").unwrap().clone(), vec![placement()])
            .unwrap();
        let subscribing = dvp(release)
            .abonnement_wijzigen(offer.gegevensdienst("48").unwrap().clone(), abonnement(release, 5), 9)
            .unwrap();
        for (name, selected) in [("sharing", sharing), ("subscribing", subscribing)] {
            let pending = selected.begin(start(), &mut Counting(3)).unwrap().pending;
            keep(&mut corpus, 0, &format!("{release}-{name}"), &pending);
        }
        keep(&mut corpus, 0, &format!("{release}-pending"), &begun_run.pending);
        let ready = ready_with(release, &["48"], vec![query("48", "Patient"), query("48", "Condition")]);
        keep(&mut corpus, 2, &format!("{release}-held"), ready.token().unwrap());
        keep(&mut corpus, 1, &format!("{release}-ready"), &ready);
        let declaration = declaration(&lists, release, &begun_run, &["48"]);
        let not_granted = declaration.clone().not_given(text_version(), at(1)).next;
        keep(
            &mut corpus,
            3,
            &format!("{release}-declaration"),
            &Session::AwaitingDeclaration(declaration),
        );
        keep(
            &mut corpus,
            3,
            &format!("{release}-not-granted"),
            &Session::NotGrantedShown(not_granted),
        );
        let issued = issued(&lists, release, &begun_run, &["48"]);
        keep(&mut corpus, 4, &format!("{release}-code"), issued.grant());
        let scene = Scene::new(release);
        let access = scene.tokens().access;
        keep(
            &mut corpus,
            5,
            &format!("{release}-access"),
            &scene.grant(&access).unwrap(),
        );
    }
    let scene = Scene::langdurig(Release::R2_2);
    let refresh = scene.tokens().refresh.unwrap();
    let refresh: medmij_core::RefreshToken = refresh.parse().unwrap();
    let medmij_oauth::dva::FoundRefresh::Current(grant) = wait(scene.store.find_refresh(refresh.digest())).unwrap()
    else {
        panic!("not current")
    };
    keep(&mut corpus, 6, "refresh", &grant);
    let request = http::Request::get("/toestemmingen").body(()).unwrap();
    let lists = Lists::new(Release::R2_2, &["48"]);
    let ManageOpened::Landing { landing, .. } = medmij_oauth::dva::manage(&request, Release::R2_2, &lists, at(0))
    else {
        panic!("not opened")
    };
    let consents = wait(scene.store.consents(BSN.parse().unwrap())).unwrap();
    let resolving = landing.proceed(at(1)).0.response(at(2)).0;
    let overview = resolving.overview(person(), consents, at(3)).unwrap().0;
    let managing = Session::BeherenToestemmingen(ManageSession::Overview(overview));
    keep(&mut corpus, 3, "overview", &managing);
    let taken = medmij_oauth::dva::Abonnement::new(
        "x".parse().unwrap(),
        BSN.parse().unwrap(),
        "umcharderwijk@medmij".parse().unwrap(),
        "48".parse().unwrap(),
        CLIENT_ID.parse().unwrap(),
        start().date(),
        9,
    );
    keep(&mut corpus, 7, "abonnement", &taken);
    keep(&mut corpus, 8, "dvp-abonnement", &abonnement(Release::R2_2, 9));
    if std::env::var_os("MEDMIJ_WRITE_CORPUS").is_some() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/stored");
        std::fs::create_dir_all(&folder).unwrap();
        for (choice, name, bytes) in corpus {
            std::fs::write(folder.join(name), [&[choice], bytes.as_slice()].concat()).unwrap();
        }
    }
}
