//! The scope grammar, oauth.md 1.3 and line 1 of its section 12; and the granted scope, oauth.md 4.4.

use medmij_core::{Release, Representation};
use medmij_oauth::{Comparison, Granted, Scope, ScopeError, ScopeFunction};
use proptest::prelude::*;

use crate::pair::{RELEASES, offers, set};

fn parse(text: &str, release: Release) -> Result<Vec<String>, ScopeError> {
    parse_as(text, release, ScopeFunction::Verzamelen)
}

fn parse_as(text: &str, release: Release, function: ScopeFunction) -> Result<Vec<String>, ScopeError> {
    let scope = Scope::parse(text, release, function)?;
    assert_eq!(scope.function(), function);
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
        for text in ["umc~4", "umc@medmij", "subscribe~1/umc~4"] {
            assert_eq!(parse(text, release), Err(ScopeError::Aanbieder), "{text}");
        }
        assert_eq!(parse("umc umc", release), Err(ScopeError::MoreThanOne));
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
            for function in ScopeFunction::ALL {
                assert!(
                    Scope::parse(text, release, function).is_err(),
                    "{release} {function} {text:?}"
                );
            }
        }
        let many = (0..200).map(|id| format!("umc~{id}")).collect::<Vec<_>>().join(" ");
        for long in ["a".repeat(5_000), many] {
            assert_eq!(parse(&long, release), Err(ScopeError::TooLong));
        }
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

#[test]
fn autorisatie_203_delen_takes_one_combination() {
    for release in RELEASES {
        let delen = |text: &str| parse_as(text, release, ScopeFunction::Delen);
        assert_eq!(delen("umc~53").unwrap(), ["53"]);
        assert_eq!(delen("umc~53 umc~54"), Err(ScopeError::MoreThanOne));
        assert_eq!(delen("umc"), Err(ScopeError::Combination));
        assert_eq!(delen("umc~53 onbehalfof"), Err(ScopeError::Representation));
    }
}

/// An Aanbieder may be named like the first word of another form.
#[test]
fn oauth_1_3_2_an_aanbieder_that_is_named_subscribe() {
    let mut lists = crate::pair::Lists::new(Release::R1_4, &["4"]);
    let mut offers = Vec::from(lists.offers);
    offers[0].aanbieder = "subscribe@medmij".parse().unwrap();
    lists.offers = offers.try_into().unwrap();
    let query = crate::authorization_server::changed(Release::R1_4, "scope", Some("subscribe~4"));
    let settings = medmij_oauth::AuthorizationSettings::default();
    let opened = crate::authorization_server::open_with(&query, Release::R1_4, &lists, &settings);
    assert!(crate::authorization_server::is_right(&opened), "{opened:?}");
}

#[test]
fn rfc0039_abonneren() {
    for release in RELEASES {
        let abonneren = |text: &str| parse_as(text, release, ScopeFunction::Abonneren);
        if !release.abonneren() {
            assert_eq!(abonneren("subscribe~180/umc~42"), Err(ScopeError::Function));
            continue;
        }
        for dagen in ["0", "1", "180", "4294967295"] {
            assert_eq!(abonneren(&format!("subscribe~{dagen}/umc~42")).unwrap(), ["42"]);
        }
        for wrong in [
            "",
            "-1",
            "+1",
            "007",
            "00",
            "1.5",
            "4294967296",
            "18446744073709551616",
            "１",
        ] {
            assert_eq!(
                abonneren(&format!("subscribe~{wrong}/umc~42")),
                Err(ScopeError::Dagen),
                "{wrong}"
            );
        }
        assert_eq!(abonneren("subscribe~180umc~42"), Err(ScopeError::Abonneren));
        assert_eq!(abonneren("subscribe~180/umc"), Err(ScopeError::Combination));
        assert_eq!(abonneren("subscribe~180/umc~42 umc~43"), Err(ScopeError::MoreThanOne));
        assert_eq!(abonneren("SUBSCRIBE~180/umc~42"), Err(ScopeError::Abonneren));
        assert_eq!(
            abonneren("subscribe~1/umc~42 onbehalfof"),
            Err(ScopeError::Representation)
        );
    }
}

#[test]
fn vert_authint_200_representation() {
    let parse = |text: &str, release| {
        Scope::parse(text, release, ScopeFunction::Verzamelen).map(|scope| scope.representation())
    };
    use Representation::{OnBehalfOf, OnBehalfOfChild};
    for release in RELEASES {
        let named = if release.major() == 2 { "umc" } else { "umc~4" };
        let known = |kind: Representation| {
            let with = Scope::parse(named, release, ScopeFunction::Verzamelen)
                .unwrap()
                .with_representation(kind, release);
            with.map(|scope| scope.representation())
        };
        for kind in [OnBehalfOf, OnBehalfOfChild] {
            assert_eq!(parse(&format!("{named} {kind}"), release), known(kind), "{release}");
            assert_eq!(
                parse(&format!("{kind} {named}"), release),
                known(kind),
                "order has no meaning"
            );
        }
        assert_eq!(
            parse(&format!("{named} onbehalfof onbehalfof"), release),
            Err(ScopeError::Repeated)
        );
        assert_eq!(
            parse(&format!("{named} onbehalfof onbehalfofchild"), release),
            Err(ScopeError::Representation)
        );
        assert!(parse("onbehalfof", release).is_err(), "of nobody");
    }
    assert_eq!(parse("umc onbehalfofchild", Release::R2_0), Ok(OnBehalfOfChild));
    assert_eq!(parse("umc~4 onbehalfof", Release::R1_5), Ok(OnBehalfOf));
    assert_eq!(parse("umc~4 umc~5 onbehalfof", Release::R1_6), Ok(OnBehalfOf));
    assert_eq!(
        parse("umc~4 onbehalfofchild", Release::R1_5),
        Err(ScopeError::Representation)
    );
    assert_eq!(
        parse("umc~4 onbehalfof", Release::R1_4),
        Err(ScopeError::Representation)
    );
}

#[test]
fn tknint_201_granted_compared_with_asked() {
    use Comparison::{Equal, Narrower, Other, Wider};
    let granted = |text: &str, ids: &[&str], release| {
        let offers = offers(release, ids);
        let asked = Scope::verzamelen(&offers, release).unwrap();
        Granted::parse(text, &asked, &offers, release).map(|granted| (granted.comparison, granted.gegevensdiensten))
    };
    for (text, comparison, ids) in [
        ("48 51", Equal, &["48", "51"][..]),
        ("51 48", Equal, &["48", "51"]),
        ("umcharderwijk", Equal, &["48", "51"]),
        ("umcharderwijk~48 51", Equal, &["48", "51"]),
        ("48", Narrower, &["48"]),
        ("umcharderwijk~51", Narrower, &["51"]),
        ("48 49 51", Wider, &["48", "51"]),
        ("48 49", Other, &["48"]),
        ("49", Other, &[]),
    ] {
        assert_eq!(
            granted(text, &["48", "51"], Release::R2_2),
            Ok((comparison, set(ids))),
            "{text}"
        );
    }
    for (text, comparison) in [
        ("umcharderwijk~48 umcharderwijk~51", Equal),
        ("umcharderwijk~48", Narrower),
        ("umcharderwijk~48 umcharderwijk~51 umcharderwijk~52", Wider),
        ("umcharderwijk~52", Other),
    ] {
        assert_eq!(
            granted(text, &["48", "51"], Release::R1_5).unwrap().0,
            comparison,
            "{text}"
        );
    }
    // What was asked for comes back as it was asked, representation included.
    for (release, named) in [
        (Release::R1_5, "umcharderwijk~48 onbehalfof"),
        (Release::R2_2, "umcharderwijk onbehalfof"),
    ] {
        let offers = offers(release, &["48"]);
        let asked = Scope::parse(named, release, ScopeFunction::Verzamelen).unwrap();
        assert_eq!(
            Granted::parse(named, &asked, &offers, release).unwrap().comparison,
            Equal
        );
    }
    for release in RELEASES {
        for text in [
            "",
            " ",
            "anders~48",
            "umcharderwijk~48  umcharderwijk~51",
            "umcharderwijk~x",
            "48~48",
            "subscribe~1/x~1",
        ] {
            assert!(granted(text, &["48"], release).is_err(), "{release} {text:?}");
        }
        if release.major() == 1 {
            assert_eq!(
                granted("48", &["48"], release),
                Err(ScopeError::Combination),
                "the short forms are of 2.x"
            );
        }
    }
    let offers = offers(Release::R2_2, &["48"]);
    let asked = Scope::abonneren(offers.iter().next().unwrap(), 180, Release::R2_2).unwrap();
    for (text, comparison, dagen) in [
        ("subscribe~180/umcharderwijk~48", Equal, 180),
        ("subscribe~179/umcharderwijk~48", Narrower, 179),
        ("subscribe~181/umcharderwijk~48", Wider, 181),
        ("subscribe~180/umcharderwijk~49", Other, 180),
    ] {
        let granted = Granted::parse(text, &asked, &offers, Release::R2_2).unwrap();
        assert_eq!((granted.comparison, granted.dagen), (comparison, Some(dagen)), "{text}");
    }
}

/// The grammar once more, written from oauth.md 1.3.3 without our parser.
fn grammar(text: &str, release: Release, function: ScopeFunction) -> bool {
    let is_segment = |segment: &str| {
        let mut digits = 5;
        segment.starts_with(|c: char| c.is_ascii_lowercase())
            && segment.bytes().all(|b| {
                digits = if b.is_ascii_lowercase() { 0 } else { digits + 1 };
                (b.is_ascii_lowercase() || b.is_ascii_digit()) && digits <= 4
            })
    };
    let is_name = |name: &str| name.len() <= 50 && name.split(['-', '&', '.']).all(is_segment);
    let is_id = |id: &str| !id.is_empty() && id.len() <= 30 && id.bytes().all(|b| b.is_ascii_digit());
    let combination = |member: &str| {
        member
            .split_once('~')
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
    };
    let is_combination = |member: &str| combination(member).is_some_and(|(name, id)| is_name(&name) && is_id(&id));
    let members: Vec<_> = text
        .split(' ')
        .filter(|member| !matches!(*member, "onbehalfof" | "onbehalfofchild"))
        .collect();
    let words: Vec<_> = text
        .split(' ')
        .filter(|member| matches!(*member, "onbehalfof" | "onbehalfofchild"))
        .collect();
    let word_is_known = match words[..] {
        [] => true,
        ["onbehalfof"] => function == ScopeFunction::Verzamelen && release >= Release::R1_5,
        ["onbehalfofchild"] => function == ScopeFunction::Verzamelen && release.major() == 2,
        _ => false,
    };
    let rest = match (function, release.major(), &members[..]) {
        (ScopeFunction::Verzamelen, 2, [name]) => is_name(name),
        (ScopeFunction::Verzamelen, 1, members) => {
            let pairs: Vec<_> = members.iter().filter_map(|member| combination(member)).collect();
            let distinct: std::collections::HashSet<_> = pairs.iter().map(|(_, id)| id).collect();
            !members.is_empty()
                && members.iter().all(|member| is_combination(member))
                && pairs.iter().all(|(name, _)| *name == pairs[0].0)
                && distinct.len() == pairs.len()
                && (release >= Release::R1_5 || members.len() == 1)
        }
        (ScopeFunction::Delen, _, [member]) => is_combination(member),
        (ScopeFunction::Abonneren, _, [member]) => {
            let parts = member.strip_prefix("subscribe~").and_then(|rest| rest.split_once('/'));
            release > Release::R1_1
                && parts.is_some_and(|(days, member)| {
                    days.parse::<u32>().is_ok_and(|number| number.to_string() == days) && is_combination(member)
                })
        }
        _ => false,
    };
    word_is_known && rest
}

proptest! {
    #[test]
    fn rfc0039_any_text_is_taken_if_and_only_if_the_grammar_has_it(
        text in "(subscribe~[0-9]{1,3}/)?[a-z0-9~ .&-]{0,12}|([a-z]{1,3}[0-9]{0,5}[.&-]?[a-z]{0,2}(~[0-9]{1,3})?( |  )?){1,3}( ?onbehalfof(child)?){0,2}|.{0,20}",
        which in 0_usize..9,
        function in 0_usize..3,
    ) {
        let (release, function) = (Release::ALL[which], ScopeFunction::ALL[function]);
        let parsed = Scope::parse(&text, release, function);
        prop_assert_eq!(parsed.is_ok(), grammar(&text, release, function), "{:?}", parsed);
        if let Ok(scope) = parsed {
            prop_assert_eq!(Scope::parse(&scope.to_string(), release, function), Ok(scope));
        }
    }

    #[test]
    fn tknint_201_no_granted_scope_panics_or_gives_more_than_was_asked(text in "[a-z0-9~ /]{0,40}|.{0,40}", which in 0_usize..9) {
        let release = Release::ALL[which];
        let offers = offers(release, &["48"]);
        let asked = Scope::verzamelen(&offers, release).unwrap();
        if let Ok(granted) = Granted::parse(&text, &asked, &offers, release) {
            prop_assert!(granted.gegevensdiensten.is_subset(&set(&["48"])));
        }
    }
}
