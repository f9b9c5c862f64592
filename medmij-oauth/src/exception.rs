//! The HTTP form of each exception of the framework, by release.

use http::StatusCode;
use medmij_core::{ErrorDelivery, ExceptionClass, ExceptionCode, Release};

use crate::authorize::OAuthErrorCode;

/// The form in which an exception goes over the wire: what the steps of [`dva`](crate::dva) do, told beforehand. A test
/// holds the two together, row by row and release by release.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the interfaces of the framework")]
pub enum HttpForm {
    /// A page for the person, with this status; nothing goes to the DVP.
    Page(StatusCode),
    /// A redirect to the DVP at once, with one of these codes.
    Redirect(&'static [OAuthErrorCode]),
    /// A page for the person; on their own click, and only then, a redirect to the DVP with one of these codes.
    PageThenRedirect(&'static [OAuthErrorCode]),
    /// An error of the resource or subscription interface, with its cause.
    Resource,
    /// An error of a notification interface, sent by the DVP.
    Notification,
}

const INVALID_REQUEST: &[OAuthErrorCode] = &[
    OAuthErrorCode::InvalidRequest,
    OAuthErrorCode::UnauthorizedClient,
    OAuthErrorCode::UnsupportedResponseType,
    OAuthErrorCode::InvalidScope,
];
/// One code, so that the causes cannot be told apart.
const NOT_GRANTED: &[OAuthErrorCode] = &[OAuthErrorCode::AccessDenied];
const UNDETERMINED: &[OAuthErrorCode] = &[OAuthErrorCode::ServerError, OAuthErrorCode::TemporarilyUnavailable];

impl HttpForm {
    /// The form of an exception in a release, if the release has the exception [core.authint.207, 2.x].
    ///
    /// ```
    /// use medmij_core::{ExceptionCode, Release};
    /// use medmij_oauth::HttpForm;
    ///
    /// let form = |code| HttpForm::of(code, Release::R1_4);
    /// assert_eq!(form(ExceptionCode::UcVerzamelen2), form(ExceptionCode::UcVerzamelen4));
    /// assert!(matches!(form(ExceptionCode::UcVerzamelen1), Some(HttpForm::Redirect(_))));
    /// assert_eq!(form(ExceptionCode::Delen1), None);
    /// ```
    #[must_use]
    pub fn of(code: ExceptionCode, release: Release) -> Option<Self> {
        let info = code.info();
        if !(info.first..=info.last).contains(&release) {
            return None;
        }
        let told = |delivery, codes| match delivery {
            ErrorDelivery::Redirect => Self::Redirect(codes),
            ErrorDelivery::PageFirst => Self::PageThenRedirect(codes),
        };
        Some(match info.class {
            // The request itself was wrong, and no other than the person is told.
            ExceptionClass::UnverifiedClient => Self::Page(StatusCode::BAD_REQUEST),
            ExceptionClass::InvalidRequest => told(release.invalid_request_delivery(), INVALID_REQUEST),
            ExceptionClass::NotGranted => Self::PageThenRedirect(NOT_GRANTED),
            ExceptionClass::Undetermined => told(release.technical_failure_delivery(), UNDETERMINED),
            ExceptionClass::LoginCancelled if release.landing_page() => Self::Page(StatusCode::OK),
            ExceptionClass::LoginCancelled => Self::PageThenRedirect(NOT_GRANTED),
            ExceptionClass::Representation => Self::Page(StatusCode::OK),
            ExceptionClass::NotDelivered => Self::Resource,
            ExceptionClass::Notification => Self::Notification,
            // A class that is not known here tells nobody but the person.
            _ => Self::Page(StatusCode::OK),
        })
    }
}
