//! PKCE (RFC 7636) with S256, for deployments that agree on it. MedMij has none: it is off by default, never required, and
//! ignored where it is not agreed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use medmij_core::{CodeVerifier, Digest};

use crate::form::Form;

/// Whether a deployment agreed with its peers on PKCE.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
#[expect(clippy::exhaustive_enums, reason = "agreed or not")]
pub enum Pkce {
    /// Not agreed: a DVP sends nothing of it, a DVA ignores what comes.
    #[default]
    NotAgreed,
    /// Agreed: a DVP sends a challenge, a DVA holds a client that sent one to it.
    Agreed,
}

pub(crate) const METHOD: &str = "S256";

/// The `code_challenge` of a request: the SHA-256 digest of the verifier (RFC 7636, section 4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub(crate) struct CodeChallenge(Digest);

impl CodeChallenge {
    pub(crate) fn of(verifier: &CodeVerifier) -> Self {
        Self(verifier.digest())
    }

    /// Reads 43 characters of base64url.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        // One digest has one text: bits that do not count must be zero, and there is no padding.
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(Digest::from_bytes(bytes.try_into().ok()?)))
    }
}

/// What a code was asked for with; it holds when the code is exchanged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "persist", derive(serde::Deserialize, serde::Serialize))]
pub(crate) enum Challenge {
    /// PKCE is not agreed: whatever comes is ignored.
    NotAgreed,
    /// The client did not use it.
    NotSent,
    /// The client sent this.
    Sent(CodeChallenge),
}

impl Challenge {
    /// Whether the verifier of a token request fits: one that was asked for must come, and one that was not may not
    /// (RFC 9700, section 4.8.2).
    pub(crate) fn fits(self, verifier: &OfferedVerifier) -> bool {
        match (self, verifier) {
            (Self::NotAgreed, _) | (Self::NotSent, OfferedVerifier::None) => true,
            (Self::Sent(challenge), OfferedVerifier::Verifier(verifier)) => CodeChallenge::of(verifier) == challenge,
            (Self::NotSent | Self::Sent(_), _) => false,
        }
    }
}

/// The `code_verifier` of a token request. Where PKCE is not agreed nothing that can be wrong with it matters.
#[derive(Clone, Debug)]
pub(crate) enum OfferedVerifier {
    None,
    Malformed,
    Verifier(CodeVerifier),
}

impl OfferedVerifier {
    pub(crate) fn read(form: &Form<'_>) -> Self {
        match form.one("code_verifier") {
            Ok(None) => Self::None,
            Ok(Some(text)) => text.parse().map_or(Self::Malformed, Self::Verifier),
            Err(_) => Self::Malformed,
        }
    }
}

impl std::fmt::Display for CodeChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_7636_appendix_b() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".parse().unwrap();
        let challenge = CodeChallenge::of(&verifier);
        assert_eq!(challenge.to_string(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(CodeChallenge::parse(&challenge.to_string()), Some(challenge));
        for wrong in [
            "",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c",
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=",
        ] {
            assert_eq!(CodeChallenge::parse(wrong), None);
        }
        assert_eq!(CodeChallenge::parse(&"A".repeat(100)), None);
    }
}
