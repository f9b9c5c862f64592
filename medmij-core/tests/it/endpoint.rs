use medmij_core::{BackchannelUri, FrontchannelUri, ParseRule};

fn unusable(text: &str) -> Option<ParseRule> {
    text.parse::<BackchannelUri>()
        .unwrap()
        .to_uri()
        .err()
        .map(|error| error.rule())
}

#[test]
fn lists_8_7_schema_valid_may_be_unusable() {
    let cases = [
        ("https://a.bc/x", None),
        ("https://a.bc", None),
        ("https://a.bc:8443/x%20y/~z;p=1,!$&'()*+@", None),
        ("https://a.bc:0/x", Some(ParseRule::UriPortRange)),
        ("https://a.bc:99999/x", Some(ParseRule::UriPortRange)),
        ("https://a.bc:٤٤٣/x", Some(ParseRule::UriPortRange)),
        ("https://a.bc/x y", Some(ParseRule::UriPathCharacter)),
        ("https://a.bc/ü", Some(ParseRule::UriPathCharacter)),
        ("https://a.bc/\\", Some(ParseRule::UriPathCharacter)),
        ("https://a.bc/x\ny", Some(ParseRule::UriPathCharacter)),
        ("https://a.bc/%zz", Some(ParseRule::UriPercentEncoding)),
        ("https://a.bc/%2", Some(ParseRule::UriPercentEncoding)),
        ("https://127.0.0.10/x", Some(ParseRule::UriIpAddress)),
        ("https://a-.bc/x", Some(ParseRule::HostDnsHyphen)),
    ];
    for (text, expected) in cases {
        assert_eq!(unusable(text), expected, "{text}");
    }
    let long_label = format!("https://{}.nl/x", "a".repeat(64));
    assert_eq!(unusable(&long_label), Some(ParseRule::HostDnsLength));
    let long_name = format!("https://{}nl/x", "a.".repeat(126));
    assert_eq!(unusable(&long_name), Some(ParseRule::HostDnsLength));
}

#[test]
fn usable_uri_has_the_exact_text() {
    let uri: BackchannelUri = "https://rcf-rso.nl:443/rcf/fhir-stu3".parse().unwrap();
    let usable = uri.to_uri().unwrap();
    assert_eq!(usable.authority().unwrap().as_str(), "rcf-rso.nl:443");
    assert_eq!(usable.path(), "/rcf/fhir-stu3");
    assert_eq!(uri.host(), "rcf-rso.nl");
}

#[test]
fn errors_point_at_the_byte() {
    let offset = |text: &str| text.parse::<FrontchannelUri>().unwrap_err().offset();
    assert_eq!(offset("http://a.bc"), 0);
    assert_eq!(offset("https://a.bc:443"), 12);
    assert_eq!(offset("https://a.bc/x?y"), 14);
    assert_eq!(offset("https://a.bc/x//y"), 15);
    assert_eq!(offset("https://a.bc/x/"), 15);
    assert_eq!(offset("https://u@a.bc"), 9);
}
