use medmij_core::{
    AccessToken, AuthorizationCode, Bsn, CodeVerifier, Digest, Geboortedatum, Random, RandomError, RefreshToken,
    Release, State, SystemRandom,
};

#[test]
fn oauth_12_10_secrets_never_show_themselves() {
    let shown = [
        format!("{:?}", "hidden-1".parse::<State>().unwrap()),
        format!("{:?}", "hidden-2".parse::<AuthorizationCode>().unwrap()),
        format!("{:?}", "hidden-3".parse::<AccessToken>().unwrap()),
        format!("{:?}", "hidden-4".parse::<RefreshToken>().unwrap()),
        format!("{:?}", "999990019".parse::<Bsn>().unwrap()),
    ];
    assert_eq!(
        shown,
        [
            "State(..)",
            "AuthorizationCode(..)",
            "AccessToken(..)",
            "RefreshToken(..)",
            "Bsn(..)"
        ]
    );
    let error = format!("{:?}", "999990018".parse::<Bsn>().unwrap_err());
    assert!(!error.contains("999990018"));
}

#[test]
fn oauth_6_2_an_access_token_is_any_b64token() {
    for text in [
        "a",
        "3f1c0a52-7b1e-4c8e-8a60-1b2f8c9d0e7a",
        "aGk=",
        "a.b_c~d+e/f==",
        &"x".repeat(4_096),
    ] {
        assert_eq!(text.parse::<AccessToken>().unwrap().expose(), text);
    }
    for text in ["", "=", "a b", "a=b", "é", "a\r\nX: y", &"x".repeat(4_097)] {
        assert!(text.parse::<AccessToken>().is_err(), "{text:?}");
    }
}

#[test]
fn authint_200_state_is_returned_byte_for_byte() {
    for text in ["x", "xcoivjuywkdkhvusuye3kch", "a b%20+&=?#\"<>~", &"s".repeat(512)] {
        assert_eq!(text.parse::<State>().unwrap().expose(), text);
    }
    for text in ["", "\u{7f}", "a\nb", "é"] {
        assert!(text.parse::<State>().is_err(), "{text:?}");
    }
}

#[test]
fn pi_9_bsn_passes_the_eleven_test() {
    for text in ["999990019", "111222333", "123456782"] {
        assert!(text.parse::<Bsn>().is_ok(), "{text}");
    }
    for text in [
        "",
        "000000000",
        "123456789",
        "12345678",
        "1234567820",
        "12345678x",
        "١٢٣٤٥٦٧٨٢",
        " 123456782",
    ] {
        assert!(text.parse::<Bsn>().is_err(), "{text}");
    }
}

struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        for byte in bytes {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
        Ok(())
    }
}

#[test]
fn applicatielaag_8_codes_and_tokens_have_the_form_of_the_release() {
    for release in Release::ALL {
        let code = AuthorizationCode::random(&mut SystemRandom, release).unwrap();
        let token = AccessToken::random(&mut SystemRandom, release).unwrap();
        let length = if ["1.1", "1.2", "1.3"].contains(&release.as_str()) {
            36
        } else {
            64
        };
        assert_eq!(
            (code.expose().len(), token.expose().len()),
            (length, length),
            "{release}"
        );
    }
    let code = AuthorizationCode::random(&mut Counting(0), Release::R2_2).unwrap();
    assert_eq!(
        code.expose(),
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    );
    assert_eq!(
        State::random(&mut Counting(0)).unwrap().expose(),
        "000102030405060708090a0b0c0d0e0f"
    );
}

#[test]
fn secrets_compare_by_value_and_are_found_by_digest() {
    let one: AccessToken = "abc".parse().unwrap();
    assert_eq!(one, "abc".parse().unwrap());
    assert_ne!(one, "abd".parse().unwrap());
    assert_ne!(one, "abcd".parse().unwrap());
    assert_eq!(one.digest(), Digest::of(b"abc"));
}

#[test]
fn digests_parse_and_print() {
    let digest = Digest::of(b"");
    assert_eq!(
        digest.to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(digest.to_string().to_uppercase().parse(), Ok(digest));
    for text in ["", "e3", "xyz", &"0".repeat(63), &"0".repeat(65), &"0".repeat(66)] {
        assert!(text.parse::<Digest>().is_err(), "{text}");
    }
}

#[cfg(feature = "persist")]
#[test]
fn persisted_secrets_are_checked_when_read() {
    #[derive(serde::Deserialize, serde::Serialize)]
    struct Stored {
        #[serde(with = "medmij_core::secret::exposed")]
        bsn: Bsn,
        #[serde(with = "medmij_core::secret::exposed::option")]
        state: Option<State>,
    }
    let stored = Stored {
        bsn: "999990019".parse().unwrap(),
        state: None,
    };
    let text = serde_json::to_string(&stored).unwrap();
    assert_eq!(text, r#"{"bsn":"999990019","state":null}"#);
    assert!(serde_json::from_str::<Stored>(&text).is_ok());
    assert!(serde_json::from_str::<Stored>(r#"{"bsn":"999990018","state":null}"#).is_err());
}

#[test]
fn vert_authint_200_a_date_of_birth_is_a_day_of_the_calendar() {
    for day in ["19700901", "20000229", "00010101", "99991231"] {
        let born: Geboortedatum = day.parse().unwrap();
        assert_eq!(
            (born.expose(), format!("{born:?}").as_str()),
            (day, "Geboortedatum(..)")
        );
    }
    for none in [
        "",
        "1970091",
        "197009011",
        "19700931",
        "19000229",
        "19701301",
        "19700900",
        "1970-9-1",
        "１９７００９０１",
        "+9700901",
    ] {
        assert!(none.parse::<Geboortedatum>().is_err(), "{none}");
    }
}

#[test]
fn rfc_7636_4_1_a_code_verifier_has_43_to_128_unreserved_characters() {
    let is_right = |text: &str| text.parse::<CodeVerifier>().is_ok();
    assert!(is_right(&"a".repeat(43)) && is_right(&"-._~".repeat(32)));
    assert!(!is_right(&"a".repeat(42)) && !is_right(&"a".repeat(129)) && !is_right(&"a+".repeat(30)));
    let made = CodeVerifier::random(&mut SystemRandom).unwrap();
    assert!(is_right(made.expose()) && format!("{made:?}") == "CodeVerifier(..)");
}
