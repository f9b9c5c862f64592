use medmij_core::{Mark, ParseRule, Release, Retention, SecretForm, TokenClientId, VerzamelenScope};

#[test]
fn release_parses_two_or_three_numbers() {
    let cases = [
        ("1.1", Some(Release::R1_1)),
        ("1.1.2", Some(Release::R1_1)),
        ("1.4.0", Some(Release::R1_4)),
        ("2.2.4", Some(Release::R2_2)),
        ("2.2", Some(Release::R2_2)),
        ("2.3", Some(Release::R2_2)),
        ("2.17.1", Some(Release::R2_2)),
        ("1.7", None),
        ("1.0", None),
        ("3.0", None),
        ("2", None),
        ("", None),
        ("1.04", None),
        ("1.4.0.1", None),
        ("v1.4", None),
        ("2.2.4B", None),
        ("+2.2", None),
        ("2.", None),
    ];
    for (text, expected) in cases {
        let parsed = text.parse::<Release>();
        assert_eq!(parsed.ok(), expected, "{text}");
        if let Err(error) = parsed {
            assert_eq!(error.rule(), ParseRule::Release);
        }
    }
    for release in Release::ALL {
        assert_eq!(release.to_string().parse(), Ok(release));
    }
}

#[test]
fn lijsten_300_interfaceversie_by_major_from_2_0_on() {
    let serves = |release: Release, id: &str| release.serves(Some(&id.parse().unwrap()));
    assert!(serves(Release::R1_4, "1.4.0"));
    assert!(serves(Release::R1_4, "1.4"));
    assert!(!serves(Release::R1_4, "1"));
    assert!(!serves(Release::R1_4, "1.5.0"));
    assert!(!serves(Release::R1_4, "2"));
    for release in [Release::R2_0, Release::R2_1, Release::R2_2] {
        for id in ["2", "2.0", "2.2.4", "2.9"] {
            assert!(serves(release, id), "{release} {id}");
        }
        assert!(!serves(release, "1.4.0"));
        assert!(!serves(release, "3"));
    }
    for id in ["x", "2.x", "02", "2..0", " 2"] {
        assert!(!serves(Release::R2_2, id), "{id}");
    }
    for release in Release::ALL {
        assert_eq!(release.serves(None), release == Release::R1_1, "{release}");
    }
}

#[test]
fn the_table_says_where_each_rule_stands() {
    for release in Release::ALL {
        let rules = release.rules();
        assert_eq!(rules.len(), 23);
        for rule in rules {
            assert!(
                !rule.source.is_empty() && !rule.value.is_empty(),
                "{release} {}",
                rule.name
            );
        }
    }
    let mark = |release: Release, name: &str| release.rules().into_iter().find(|rule| rule.name == name).unwrap().mark;
    assert_eq!(mark(Release::R1_3, "resource_request_id"), Mark::NotFound);
    assert_eq!(mark(Release::R1_6, "verzamelen_scope"), Mark::Inferred);
}

#[test]
fn oauth_1_3_1_scope_forms() {
    use VerzamelenScope::{Aanbieder, Combinations, OneCombination};
    let expected = [
        OneCombination,
        OneCombination,
        OneCombination,
        OneCombination,
        Combinations,
        Combinations,
        Aanbieder,
        Aanbieder,
        Aanbieder,
    ];
    assert_eq!(Release::ALL.map(Release::verzamelen_scope), expected);
}

#[test]
fn af_1044_client_id_in_token_request_from_1_3_on() {
    let unused = |release: Release| release.token_client_id() == TokenClientId::NotUsed;
    assert_eq!(
        Release::ALL.map(unused),
        [true, true, false, false, false, false, false, false, false]
    );
}

#[test]
fn logging_101_pi_20_retention() {
    for release in Release::ALL {
        let (min_months, max_months) = if release.major() == 1 { (12, 15) } else { (24, 36) };
        assert_eq!(release.log_retention(), Retention { min_months, max_months });
    }
}

#[test]
fn applicatielaag_8_uuids_in_the_oldest_releases() {
    assert_eq!(Release::R1_1.secret_form(), SecretForm::UuidV4);
    assert_eq!(Release::R1_4.secret_form(), SecretForm::Opaque);
}

#[test]
fn rfc0060_the_bounds_of_a_state_are_of_our_choice_where_their_numbers_were_not_found() {
    for release in Release::ALL {
        let bounds = release.state_length();
        assert!(!bounds.contains(0) && bounds.contains(1) && bounds.contains(512) && !bounds.contains(513));
        let rule = release
            .rules()
            .into_iter()
            .find(|rule| rule.name == "state_length")
            .unwrap();
        let expected = if release <= Release::R1_4 {
            Mark::Inferred
        } else {
            Mark::NotFound
        };
        assert_eq!(rule.mark, expected, "{release}");
    }
}
