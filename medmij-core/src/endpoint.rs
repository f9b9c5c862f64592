//! The addresses in the lists: frontchannel and backchannel endpoint URIs.

use http::Uri;

use crate::host::{LastLabel, check_dns, check_labels};
use crate::newtype::text_newtype;
use crate::xml::is_decimal_digit;
use crate::{ParseError, ParseRule};

text_newtype! {
    /// The URI of an endpoint in frontchannel traffic, where the person's browser goes: the authorization endpoint
    /// [ZAL, release2].
    ///
    /// `https`, a lower-case host, **no port**, no query, no fragment, no trailing slash. The text is kept and compared as
    /// it stands in the list. The schema takes texts that are no usable URI (a blank in the path, a one-letter top-level
    /// domain); [`to_uri`](Self::to_uri) tells. At most [`MAX_LEN`](Self::MAX_LEN) bytes.
    ///
    /// ```
    /// use medmij_core::FrontchannelUri;
    ///
    /// let uri: FrontchannelUri = "https://78834.umcharderwijk.nl/oauth/authorize".parse()?;
    /// assert_eq!(uri.host(), "78834.umcharderwijk.nl");
    /// assert!("https://a.bc:443/x".parse::<FrontchannelUri>().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    FrontchannelUri, check_frontchannel
}

text_newtype! {
    /// The URI of an endpoint in backchannel traffic, between servers: token, resource, subscription and notification
    /// endpoints [ZAL, release2].
    ///
    /// As [`FrontchannelUri`], but a port of one to five digits may stand in it, and the last label of the host has at
    /// least two characters.
    ///
    /// ```
    /// use medmij_core::BackchannelUri;
    ///
    /// let uri: BackchannelUri = "https://rcf-rso.nl:8443/rcf/fhir-stu3".parse()?;
    /// assert_eq!(uri.host(), "rcf-rso.nl");
    /// // The schema takes any one to five digits; no connection can be made to port 0.
    /// assert!("https://rcf-rso.nl:0".parse::<BackchannelUri>()?.to_uri().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    BackchannelUri, check_backchannel
}

const SCHEME: &str = "https://";
const MAX_LEN: usize = 65_536;

/// Gives both kinds of endpoint URI the same getters.
macro_rules! endpoint {
    ($name:ident, $type_name:literal) => {
        impl $name {
            /// The most bytes of a URI: the default limit on a text in a list.
            pub const MAX_LEN: usize = MAX_LEN;

            /// The host, without a port.
            #[must_use]
            pub fn host(&self) -> &str {
                split(self.as_str()).host
            }

            /// The URI for a request, if the text is one that a request can be sent to.
            ///
            /// # Errors
            /// What the schema takes and RFC 3986, DNS or TCP do not: other than ASCII, a character that needs
            /// percent-encoding, a host that is an IP address or too long, a port of 0 or over 65535. It makes this
            /// endpoint unusable, not the list.
            pub fn to_uri(&self) -> Result<Uri, ParseError> {
                to_uri($type_name, self.as_str())
            }
        }
    };
}

endpoint!(FrontchannelUri, "FrontchannelUri");
endpoint!(BackchannelUri, "BackchannelUri");

fn check_frontchannel(text: &str) -> Result<(), ParseError> {
    check("FrontchannelUri", text, LastLabel::One, Port::Forbidden)
}

fn check_backchannel(text: &str) -> Result<(), ParseError> {
    check("BackchannelUri", text, LastLabel::TwoOrMore, Port::Allowed)
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Port {
    Forbidden,
    Allowed,
}

/// The parts of a text that starts with `https://`.
struct Parts<'a> {
    host: &'a str,
    /// The text behind the colon of the authority, if there is one.
    port: Option<&'a str>,
    /// The path with its leading slash, or nothing.
    path: &'a str,
}

fn split(text: &str) -> Parts<'_> {
    let rest = text.strip_prefix(SCHEME).unwrap_or(text);
    // A `?`, `#` or `@` before the first slash is left in the host, where no character check lets it pass.
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.split_once(':') {
        Some((host, port)) => Parts {
            host,
            port: Some(port),
            path,
        },
        None => Parts {
            host: authority,
            port: None,
            path,
        },
    }
}

/// The patterns Frontchanneluri and Backchanneluri of the schemas.
fn check(expected: &'static str, text: &str, last_label: LastLabel, port_rule: Port) -> Result<(), ParseError> {
    let error = |rule, offset| Err(ParseError::new(expected, rule, offset));
    if text.len() > MAX_LEN {
        return error(ParseRule::TooLong, MAX_LEN);
    }
    if !text.starts_with(SCHEME) {
        return error(ParseRule::UriScheme, 0);
    }
    let Parts { host, port, path } = split(text);
    let authority_start = SCHEME.len();
    let path_start = text.len() - path.len();
    let authority = text.get(authority_start..path_start).unwrap_or_default();
    for (mark, rule) in [
        ('@', ParseRule::UriUserinfo),
        ('?', ParseRule::UriQuery),
        ('#', ParseRule::UriFragment),
    ] {
        if let Some(offset) = authority.find(mark) {
            return error(rule, authority_start + offset);
        }
    }
    check_labels(expected, host, authority_start, last_label)?;
    if let Some(port) = port {
        let port_start = authority_start + host.len();
        if port_rule == Port::Forbidden {
            return error(ParseRule::UriPort, port_start);
        }
        let digits = port.chars().take(6).count();
        if digits == 0 || digits > 5 || !port.chars().all(is_decimal_digit) {
            return error(ParseRule::UriPortDigits, port_start + 1);
        }
    }
    let mut previous = 0;
    for (offset, byte) in path.bytes().enumerate() {
        match byte {
            b'?' => return error(ParseRule::UriQuery, path_start + offset),
            b'#' => return error(ParseRule::UriFragment, path_start + offset),
            b'/' if previous == b'/' => {
                return error(ParseRule::UriPathSegment, path_start + offset);
            }
            _ => previous = byte,
        }
    }
    if previous == b'/' {
        return error(ParseRule::UriPathSegment, text.len());
    }
    Ok(())
}

fn to_uri(expected: &'static str, text: &str) -> Result<Uri, ParseError> {
    let Parts { host, port, path } = split(text);
    check_dns(expected, host, SCHEME.len())?;
    if let Some(port) = port {
        // Five ASCII digits at most; the schema's other digits are no port to any client.
        if !port.parse::<u16>().is_ok_and(|number| number > 0) {
            return Err(ParseError::new(
                expected,
                ParseRule::UriPortRange,
                SCHEME.len() + host.len() + 1,
            ));
        }
    }
    check_path(expected, path, text.len() - path.len())?;
    Uri::try_from(text).map_err(|_| ParseError::new(expected, ParseRule::Character, 0))
}

/// Checks that a path holds only characters and percent-encodings of RFC 3986, section 3.3.
pub(crate) fn check_path(expected: &'static str, path: &str, base: usize) -> Result<(), ParseError> {
    let mut bytes = path.bytes().enumerate();
    while let Some((offset, byte)) = bytes.next() {
        let rule = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' => continue,
            b'-' | b'.' | b'_' | b'~' | b':' | b'@' => continue,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => continue,
            b'%' => {
                let is_hex = |next: Option<(usize, u8)>| next.is_some_and(|(_, b)| b.is_ascii_hexdigit());
                if is_hex(bytes.next()) && is_hex(bytes.next()) {
                    continue;
                }
                ParseRule::UriPercentEncoding
            }
            _ => ParseRule::UriPathCharacter,
        };
        return Err(ParseError::new(expected, rule, base + offset));
    }
    Ok(())
}
