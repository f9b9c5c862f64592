//! What serde writes is the text, and what it reads is checked.

use std::fmt::Debug;

use medmij_core::{
    Aanbiedernaam, Aanbiedertype, BackchannelUri, ChainEvent, CorrelationId, Declaration, Digest, FrontchannelUri,
    Function, GegevensdienstId, Gegevensdienstnaam, Hostname, InterfaceversieId, OAuthclientOrganisatienaam,
    RedirectUri, Release, Representation, RequestId, Systeemrolcode, Test, TestMoment,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn check<T: DeserializeOwned + Serialize + PartialEq + Debug>(right: &str, wrong: Option<&str>) {
    let json = serde_json::to_string(right).unwrap();
    let value: T = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    if let Some(wrong) = wrong {
        let error = serde_json::from_str::<T>(&serde_json::to_string(wrong).unwrap())
            .unwrap_err()
            .to_string();
        assert!(
            wrong.is_empty() || !error.contains(wrong),
            "the error repeats the value: {error}"
        );
    }
    assert!(serde_json::from_str::<T>("7").is_err());
    // A text with an escape cannot be borrowed from the input.
    if right.starts_with(char::is_alphabetic) {
        let escaped = format!("\"\\u{:04x}{}\"", right.as_bytes()[0], &right[1..]);
        assert_eq!(serde_json::from_str::<T>(&escaped).unwrap(), value);
    }
}

#[test]
fn serde_reads_only_what_the_parser_takes() {
    check::<Aanbiedernaam>("umcharderwijk@medmij", Some("umcharderwijk"));
    check::<Aanbiedertype>("NIEUW", None);
    check::<BackchannelUri>("https://a.bc:8443/x", Some("https://a.bc/x?y"));
    check::<ChainEvent>("send_something_else", None);
    check::<CorrelationId>("c0e7b545-9606-4eef-bea7-75d8addaa54b", Some("c0e7b545"));
    check::<Declaration>("bevestigingsverklaring", Some("verklaring"));
    check::<Digest>(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        Some("e3b0"),
    );
    check::<FrontchannelUri>("https://a.bc/x", Some("https://a.bc:443/x"));
    check::<Function>("abonneren-aanmaken", Some("abonneren"));
    check::<GegevensdienstId>("48", Some(""));
    check::<Gegevensdienstnaam>("Basisgegevens Zorg", Some("ab"));
    check::<Hostname>("pgo.nl", Some("pgo"));
    check::<InterfaceversieId>("1.4.0", Some(""));
    check::<OAuthclientOrganisatienaam>("De PGO", Some("ab"));
    check::<RedirectUri>("https://pgo.nl/cb", Some("https://pgo.nl/cb?x"));
    check::<Release>("2.2", Some("0.9"));
    check::<Representation>("onbehalfofchild", Some("child"));
    check::<RequestId>("57510be1-73e6-4a75-9db8-ee005cced48f", Some("4711"));
    check::<Systeemrolcode>("MM-3.0-BZB-FHIR", Some(""));
    check::<Test>("beschikbaarheid", Some("toets"));
    check::<TestMoment>("early", Some("noon"));
}

#[test]
fn every_value_can_go_to_another_thread() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Aanbiedernaam>();
    check::<medmij_core::Offers>();
    check::<medmij_core::OAuthClient>();
    check::<medmij_core::State>();
    check::<medmij_core::LogEvent>();
    check::<medmij_core::ParseError>();
    check::<medmij_core::text::Text>();
}
