use medmij_core::{Aanbiedernaam, Aanbiedertype, Naamvorm, ParseRule};
use proptest::prelude::*;

fn rule(text: &str) -> Option<ParseRule> {
    text.parse::<Aanbiedernaam>().err().map(|error| error.rule())
}

#[test]
fn af_1049_naming_policy_takes_what_it_describes() {
    for naam in [
        "a",
        "ab",
        "umc-harderwijk",
        "huisarts1234",
        "a1b2c3",
        "jansen&zonen",
        "dr.jansen",
        "x-y&z.w9",
    ] {
        let parsed = Aanbiedernaam::from_naam(naam).unwrap();
        assert_eq!(parsed.naam(), naam);
        assert_eq!(parsed.to_string(), format!("{naam}@medmij"));
        assert_eq!(parsed.vorm(), Naamvorm::Beleid);
    }
}

#[test]
fn af_1049_naming_policy_refuses_the_rest() {
    let cases = [
        ("a12345@medmij", ParseRule::NaamDigits),
        ("1a@medmij", ParseRule::NaamSegment),
        ("a--b@medmij", ParseRule::NaamSegment),
        ("-a@medmij", ParseRule::NaamSegment),
        ("a-@medmij", ParseRule::NaamSegment),
        ("a-1@medmij", ParseRule::NaamSegment),
        ("A@medmij", ParseRule::Character),
        ("a b@medmij", ParseRule::Character),
        ("é@medmij", ParseRule::Character),
        ("a~b@medmij", ParseRule::Character),
        ("@medmij", ParseRule::NaamSegment),
        ("a", ParseRule::MedmijSuffix),
        ("", ParseRule::MedmijSuffix),
        ("a@medmij.nl", ParseRule::MedmijSuffix),
    ];
    for (text, expected) in cases {
        assert_eq!(rule(text), Some(expected), "{text}");
    }
}

#[test]
fn autorisatie_203_scope_name_has_no_suffix() {
    let error = Aanbiedernaam::from_naam("umcharderwijk@medmij").unwrap_err();
    assert_eq!(error.rule(), ParseRule::MedmijSuffixPresent);
    assert_eq!(error.offset(), 13);
}

#[test]
fn zal_release2_name_forms_are_told_apart() {
    assert_eq!("abc@medmij".parse::<Aanbiedernaam>().unwrap().vorm(), Naamvorm::Schema);
    assert_eq!("ab@medmij".parse::<Aanbiedernaam>().unwrap().vorm(), Naamvorm::Beleid);
    assert!(Aanbiedernaam::from_schema("ab@medmij").is_err());
    assert_eq!(rule(&("a".repeat(51) + "@medmij")), Some(ParseRule::TooLong));
    assert!(Aanbiedernaam::from_naam(&"a".repeat(51)).is_err());
}

#[test]
fn zal_release3_unknown_type_is_kept() {
    for text in ["ZA", "BAZB", "APD", "NIEUW", ""] {
        assert_eq!(Aanbiedertype::from(text).as_str(), text);
    }
    assert_eq!(Aanbiedertype::from("za"), Aanbiedertype::Other("za".into()));
}

proptest! {
    /// A generator written from the grammar, independent of the parser.
    #[test]
    fn af_1049_every_name_of_the_grammar_is_taken(
        segments in prop::collection::vec(prop::collection::vec(("[a-z]{1,6}", "[0-9]{0,4}"), 1..3), 1..4),
        separators in prop::collection::vec(prop::sample::select(vec!["-", "&", "."]), 3),
    ) {
        let mut naam = String::new();
        for (index, segment) in segments.iter().enumerate() {
            if index > 0 { naam.push_str(separators[index - 1]); }
            for (letters, digits) in segment { naam.push_str(letters); naam.push_str(digits); }
        }
        prop_assert_eq!(Aanbiedernaam::from_naam(&naam).is_ok(), naam.len() <= 50);
    }

    #[test]
    fn any_text_is_refused_or_kept_exactly(text in ".{0,70}") {
        if let Ok(naam) = text.parse::<Aanbiedernaam>() {
            prop_assert_eq!(naam.as_str(), text.as_str());
            prop_assert_eq!(Aanbiedernaam::from_naam(naam.naam()), Ok(naam));
        }
    }
}
