//! Host names: the form of the OAuth Client List and the Whitelist, and what DNS adds to it.

use crate::newtype::text_newtype;
use crate::{ParseError, ParseRule};

text_newtype! {
    /// The host name of a Node, as the OAuth Client List and the Whitelist write it; the `client_id` of a DVP
    /// [OCL, release2] [WHL, release2] [core.authint.200, 2.x].
    ///
    /// Lower-case ASCII letters, digits and hyphens in two or more labels, the last of at least two characters. Compared
    /// exactly: no port, no subdomain, no wildcard, no trailing dot. The schema sets no length; this type takes up to
    /// [`MAX_LEN`](Self::MAX_LEN) bytes. The schema also takes names that DNS does not: see
    /// [`check_dns`](Self::check_dns).
    ///
    /// ```
    /// use medmij_core::Hostname;
    ///
    /// let host: Hostname = "medmij.deenigeechtepgo.nl".parse()?;
    /// assert!(host.check_dns().is_ok());
    /// assert!("a-.bc".parse::<Hostname>()?.check_dns().is_err());
    /// assert!("pgo.nl:443".parse::<Hostname>().is_err());
    /// # Ok::<(), medmij_core::ParseError>(())
    /// ```
    Hostname, check_hostname
}

const TYPE: &str = "Hostname";

impl Hostname {
    /// The most bytes of a host name: the default limit on a text in a list.
    pub const MAX_LEN: usize = 65_536;

    /// Checks what DNS asks beyond the schema: 63 bytes for a label, 253 for the name, no label that ends in a hyphen,
    /// and no IPv4 address.
    ///
    /// # Errors
    /// The first of those rules that the name breaks.
    pub fn check_dns(&self) -> Result<(), ParseError> {
        check_dns(TYPE, self.as_str(), 0)
    }

    /// Makes a host name of the DNS name in a certificate, a `Host` header or a URI, where letters may be in upper case.
    ///
    /// # Errors
    /// If the name in lower case is no [`Hostname`]; a wildcard is none.
    pub fn from_dns_name(name: &str) -> Result<Self, ParseError> {
        name.to_ascii_lowercase().parse()
    }
}

fn check_hostname(text: &str) -> Result<(), ParseError> {
    if text.len() > Hostname::MAX_LEN {
        return Err(ParseError::new(TYPE, ParseRule::TooLong, Hostname::MAX_LEN));
    }
    check_labels(TYPE, text, 0, LastLabel::TwoOrMore)
}

/// What a schema asks of the last label of a host name.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum LastLabel {
    /// At least two characters, the last of them no hyphen: Hostname and Backchanneluri.
    TwoOrMore,
    /// One character is enough, and a hyphen may end it: a quirk of Frontchanneluri.
    One,
}

/// Checks the labels of `host`, which starts at byte `base` of the text that is being parsed as `expected`.
pub(crate) fn check_labels(
    expected: &'static str,
    host: &str,
    base: usize,
    last_label: LastLabel,
) -> Result<(), ParseError> {
    let error = |rule, offset| Err(ParseError::new(expected, rule, base + offset));
    let mut labels = 0_usize;
    let mut start = 0;
    let mut previous = b'.';
    for (offset, byte) in host.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' if offset > start => {}
            b'-' => return error(ParseRule::HostLabelStart, offset),
            b'.' if offset > start => {
                labels += 1;
                start = offset + 1;
            }
            b'.' => return error(ParseRule::HostLabelEmpty, offset),
            _ => return error(ParseRule::Character, offset),
        }
        previous = byte;
    }
    let end = host.len();
    if start == end {
        return error(ParseRule::HostLabelEmpty, end);
    }
    if labels == 0 {
        return error(ParseRule::HostLabels, end);
    }
    if last_label == LastLabel::TwoOrMore {
        if end - start < 2 {
            return error(ParseRule::HostLastLabelLength, end);
        }
        if previous == b'-' {
            return error(ParseRule::HostLastLabelEnd, end - 1);
        }
    }
    Ok(())
}

/// Checks what DNS asks of a name that [`check_labels`] has passed.
pub(crate) fn check_dns(expected: &'static str, host: &str, base: usize) -> Result<(), ParseError> {
    let error = |rule, offset| Err(ParseError::new(expected, rule, base + offset));
    if host.len() > 253 {
        return error(ParseRule::HostDnsLength, 253);
    }
    let mut start = 0;
    for label in host.split('.') {
        if label.len() > 63 {
            return error(ParseRule::HostDnsLength, start + 63);
        }
        if label.ends_with('-') {
            return error(ParseRule::HostDnsHyphen, start + label.len() - 1);
        }
        start += label.len() + 1;
    }
    if is_ipv4_like(host) {
        return error(ParseRule::UriIpAddress, 0);
    }
    Ok(())
}

/// Whether a URI parser would take the name as an IPv4 address: its last label is a number.
pub(crate) fn is_ipv4_like(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hex = last
        .strip_prefix("0x")
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
    hex.is_some() || last.bytes().all(|b| b.is_ascii_digit())
}
