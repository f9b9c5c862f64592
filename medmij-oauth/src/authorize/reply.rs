//! The authorization response: what comes back to the DVP by the person's browser.

use medmij_core::{AuthorizationCode, NotGranted, RedirectUri, State};

use super::OAuthErrorCode;
use crate::form::Form;
use crate::redirect::Redirect;

/// An authorization response, as the DVP's redirect endpoint receives it.
///
/// Nothing of it is believed before its `state` is matched with a run.
///
/// ```
/// use medmij_oauth::{AuthorizationReply, ReplyContent};
///
/// let reply = AuthorizationReply::parse("error=access_denied&state=xcoivjuywkdkhvusuye3kch");
/// assert!(reply.state().is_some());
/// assert!(matches!(reply.content(), ReplyContent::Error(_)));
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizationReply {
    state: Option<State>,
    content: ReplyContent,
}

/// What a reply says.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a code, an error or nonsense")]
pub enum ReplyContent {
    /// A code.
    Code(AuthorizationCode),
    /// An error.
    Error(OAuthErrorCode),
    /// Both, neither, one of them twice, or one that is not well-formed.
    Malformed,
}

impl AuthorizationReply {
    /// Reads the query of the request that came in **at the redirect URI**, without its `?`: that it came in there, and by
    /// https, is for the caller to see to, by the route it calls this from [core.tknint.202, 2.x]. Unknown parameters are
    /// ignored. At most 16 KiB and 64 parameters; more than that is no reply.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let Ok(form) = Form::parse(query) else {
            return Self {
                state: None,
                content: ReplyContent::Malformed,
            };
        };
        let state = form.one("state").ok().flatten().and_then(|text| text.parse().ok());
        let content = match (form.one("code"), form.one("error")) {
            (Ok(Some(code)), Ok(None)) => code.parse().map_or(ReplyContent::Malformed, ReplyContent::Code),
            (Ok(None), Ok(Some(error))) => {
                OAuthErrorCode::parse(&error).map_or(ReplyContent::Malformed, ReplyContent::Error)
            }
            _ => ReplyContent::Malformed,
        };
        Self { state, content }
    }

    /// The `state`, if it is there once and well-formed: the key of the run in a [`PendingStore`](crate::dvp::PendingStore).
    #[must_use]
    pub const fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// What the reply says.
    #[must_use]
    pub const fn content(&self) -> &ReplyContent {
        &self.content
    }

    pub(crate) fn into_content(self) -> ReplyContent {
        self.content
    }
}

/// The redirect with a code: `code` and `state`, and nothing else.
pub(crate) fn code_redirect(uri: &RedirectUri, code: &AuthorizationCode, state: &State) -> Redirect {
    Redirect::new(uri.as_str(), [("code", code.expose()), ("state", state.expose())])
}

/// The redirect with an error that the DVP may know, always with the `state` of the request if that had one.
pub(crate) fn error_redirect(uri: &RedirectUri, error: &OAuthErrorCode, state: Option<&State>) -> Redirect {
    let state = state.map(|state| ("state", state.expose()));
    Redirect::new(uri.as_str(), [("error", error.as_str())].into_iter().chain(state))
}

/// The one redirect of the class *not granted*: whatever the cause, it differs in `state` alone
/// [UC Verzamelen 2, 1.4.0] [UC Verzamelen 3, 1.4.0] [UC Verzamelen 4, 1.4.0].
pub(crate) fn not_granted_redirect(NotGranted: NotGranted, uri: &RedirectUri, state: Option<&State>) -> Redirect {
    error_redirect(uri, &OAuthErrorCode::AccessDenied, state)
}
