//! The error of every parser in this crate, and the names of all its rules.

use std::fmt;

/// A text that is not a value of the domain type it was parsed as.
///
/// Says which type was expected, which rule was broken and at which byte, and never repeats the text: a value that is
/// refused may be personal, or an attack on whoever reads the log.
///
/// ```
/// use medmij_core::{Hostname, ParseRule};
///
/// let error = "localhost".parse::<Hostname>().unwrap_err();
/// assert_eq!(error.rule(), ParseRule::HostLabels);
/// assert_eq!(error.to_string(), "not a Hostname: a host name has at least two labels (byte 9)");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[error("not a {expected}: {rule} (byte {offset})")]
pub struct ParseError {
    expected: &'static str,
    rule: ParseRule,
    offset: usize,
}

impl ParseError {
    pub(crate) const fn new(expected: &'static str, rule: ParseRule, offset: usize) -> Self {
        Self { expected, rule, offset }
    }

    /// The name of the type that the text was parsed as.
    #[must_use]
    pub const fn expected(&self) -> &'static str {
        self.expected
    }

    /// The rule that the text breaks first.
    #[must_use]
    pub const fn rule(&self) -> ParseRule {
        self.rule
    }

    /// The byte at which the rule is broken; the length of the text where something is missing at its end.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

/// Makes [`ParseRule`] with a stable name for programs and a message for people, side by side.
macro_rules! parse_rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $message:literal;)+) => {
        /// Which rule a refused text breaks.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum ParseRule {
            $($(#[$doc])* $variant,)+
        }

        impl ParseRule {
            /// The stable name of the rule, for programs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl fmt::Display for ParseRule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $message,)+
                })
            }
        }
    };
}

parse_rules! {
    /// Longer than this type, or this program, takes.
    TooLong = "too-long", "the text is too long";
    /// Shorter than this type takes.
    TooShort = "too-short", "the text is too short";
    /// A character that the type does not admit.
    Character = "character", "this character is not allowed here";
    /// The suffix `@medmij` is missing.
    MedmijSuffix = "medmij-suffix", "the name must end in `@medmij`";
    /// The suffix `@medmij` stands where the bare name is wanted.
    MedmijSuffixPresent = "medmij-suffix-present", "the name stands here without `@medmij`";
    /// A segment of the name is empty or starts with a digit.
    NaamSegment = "naam-segment", "each segment of the name starts with a letter from a to z";
    /// More than four digits after a run of letters.
    NaamDigits = "naam-digits", "a run of letters is followed by at most four digits";
    /// Fewer than two labels.
    HostLabels = "host-labels", "a host name has at least two labels";
    /// An empty label.
    HostLabelEmpty = "host-label-empty", "a label of the host name is empty";
    /// A label that does not start with a letter or digit.
    HostLabelStart = "host-label-start", "a label of the host name starts with a letter or a digit";
    /// A last label of one character.
    HostLastLabelLength = "host-last-label-length", "the last label of the host name has at least two characters";
    /// A last label that ends in a hyphen.
    HostLastLabelEnd = "host-last-label-end", "the last label of the host name ends in a letter or a digit";
    /// A label of over 63 bytes, or a name of over 253.
    HostDnsLength = "host-dns-length", "DNS allows 63 bytes for a label and 253 for a name";
    /// A label that ends in a hyphen, which DNS forbids.
    HostDnsHyphen = "host-dns-hyphen", "DNS allows no hyphen at the end of a label";
    /// Another scheme than `https`, or not in lower case.
    UriScheme = "uri-scheme", "the URI must start with `https://`, in lower case";
    /// A port where none may stand.
    UriPort = "uri-port", "no port may stand here";
    /// A port that is not one to five digits.
    UriPortDigits = "uri-port-digits", "a port is one to five digits";
    /// A port that no TCP connection can have.
    UriPortRange = "uri-port-range", "a port lies between 1 and 65535";
    /// User information before the host.
    UriUserinfo = "uri-userinfo", "no user information may stand in the URI";
    /// A query, even an empty one.
    UriQuery = "uri-query", "no query may stand in the URI";
    /// A fragment, even an empty one.
    UriFragment = "uri-fragment", "no fragment may stand in the URI";
    /// An empty path segment or a slash at the end.
    UriPathSegment = "uri-path-segment", "a path segment is empty";
    /// A character that RFC 3986 does not admit in a path.
    UriPathCharacter = "uri-path-character", "RFC 3986 does not allow this character in a path";
    /// A percent sign without two hexadecimal digits.
    UriPercentEncoding = "uri-percent-encoding", "a percent sign is followed by two hexadecimal digits";
    /// An IP address where a host name is wanted.
    UriIpAddress = "uri-ip-address", "an IP address is no host name";
    /// Another host than that of the client.
    UriForeignHost = "uri-foreign-host", "the host is not exactly the client_id";
    /// Not of the form 8-4-4-4-12 in hexadecimal digits.
    Uuid = "uuid", "a UUID has the form 8-4-4-4-12 in hexadecimal digits";
    /// A release we do not know.
    Release = "release", "a release is written as 1.1 to 1.6 or 2.0 and later 2.x, with an optional third number";
    /// Nine digits that fail the eleven test, or not nine digits.
    Bsn = "bsn", "a burgerservicenummer has nine digits and passes the eleven test";
    /// Not eight digits, or no day of the calendar.
    Geboortedatum = "geboortedatum", "a date of birth is a day of the calendar, written as JJJJMMDD";
    /// A value that is none of the listed ones.
    Unknown = "unknown", "this value is not known";
}
