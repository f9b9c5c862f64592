//! The Resource Server's check of a token: rows R1 to R5 of flows.md 4.3, in the order of resource.md 2.0.

use http::{HeaderMap, HeaderValue};
use medmij_core::{AccessToken, ClientIdentity, Digest, Event, Function, OwnEvent, Release};
use medmij_oauth::dva::{GrantStore, Wanted, permit};
use medmij_oauth::{MemoryStore, Put};

use crate::drivers::now_or_never as wait;
use crate::pair::*;

fn headers(authorization: &[&str]) -> HeaderMap {
    authorization
        .iter()
        .map(|value| (http::header::AUTHORIZATION, HeaderValue::from_str(value).unwrap()))
        .collect()
}

fn store() -> MemoryStore {
    let release = Release::R2_2;
    let lists = Lists::new(release, &["48", "51"]);
    let begun = begun(release, &["48"]);
    let issued = issued(&lists, release, &begun, &["48"]);
    let store = MemoryStore::new();
    let token: AccessToken = "tok-1".parse().unwrap();
    let request = medmij_oauth::TokenRequest::parse(&exchange(release, &["48"]).request, release).unwrap();
    let taken = medmij_oauth::dva::TakenCode::Grant(issued.grant().clone());
    let client = |id: &_| medmij_oauth::Directory::client(&lists, id);
    let settings = medmij_oauth::dva::TokenSettings::default();
    let outcome = medmij_oauth::dva::exchange(
        &request,
        &certificate(),
        taken,
        client,
        settings,
        start(),
        &mut Counting(1),
    );
    let medmij_oauth::dva::TokenOutcome::Issued(exchanged) = outcome.unwrap() else {
        panic!("no token")
    };
    assert_eq!(wait(store.put_access(token.digest(), exchanged.grant)), Ok(Put::Stored));
    store
}

struct Asked<'a> {
    authorization: &'a [&'a str],
    client: &'a str,
    aanbieder: &'a str,
    gegevensdienst: &'a str,
    function: Function,
    seconds: i64,
}

const RIGHT: Asked<'static> = Asked {
    authorization: &["Bearer tok-1"],
    client: CLIENT_ID,
    aanbieder: "umcharderwijk@medmij",
    gegevensdienst: "48",
    function: Function::Verzamelen,
    seconds: 60,
};

fn ask(store: &MemoryStore, asked: &Asked<'_>) -> Result<String, (u16, String)> {
    let client = ClientIdentity::from_names([asked.client]);
    let (aanbieder, gegevensdienst) = (asked.aanbieder.parse().unwrap(), asked.gegevensdienst.parse().unwrap());
    let wanted = Wanted {
        function: asked.function,
        aanbieder: &aanbieder,
        gegevensdienst: &gegevensdienst,
    };
    let headers = headers(asked.authorization);
    let (permit, event) = wait(permit(
        &headers,
        Release::R2_2,
        Some(&client),
        wanted,
        store,
        at(asked.seconds),
    ));
    let logged = if permit.is_ok() {
        OwnEvent::ResourceRequest
    } else {
        OwnEvent::ResourceError
    };
    assert_eq!(event.event, Event::Own(logged));
    permit.map(|permit| permit.bsn.expose().to_owned()).map_err(|response| {
        let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
        (response.status().as_u16(), challenge)
    })
}

#[test]
fn r1_no_valid_token() {
    let store = store();
    let cases: [(&[&str], u16, &str); 9] = [
        (&[], 401, "Bearer realm=\"MedMij\""),
        (&["Basic x"], 401, "Bearer realm=\"MedMij\""),
        (&["Bearer"], 401, "Bearer realm=\"MedMij\""),
        (
            &["Bearer tok-1", "Bearer tok-1"],
            400,
            "Bearer realm=\"MedMij\", error=\"invalid_request\"",
        ),
        (&["Bearer "], 401, "Bearer realm=\"MedMij\", error=\"invalid_token\""),
        (
            &["Bearer tok-2"],
            401,
            "Bearer realm=\"MedMij\", error=\"invalid_token\"",
        ),
        (
            &["Bearer  tok-1"],
            401,
            "Bearer realm=\"MedMij\", error=\"invalid_token\"",
        ),
        (
            &["Bearer tok-1 x"],
            401,
            "Bearer realm=\"MedMij\", error=\"invalid_token\"",
        ),
        (
            &["bearer tok-9"],
            401,
            "Bearer realm=\"MedMij\", error=\"invalid_token\"",
        ),
    ];
    for (authorization, status, challenge) in cases {
        let answer = ask(&store, &Asked { authorization, ..RIGHT });
        assert_eq!(answer, Err((status, challenge.to_owned())), "{authorization:?}");
    }
}

#[test]
fn r1_f_34_a_token_lives_900_seconds() {
    let store = store();
    assert!(ask(&store, &Asked { seconds: 899, ..RIGHT }).is_ok());
    assert_eq!(ask(&store, &Asked { seconds: 900, ..RIGHT }).unwrap_err().0, 401);
}

#[test]
fn r1b_a_token_of_another_client() {
    let store = store();
    let stolen = ask(
        &store,
        &Asked {
            client: "other.pgo.nl",
            ..RIGHT
        },
    );
    let unknown = ask(
        &store,
        &Asked {
            authorization: &["Bearer tok-2"],
            ..RIGHT
        },
    );
    assert_eq!(stolen, unknown, "alike");
    let (aanbieder, gegevensdienst) = (RIGHT.aanbieder.parse().unwrap(), RIGHT.gegevensdienst.parse().unwrap());
    let wanted = Wanted {
        function: Function::Verzamelen,
        aanbieder: &aanbieder,
        gegevensdienst: &gegevensdienst,
    };
    let (nobody, _) = wait(permit(
        &headers(RIGHT.authorization),
        Release::R2_2,
        None,
        wanted,
        &store,
        at(60),
    ));
    assert_eq!(nobody.unwrap_err().status(), 401);
}

#[test]
fn r2_f_33_a_token_for_something_else() {
    let store = store();
    for asked in [
        Asked {
            gegevensdienst: "51",
            ..RIGHT
        },
        Asked {
            aanbieder: "anders@medmij",
            ..RIGHT
        },
        Asked {
            function: Function::Delen,
            ..RIGHT
        },
    ] {
        let (status, challenge) = ask(&store, &asked).unwrap_err();
        assert_eq!(
            (status, challenge.ends_with("error=\"insufficient_scope\"")),
            (403, true)
        );
    }
}

#[test]
fn r3_the_token_is_the_person() {
    assert_eq!(ask(&store(), &RIGHT).unwrap(), BSN);
    assert_eq!(
        ask(
            &store(),
            &Asked {
                authorization: &["bEARER tok-1"],
                ..RIGHT
            }
        )
        .unwrap(),
        BSN
    );
}

#[test]
fn t4_a_revoked_code_gives_no_more_tokens() {
    let store = store();
    let token: AccessToken = "tok-1".parse().unwrap();
    let grant = wait(store.access(token.digest())).unwrap().unwrap();
    wait(store.revoke(grant.code)).unwrap();
    assert_eq!(ask(&store, &RIGHT).unwrap_err().0, 401);
    assert_eq!(
        wait(store.put_access(Digest::of(b"new"), grant)),
        Ok(Put::Exists),
        "not even one that was on its way"
    );
}
