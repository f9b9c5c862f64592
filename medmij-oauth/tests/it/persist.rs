//! States that wait in a store survive it, and damaged ones are refused.

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
