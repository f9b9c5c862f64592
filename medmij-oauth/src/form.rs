//! Parameters in a query or a form body, read strictly: `application/x-www-form-urlencoded`.

use std::borrow::Cow;

/// The parameters of a message, not yet decoded.
///
/// OAuth ignores parameters that it does not know, and refuses known ones that stand there twice (RFC 6749, section 3.1).
/// So nothing is decoded or judged before it is asked for by name.
#[derive(Clone, Debug)]
pub(crate) struct Form<'a> {
    pairs: Vec<(&'a str, &'a str)>,
}

/// The most bytes of a query or form body; the framework names no limit.
pub(crate) const MAX_LEN: usize = 16 << 10;
/// The most parameters of a query or form body; the framework names no limit.
const MAX_PAIRS: usize = 64;

/// Why a parameter, or all of them, cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FormError {
    #[error("the parameters are too long or too many")]
    TooLong,
    #[error("a parameter stands there more than once")]
    Repeated,
    #[error("a parameter is not encoded as UTF-8 in percent-encoding")]
    Encoding,
}

impl<'a> Form<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, FormError> {
        if text.len() > MAX_LEN {
            return Err(FormError::TooLong);
        }
        let pairs: Vec<_> = text
            .split('&')
            .filter(|pair| !pair.is_empty())
            .take(MAX_PAIRS + 1)
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .collect();
        if pairs.len() > MAX_PAIRS {
            Err(FormError::TooLong)
        } else {
            Ok(Self { pairs })
        }
    }

    /// The value of a parameter, if it is there, and once. One without a value counts as left out (RFC 6749, section 3.1).
    pub(crate) fn one(&self, name: &str) -> Result<Option<Cow<'a, str>>, FormError> {
        let mut found = self
            .pairs
            .iter()
            .filter(|(encoded, _)| decode(encoded).is_ok_and(|it| it == name));
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some((_, "")), None) => Ok(None),
            (Some((_, value)), None) => decode(value).map(Some),
            _ => Err(FormError::Repeated),
        }
    }
}

/// Decodes `+` and `%HH`; a broken escape and bytes that are no UTF-8 are errors, not replacement characters.
fn decode(text: &str) -> Result<Cow<'_, str>, FormError> {
    if !text.bytes().any(|b| matches!(b, b'+' | b'%')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || {
                    bytes
                        .next()
                        .and_then(|b| char::from(b).to_digit(16))
                        .ok_or(FormError::Encoding)
                };
                let value = digit()? << 4 | digit()?;
                u8::try_from(value).map_err(|_| FormError::Encoding)?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| FormError::Encoding)
}

/// Writes parameters, each encoded once.
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_once_and_strictly() {
        let form = Form::parse("a=1%2B+2&b=%C3%A9&c=%&d=%zz&e=%FF&f&g=&%68=x&a%=1").unwrap();
        assert_eq!(form.one("a").unwrap().unwrap(), "1+ 2");
        assert_eq!(form.one("b").unwrap().unwrap(), "é");
        for broken in ["c", "d", "e"] {
            assert_eq!(form.one(broken), Err(FormError::Encoding));
        }
        assert_eq!(form.one("f"), Ok(None));
        assert_eq!(form.one("g"), Ok(None));
        assert_eq!(form.one("h").unwrap().unwrap(), "x");
        assert_eq!(form.one("z"), Ok(None));
        assert_eq!(Form::parse("x=1&%78=1").unwrap().one("x"), Err(FormError::Repeated));
    }

    #[test]
    fn parameters_have_limits() {
        assert!(Form::parse(&"a".repeat(MAX_LEN)).is_ok());
        assert_eq!(Form::parse(&"a".repeat(MAX_LEN + 1)).err(), Some(FormError::TooLong));
        assert!(Form::parse(&"a&".repeat(MAX_PAIRS)).is_ok());
        assert_eq!(Form::parse(&"a&".repeat(MAX_PAIRS + 1)).err(), Some(FormError::TooLong));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = encode([("scope", "a~4 b/é"), ("x", "&=+%")]);
        let form = Form::parse(&text).unwrap();
        assert_eq!(form.one("scope").unwrap().unwrap(), "a~4 b/é");
        assert_eq!(form.one("x").unwrap().unwrap(), "&=+%");
    }
}
