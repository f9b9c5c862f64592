//! The redirect URI of a DVP, judged on its raw text.

use crate::endpoint::check_path;
use crate::host::{LastLabel, check_labels, is_ipv4_like};
use crate::newtype::text_newtype;
use crate::{Hostname, ParseError, ParseRule};

text_newtype! {
    /// Where the Authorization Server sends the person's browser back to: a full `https` URI of the DVP
    /// [core.authint.200, 2.x].
    ///
    /// `https://`, a host name, and nothing more or a path of RFC 3986 characters: no port, query, fragment, user
    /// information or IP address. The text is judged as it was received, because a URI parser hides what matters here
    /// (`:443`, tabs, backslashes, upper case), and it is kept and compared exactly, as the token interface demands
    /// [core.tknint.205, 2.x]. At most [`MAX_LEN`](Self::MAX_LEN) bytes.
    ///
    /// # Security
    /// The host must be **exactly** the `client_id`; there is no other registration of redirect URIs. A server parses with
    /// [`for_client`](Self::for_client), which checks that.
    ///
    /// ```
    /// use medmij_core::{Hostname, RedirectUri};
    ///
    /// let client_id: Hostname = "pgo.nl".parse()?;
    /// assert!(RedirectUri::for_client("https://pgo.nl/cb", &client_id).is_ok());
    /// assert!(RedirectUri::for_client("https://pgo.nl.evil.com/cb", &client_id).is_err());
    /// assert!(RedirectUri::for_client("https://pgo.nl@evil.com/cb", &client_id).is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    RedirectUri, check
}

const TYPE: &str = "RedirectUri";
const SCHEME: &str = "https://";

impl RedirectUri {
    /// The most bytes of a redirect URI; the framework names no limit.
    pub const MAX_LEN: usize = 2_048;

    /// Parses the redirect URI of a request by the client `client_id` [core.authint.200, 2.x].
    ///
    /// # Errors
    /// The first rule that the text breaks; [`ParseRule::UriForeignHost`] if only its host is not that of the client.
    pub fn for_client(text: &str, client_id: &Hostname) -> Result<Self, ParseError> {
        let uri: Self = text.parse()?;
        if uri.host() != client_id.as_str() {
            return Err(ParseError::new(TYPE, ParseRule::UriForeignHost, SCHEME.len()));
        }
        Ok(uri)
    }

    /// The host of the URI.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.as_str().strip_prefix(SCHEME).unwrap_or_default();
        rest.split_once('/').map_or(rest, |(host, _)| host)
    }
}

fn check(text: &str) -> Result<(), ParseError> {
    if text.len() > RedirectUri::MAX_LEN {
        return Err(ParseError::new(TYPE, ParseRule::TooLong, RedirectUri::MAX_LEN));
    }
    let Some(rest) = text.strip_prefix(SCHEME) else {
        return Err(ParseError::new(TYPE, ParseRule::UriScheme, 0));
    };
    let base = SCHEME.len();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // Named one by one, so that an operator reads what is wrong; `check_labels` alone would refuse all of them.
    for (offset, byte) in rest.bytes().enumerate() {
        let rule = match byte {
            b'@' if offset < host.len() => ParseRule::UriUserinfo,
            b':' if offset < host.len() => ParseRule::UriPort,
            b'?' => ParseRule::UriQuery,
            b'#' => ParseRule::UriFragment,
            _ => continue,
        };
        return Err(ParseError::new(TYPE, rule, base + offset));
    }
    check_labels(TYPE, host, base, LastLabel::TwoOrMore)?;
    if is_ipv4_like(host) {
        return Err(ParseError::new(TYPE, ParseRule::UriIpAddress, base));
    }
    check_path(TYPE, path, base + host.len())
}
