//! `redirect_uri` on its raw text, test 2 of oauth.md 12.

use medmij_core::{Hostname, ParseRule, RedirectUri};
use proptest::prelude::*;

fn verdict(text: &str) -> Result<(), ParseRule> {
    let client_id: Hostname = "pgo.nl".parse().unwrap();
    match RedirectUri::for_client(text, &client_id) {
        Ok(uri) => {
            assert_eq!(uri.as_str(), text, "the exact text is kept");
            Ok(())
        }
        Err(error) => Err(error.rule()),
    }
}

#[test]
fn authint_200_redirect_uri_accepted() {
    for text in [
        "https://pgo.nl",
        "https://pgo.nl/",
        "https://pgo.nl/cb",
        "https://pgo.nl/a//b/%2F/../c;d=e,@:!$&'()*+~",
    ] {
        assert_eq!(verdict(text), Ok(()), "{text}");
    }
}

#[test]
fn authint_200_redirect_uri_refused() {
    use ParseRule::*;
    let cases = [
        ("https://pgo.nl.evil.com/", UriForeignHost),
        ("https://pgo.nl.evil.com", UriForeignHost),
        ("https://sub.pgo.nl/", UriForeignHost),
        ("https://evil.com/https://pgo.nl", UriForeignHost),
        ("https://pgo.nl@evil.com/", UriUserinfo),
        ("https://user:pw@pgo.nl/", UriPort),
        ("https://@pgo.nl/", UriUserinfo),
        ("http://pgo.nl/", UriScheme),
        ("HTTPS://pgo.nl/", UriScheme),
        ("https:pgo.nl", UriScheme),
        ("https:/pgo.nl", UriScheme),
        ("//pgo.nl/", UriScheme),
        ("/cb", UriScheme),
        ("", UriScheme),
        (" https://pgo.nl/", UriScheme),
        ("https://pgo.nl?x=1", UriQuery),
        ("https://pgo.nl/?", UriQuery),
        ("https://pgo.nl/cb?x=1", UriQuery),
        ("https://pgo.nl#", UriFragment),
        ("https://pgo.nl/cb#f", UriFragment),
        ("https://pgo.nl:443/", UriPort),
        ("https://pgo.nl:/", UriPort),
        ("https://pgo.nl:444", UriPort),
        ("https://PGO.nl/", Character),
        ("https://pgo.nl./", HostLabelEmpty),
        ("https://pgo%2Enl/", Character),
        ("https://pgo.nl%2F@evil.com/", UriUserinfo),
        ("https://pgo.nl\\@evil.com/", UriUserinfo),
        ("https://pgo.nl\\.evil.com/", Character),
        ("https://pgö.nl/", Character),
        ("https://10.0.0.12/", UriIpAddress),
        ("https://[::1]/", UriPort),
        ("https://", HostLabelEmpty),
        ("https:///cb", HostLabelEmpty),
        ("https://pgo.nl/c b", UriPathCharacter),
        ("https://pgo.nl/c\tb", UriPathCharacter),
        ("https://pgo.nl/cb\n", UriPathCharacter),
        ("https://pgo.nl/cb\r\nX: y", UriPathCharacter),
        ("https://pgo.nl/\\evil", UriPathCharacter),
        ("https://pgo.nl/é", UriPathCharacter),
        ("https://pgo.nl/\"<>", UriPathCharacter),
        ("https://pgo.nl/%", UriPercentEncoding),
        ("https://pgo.nl/%0", UriPercentEncoding),
        ("https://pgo.nl/%zz", UriPercentEncoding),
    ];
    for (text, rule) in cases {
        assert_eq!(verdict(text), Err(rule), "{text:?}");
    }
    let long = format!("https://pgo.nl/{}", "a".repeat(RedirectUri::MAX_LEN));
    assert_eq!(verdict(&long), Err(TooLong));
}

proptest! {
    /// What is accepted starts with `https://` and the client, and goes on with a slash or ends: never a mere prefix.
    #[test]
    fn authint_200_accepted_means_exactly_this_host(tail in ".{0,40}") {
        let text = format!("https://pgo.nl{tail}");
        if verdict(&text).is_ok() {
            prop_assert!(tail.is_empty() || tail.starts_with('/'));
            prop_assert!(tail.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'?' && b != b'#'));
        }
    }

    #[test]
    fn authint_200_no_text_panics(text in any::<String>()) {
        let _ = verdict(&text);
    }
}
