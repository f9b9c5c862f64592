use std::collections::HashSet;

use medmij_core::{CorrelationId, ParseRule, Random, RandomError, Release, RequestId, SystemRandom};

#[test]
fn authint_208_any_uuid_is_taken_and_nothing_else() {
    for text in [
        "57510be1-73e6-4a75-9db8-ee005cced48f",
        "57510BE1-73E6-1A75-0DB8-EE005CCED48F",
    ] {
        assert_eq!(text.parse::<CorrelationId>().unwrap().as_str(), text);
        assert_eq!(text.parse::<RequestId>().unwrap().as_str(), text);
    }
    for text in [
        "",
        "57510be173e64a759db8ee005cced48f",
        "57510be1-73e6-4a75-9db8-ee005cced48",
        "57510be1-73e6-4a75-9db8-ee005cced48f0",
        "57510be1-73e6-4a75-9db8-ee005cced48g",
        "{57510be1-73e6-4a75-9db8-ee005cced48}",
        "57510be1-73e6-4a75-9db8-ee005cced48é",
    ] {
        assert_eq!(
            text.parse::<CorrelationId>().unwrap_err().rule(),
            ParseRule::Uuid,
            "{text}"
        );
    }
}

#[test]
fn rscint_201_request_id_is_any_text_in_1_4_only() {
    for release in Release::ALL {
        let any_text = ["1.1", "1.2", "1.3", "1.4"].contains(&release.as_str());
        for text in ["4711", "a/b+c=", "~"] {
            assert_eq!(RequestId::received(text, release).is_ok(), any_text, "{release} {text}");
        }
        assert!(RequestId::received("57510be1-73e6-4a75-9db8-ee005cced48f", release).is_ok());
        for text in ["", "a b", "a\r\nX: y", "é", &"a".repeat(129)] {
            assert!(RequestId::received(text, release).is_err(), "{release} {text}");
        }
    }
}

#[test]
fn random_ids_are_uuids_of_version_4_and_differ() {
    let mut seen = HashSet::new();
    for _ in 0..1_000 {
        let id = RequestId::random(&mut SystemRandom).unwrap();
        assert_eq!(id.as_str().as_bytes()[14], b'4');
        assert!(matches!(id.as_str().as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(seen.insert(id));
    }
}

/// Gives the same byte for ever, or nothing.
struct Fixed(Option<u8>);

impl Random for Fixed {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(self.0.ok_or_else(RandomError::default)?);
        Ok(())
    }
}

#[test]
fn random_ids_come_from_the_source_given() {
    let zeros = RequestId::random(&mut Fixed(Some(0))).unwrap();
    assert_eq!(zeros.as_str(), "00000000-0000-4000-8000-000000000000");
    let ones = CorrelationId::random(&mut Fixed(Some(0xFF))).unwrap();
    assert_eq!(ones.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    assert_eq!(RequestId::random(&mut Fixed(None)), Err(RandomError::default()));
}
