//! The ids by which requests are followed through the network.

use crate::newtype::text_newtype;
use crate::release::RequestIdForm;
use crate::{ParseError, ParseRule, Random, RandomError, Release};

/// The name of the request id: a header field, and in the authorization request a query parameter
/// [core.authint.208, 2.x] [core.tknint.208, 2.x] [core.rscint.201, 2.x].
pub const MEDMIJ_REQUEST_ID: &str = "MedMij-Request-ID";

/// The name of the correlation id: a header field, and in the authorization request a query parameter.
pub const X_CORRELATION_ID: &str = "X-Correlation-ID";

text_newtype! {
    /// The `MedMij-Request-ID` of one request, new for each, retries included [core.rscint.201, 2.x]
    /// [core.tknint.208, 2.x].
    ///
    /// A UUID; in a resource request of release 1.4 it may be any text that is unique in the network, so a received one is
    /// parsed with [`received`](Self::received). `FromStr` takes UUIDs only. At most [`MAX_LEN`](Self::MAX_LEN) bytes.
    ///
    /// ```
    /// use medmij_core::{Release, RequestId};
    ///
    /// assert!("57510be1-73e6-4a75-9db8-ee005cced48f".parse::<RequestId>().is_ok());
    /// assert!(RequestId::received("4711", Release::R1_4).is_ok());
    /// assert!(RequestId::received("4711", Release::R2_2).is_err());
    /// ```
    RequestId, check_request_id
}

text_newtype! {
    /// The `X-Correlation-ID` of one authorization and all that follows from it, and the `trace_id` of the chain log
    /// [core.authint.208, 2.x] [core.logging.207, 2.x].
    ///
    /// A UUID, made at the authorization request and copied to the token and resource requests; a refresh makes a new one.
    ///
    /// ```
    /// assert!("c0e7b545-9606-4eef-bea7-75d8addaa54b".parse::<medmij_core::CorrelationId>().is_ok());
    /// ```
    CorrelationId, check_correlation_id
}

impl RequestId {
    /// The most bytes of a received id that is no UUID.
    pub const MAX_LEN: usize = 128;

    /// Makes a new random id, a UUID of version 4.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn random(random: &mut impl Random) -> Result<Self, RandomError> {
        Ok(Self(random_uuid(random)?.into()))
    }

    /// Parses the id of a received resource request: a UUID, or in releases that allow it any text of visible ASCII
    /// [Resource interface 1b, 1.4.0].
    ///
    /// # Errors
    /// If it is not of the form that the release asks.
    pub fn received(text: &str, release: Release) -> Result<Self, ParseError> {
        match release.resource_request_id() {
            RequestIdForm::Uuid => check_request_id(text)?,
            RequestIdForm::AnyText => check_visible("RequestId", text)?,
        }
        Ok(Self(text.into()))
    }
}

impl CorrelationId {
    /// Makes a new random id, a UUID of version 4.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn random(random: &mut impl Random) -> Result<Self, RandomError> {
        Ok(Self(random_uuid(random)?.into()))
    }
}

fn check_request_id(text: &str) -> Result<(), ParseError> {
    check_uuid("RequestId", text)
}

fn check_correlation_id(text: &str) -> Result<(), ParseError> {
    check_uuid("CorrelationId", text)
}

/// Any UUID of RFC 4122 in either case: the version is not prescribed.
fn check_uuid(expected: &'static str, text: &str) -> Result<(), ParseError> {
    for (offset, byte) in text.bytes().take(36).enumerate() {
        let right = match offset {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        if !right {
            return Err(ParseError::new(expected, ParseRule::Uuid, offset));
        }
    }
    if text.len() != 36 {
        return Err(ParseError::new(expected, ParseRule::Uuid, text.len().min(36)));
    }
    Ok(())
}

text_newtype! {
    /// The id that a Subscription Server gave an Abonnement, `subscription_id`; unique at that server only
    /// [ext.abo.subnotint.204, 2.x] [RFC0019, 1.2].
    ///
    /// 1 to [`MAX_LEN`](Self::MAX_LEN) characters of `A-Z a-z 0-9 - .`, the pattern of a FHIR id, and not only full stops. No
    /// secret: it gives a right to nothing by itself.
    ///
    /// ```
    /// use medmij_core::SubscriptionId;
    ///
    /// assert!("496749327x".parse::<SubscriptionId>().is_ok());
    /// assert!("../1".parse::<SubscriptionId>().is_err());
    /// ```
    SubscriptionId, check_subscription_id
}

impl SubscriptionId {
    /// The most characters of an id.
    pub const MAX_LEN: usize = 64;

    /// Makes a new random UUID.
    ///
    /// # Errors
    /// If the source of randomness fails.
    pub fn random(random: &mut impl Random) -> Result<Self, RandomError> {
        Ok(Self(random_uuid(random)?.into()))
    }
}

fn check_subscription_id(text: &str) -> Result<(), ParseError> {
    let error = |rule, offset| Err(ParseError::new("SubscriptionId", rule, offset));
    match text.len() {
        0 => return error(ParseRule::TooShort, 0),
        1..=SubscriptionId::MAX_LEN => {}
        _ => return error(ParseRule::TooLong, SubscriptionId::MAX_LEN),
    }
    let right = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    match text.bytes().position(|b| !right(b)) {
        Some(offset) => error(ParseRule::Character, offset),
        // As a segment of a path these would be taken for another place.
        None if text.bytes().all(|b| b == b'.') => error(ParseRule::Character, 0),
        None => Ok(()),
    }
}

fn check_visible(expected: &'static str, text: &str) -> Result<(), ParseError> {
    if text.is_empty() {
        return Err(ParseError::new(expected, ParseRule::TooShort, 0));
    }
    if text.len() > RequestId::MAX_LEN {
        return Err(ParseError::new(expected, ParseRule::TooLong, RequestId::MAX_LEN));
    }
    match text.bytes().position(|b| !b.is_ascii_graphic()) {
        Some(offset) => Err(ParseError::new(expected, ParseRule::Character, offset)),
        None => Ok(()),
    }
}

/// Makes a new random UUID of version 4, in lower case [RFC 4122 4.4].
///
/// ```
/// let uuid = medmij_core::random_uuid(&mut medmij_core::SystemRandom)?;
/// assert!(uuid.parse::<medmij_core::CorrelationId>().is_ok());
/// # Ok::<(), medmij_core::RandomError>(())
/// ```
///
/// # Errors
/// If the source of randomness fails.
pub fn random_uuid(random: &mut impl Random) -> Result<String, RandomError> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes)?;
    // Version 4, variant 10.
    let number = u128::from_be_bytes(bytes) & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{number:032x}");
    let mut uuid = String::with_capacity(36);
    for (index, digit) in hex.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(digit);
    }
    Ok(uuid)
}
