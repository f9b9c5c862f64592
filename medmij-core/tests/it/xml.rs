use medmij_core::xml::{find_forbidden_char, is_char, is_name, resolve_reference, split_qname};
use proptest::prelude::*;

#[test]
fn xml_10_production_66_character_references() {
    let cases = [
        ("#65", Some('A')),
        ("#x1D4B3", Some('𝒳')),
        ("#0000000000000000065", Some('A')),
        ("#9", Some('\t')),
        ("#1", None),
        ("#0", None),
        ("#xD800", None),
        ("#xFFFE", None),
        ("#x110000", None),
        ("#99999999999999999999", None),
        ("#", None),
        ("#x", None),
        ("#+65", None),
        ("#-65", None),
        ("#xG", None),
        ("#X41", None),
        ("#６５", None),
        ("quot", Some('"')),
        ("apos", Some('\'')),
        ("AMP", None),
        ("", None),
    ];
    for (name, expected) in cases {
        assert_eq!(resolve_reference(name), expected, "{name}");
    }
}

#[test]
fn xml_10_production_5_names() {
    for name in ["a", "_", "é-1.·", "x:y"] {
        assert!(is_name(name), "{name}");
    }
    for name in ["", "1a", "-a", ".", "a b", "a\u{D7}"] {
        assert!(!is_name(name), "{name}");
    }
    assert_eq!(split_qname(":a"), None);
    assert_eq!(split_qname("a:"), None);
}

proptest! {
    #[test]
    fn xml_10_production_2_forbidden_characters_are_found(text in any::<String>(), padding in 0_usize..9_000) {
        let text = "x".repeat(padding) + &text;
        let expected = text.char_indices().find(|&(_, c)| !is_char(c)).map(|(offset, _)| offset);
        prop_assert_eq!(find_forbidden_char(&text), expected);
    }
}
