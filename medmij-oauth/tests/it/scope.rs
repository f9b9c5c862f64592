//! The scope grammar of *Verzamelen*, oauth.md 1.3 and test 1 of its section 12.

use medmij_core::Release;
use medmij_oauth::{Scope, ScopeError};
use proptest::prelude::*;

use crate::pair::offers;

fn parse(text: &str, release: Release) -> Result<Vec<String>, ScopeError> {
    let scope = Scope::parse(text, release)?;
    assert_eq!(scope.to_string(), text, "written as it was read");
    assert_eq!(scope.aanbieder().as_str(), "umc@medmij");
    Ok(scope
        .gegevensdiensten()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect())
}

#[test]
fn autorisatie_203_1_1_to_1_4_take_one_combination() {
    for release in [Release::R1_1, Release::R1_2, Release::R1_3, Release::R1_4] {
        assert_eq!(parse("umc~4", release).unwrap(), ["4"]);
        assert_eq!(parse("umc~4 umc~48", release), Err(ScopeError::MoreThanOne));
        assert_eq!(parse("umc", release), Err(ScopeError::Combination));
        assert_eq!(parse("4", release), Err(ScopeError::Combination));
    }
}

#[test]
fn rfc0039_1_5_takes_several_of_one_aanbieder() {
    for release in [Release::R1_5, Release::R1_6] {
        assert_eq!(parse("umc~4 umc~48", release).unwrap(), ["4", "48"]);
        assert_eq!(parse("umc~4 amc~48", release), Err(ScopeError::TwoAanbieders));
        assert_eq!(parse("umc~4 umc~4", release), Err(ScopeError::Repeated));
        assert_eq!(parse("umc", release), Err(ScopeError::Combination));
    }
}

#[test]
fn autorisatie_203_2_x_takes_the_name_alone() {
    for release in [Release::R2_0, Release::R2_1, Release::R2_2] {
        assert_eq!(parse("umc", release).unwrap(), [""; 0]);
        for text in ["umc~4", "umc umc", "umc@medmij", "subscribe~1/umc~4", "umc onbehalfof"] {
            assert_eq!(parse(text, release), Err(ScopeError::Aanbieder), "{text}");
        }
    }
}

#[test]
fn rfc0039_what_no_release_takes() {
    for release in Release::ALL {
        for text in [
            "",
            " ",
            "~",
            "umc~",
            "~4",
            "umc~4 ",
            " umc~4",
            "umc~4  umc~5",
            "umc~4\tumc~5",
            "umc~x",
            "umc~4~5",
            "umc~-1",
            "umc~４",
            "UMC~4",
            "a12345~4",
            "umc@medmij~4",
            "subscribe~-1/umc~4",
            "subscribe~007/umc~4",
            "umc~4,umc~5",
        ] {
            assert!(Scope::parse(text, release).is_err(), "{release} {text:?}");
        }
        assert!(Scope::parse(&"a".repeat(5_000), release).is_err());
        let many = (0..200).map(|id| format!("umc~{id}")).collect::<Vec<_>>().join(" ");
        assert!(Scope::parse(&many, release).is_err());
    }
}

#[test]
fn autorisatie_203_scope_of_offers() {
    let scope =
        |release, ids: &[&str]| Scope::verzamelen(&offers(release, ids), release).map(|scope| scope.to_string());
    assert_eq!(scope(Release::R2_2, &["48", "51"]).unwrap(), "umcharderwijk");
    assert_eq!(
        scope(Release::R1_5, &["48", "51"]).unwrap(),
        "umcharderwijk~48 umcharderwijk~51"
    );
    assert_eq!(scope(Release::R1_4, &["48"]).unwrap(), "umcharderwijk~48");
    assert_eq!(scope(Release::R1_4, &["48", "51"]), Err(ScopeError::MoreThanOne));
    assert_eq!(scope(Release::R1_4, &["a b"]), Err(ScopeError::Gegevensdienst));
}

proptest! {
    #[test]
    fn any_text_is_refused_or_written_back(text in "[a-z0-9~ /@.&-]{0,40}", which in 0_usize..9) {
        if let Ok(scope) = Scope::parse(&text, Release::ALL[which]) {
            prop_assert_eq!(scope.to_string(), text);
        }
    }
}
