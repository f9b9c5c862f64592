//! The exceptions of the authorization interface: oauth.md, table 3.3, each row in each release, and 3.5.

use medmij_core::{ExceptionCode, Release};
use medmij_oauth::dva::{
    AuthenticationCancelled, CancelStep, FailureStep, NotGrantedShown, Opened, Session, TechnicalError, TestResult,
    TestStep,
};
use medmij_oauth::{HttpForm, OAuthErrorCode, Redirect};

use crate::authorization_server::{changed, open, told};
use crate::pair::*;
use crate::per_release::rows;

fn state_of(begun: &medmij_oauth::dvp::Begun) -> String {
    parameter(begun.redirect.location(), "state").unwrap()
}

/// The one answer of the class not granted, on the person's own click.
fn is_the_one_answer(shown: NotGrantedShown, begun: &medmij_oauth::dvp::Begun) {
    let redirect = shown.back_to_pgo(at(400)).0;
    let expected = format!("{REDIRECT_URI}?error=access_denied&state={}", state_of(begun));
    assert_eq!(redirect.location(), expected);
}

fn has_error(redirect: &Redirect, error: &str, begun: &medmij_oauth::dvp::Begun) {
    let expected = format!("{REDIRECT_URI}?error={error}&state={}", state_of(begun));
    assert_eq!(redirect.location(), expected);
}

/// Every exception of the release that a predicate takes has this form.
fn forms(release: Release, labels: &[&str], is_form: impl Fn(&HttpForm) -> bool) {
    let codes = ExceptionCode::of(release).filter(|code| labels.contains(&code.info().label));
    let forms: Vec<_> = codes.map(|code| (code, HttpForm::of(code, release).unwrap())).collect();
    assert!(!forms.is_empty(), "{release} has one of {labels:?}");
    assert!(forms.iter().all(|(_, form)| is_form(form)), "{release} {forms:?}");
}

rows! {
    /// Row 1: the client or its redirect URI is wrong.
    t33_client_id_or_redirect_uri(release) {
        for name in ["client_id", "redirect_uri"] {
            for value in [None, Some("https://evil.nl/"), Some("evil.nl")] {
                let opened = open(release, &changed(release, name, value));
                assert!(matches!(opened, Opened::ErrorPage { .. }), "{name} {value:?} {opened:?}");
            }
        }
        forms(release, &["Authorization interface 1a"], |form| {
            matches!(form, HttpForm::Page(status) if status.as_u16() == 400)
        });
    }

    /// Row 2: another parameter is wrong.
    t33_uc_verzamelen_1_verzamelen_1_other_request_error(release) {
        for (name, value, error) in [
            ("response_type", Some("token"), "unsupported_response_type"),
            ("response_type", None, "invalid_request"),
            ("scope", Some("x y z"), "invalid_scope"),
        ] {
            // `told` takes a redirect at once in 1.x, and one on the person's click in 2.x, and nothing else.
            let location = told(release, &changed(release, name, value));
            assert_eq!(location, format!("{REDIRECT_URI}?error={error}&state=s-1"));
        }
        forms(release, &["Authorization interface 1b", "UC Verzamelen 1", "Verzamelen 1", "UC Delen 1", "Delen 1"], |form| {
            match form {
                HttpForm::Redirect(codes) => release.major() == 1 && codes.contains(&OAuthErrorCode::InvalidScope),
                HttpForm::PageThenRedirect(codes) => release.major() == 2 && codes.contains(&OAuthErrorCode::InvalidScope),
                _ => false,
            }
        });
    }

    /// Row 3: the identity is not established.
    t33_uc_verzamelen_2_authenticeren_1_identity_not_established(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        is_the_one_answer(authenticating(&lists, release, &begun).failed(at(2)).0, &begun);
        is_the_one_answer(resolving(&lists, release, &begun).failed(at(3)).0, &begun);
        not_granted(release, &["UC Verzamelen 2", "Authenticeren 1"]);
    }

    /// Row 4: nothing is available.
    t33_uc_verzamelen_3_autoriseren_1_not_available(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        match testing(&lists, release, &begun).result(TestResult::negative(), at(3)).0 {
            TestStep::NotGranted(shown) => is_the_one_answer(shown, &begun),
            TestStep::Declare(other) => panic!("{other:?}"),
        }
        not_granted(release, &["UC Verzamelen 3", "Autoriseren 1"]);
    }

    /// Row 5: the declaration is not given.
    t33_uc_verzamelen_4_autoriseren_2_consent_refused(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        let refused = declaration(&lists, release, &begun, &["48"]).not_given(text_version(), at(3));
        is_the_one_answer(refused.next, &begun);
        not_granted(release, &["UC Verzamelen 4", "Autoriseren 2"]);
    }

    /// Row 6: the answer cannot be established.
    t33_a21_uc_verzamelen_5_autoriseren_3_answer_undetermined(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        let session = Session::AwaitingDeclaration(declaration(&lists, release, &begun, &["48"]));
        fails(release, session, TechnicalError::ServerError, "server_error", &begun);
        forms(release, &["UC Verzamelen 5", "Autoriseren 3"], |form| undetermined(release, form));
    }

    /// Row 7: the person breaks off the login.
    t33_a9_a10_a11_uc_verzamelen_7_authenticeren_2_login_cancelled(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        let cancelled = authenticating(&lists, release, &begun).cancelled(at(2)).0;
        match (release.landing_page(), cancelled) {
            (true, CancelStep::Cancelled(cancelled)) => a11_may_log_in_after_all(cancelled, &begun),
            (false, CancelStep::NotGranted(shown)) => is_the_one_answer(shown, &begun),
            (_, other) => panic!("{other:?}"),
        }
        if release.landing_page() {
            forms(release, &["UC Verzamelen 7", "Authenticeren 2"], |form| {
                matches!(form, HttpForm::Page(status) if status.is_success())
            });
        }
    }

    /// Row 8: the Authorization Server fails, at any step.
    t33_a23_technical_failure(release) {
        let (lists, begun) = (Lists::new(release, &["48"]), begun(release, &["48"]));
        let sessions = [
            Session::AwaitingAuthentication(authenticating(&lists, release, &begun)),
            Session::ResolvingIdentity(resolving(&lists, release, &begun)),
            Session::TestingEarly(testing(&lists, release, &begun)),
            Session::AwaitingDeclaration(declaration(&lists, release, &begun, &["48"])),
            Session::NotGrantedShown(resolving(&lists, release, &begun).failed(at(3)).0),
        ];
        for session in sessions {
            fails(release, session.clone(), TechnicalError::ServerError, "server_error", &begun);
            fails(release, session, TechnicalError::TemporarilyUnavailable, "temporarily_unavailable", &begun);
        }
        let issuing = declaration(&lists, release, &begun, &["48"]).given(text_version(), at(3)).next;
        let step = issuing.technical_failure(TechnicalError::ServerError, at(4)).0;
        failed(release, step, "server_error", &begun);
    }
}

fn not_granted(release: Release, labels: &[&str]) {
    forms(release, labels, |form| {
        *form == HttpForm::PageThenRedirect(&[OAuthErrorCode::AccessDenied])
    });
}

fn undetermined(release: Release, form: &HttpForm) -> bool {
    let both = [OAuthErrorCode::ServerError, OAuthErrorCode::TemporarilyUnavailable];
    match form {
        HttpForm::Redirect(codes) => release.major() == 1 && **codes == both,
        HttpForm::PageThenRedirect(codes) => release.major() == 2 && **codes == both,
        _ => false,
    }
}

fn a11_may_log_in_after_all(cancelled: AuthenticationCancelled, begun: &medmij_oauth::dvp::Begun) {
    let (awaiting, _) = cancelled.retry(at(5));
    assert_eq!(awaiting.request().state.expose(), state_of(begun));
}

fn fails(release: Release, session: Session, error: TechnicalError, code: &str, begun: &medmij_oauth::dvp::Begun) {
    failed(release, session.technical_failure(error, at(4)).0, code, begun);
}

/// In 1.x a redirect at once; in 2.x a page, and the redirect on the person's click.
fn failed(release: Release, step: FailureStep, code: &str, begun: &medmij_oauth::dvp::Begun) {
    match step {
        FailureStep::Redirect(redirect) if release.major() == 1 => has_error(&redirect, code, begun),
        FailureStep::Page(shown) if release.major() == 2 => {
            assert_eq!(shown.trace_id(), Some(begun.pending.correlation_id()));
            has_error(&shown.back_to_pgo(at(9)).0, code, begun);
        }
        other => panic!("{release}: {other:?}"),
    }
}

#[test]
fn authint_207_every_exception_has_one_form_in_each_of_its_releases() {
    for code in ExceptionCode::ALL {
        for release in Release::ALL {
            let info = code.info();
            let exists = (info.first..=info.last).contains(&release);
            assert_eq!(HttpForm::of(*code, release).is_some(), exists, "{code} {release}");
        }
    }
}

#[test]
fn a7_f_22_a_cancel_at_the_landing_page_is_the_one_answer() {
    for release in RELEASES.into_iter().filter(|release| release.landing_page()) {
        let begun = begun(release, &["48"]);
        let Opened::Landing { landing, .. } = opened(&Lists::new(release, &["48"]), release, &begun) else {
            panic!("no landing page")
        };
        let cancelled = landing.cancel(at(1)).0.to_response();
        let shown = resolving(&Lists::new(release, &["48"]), release, &begun)
            .failed(at(3))
            .0;
        let refused = shown.back_to_pgo(at(4)).0.to_response();
        assert_eq!(cancelled.headers(), refused.headers());
        assert_eq!(
            (cancelled.status(), cancelled.body()),
            (refused.status(), refused.body())
        );
    }
}

#[test]
fn a11b_f_24_a_cancelled_login_that_is_closed_sends_nothing() {
    let (release, lists) = (Release::R2_2, Lists::new(Release::R2_2, &["48"]));
    let begun = begun(release, &["48"]);
    let CancelStep::Cancelled(cancelled) = authenticating(&lists, release, &begun).cancelled(at(2)).0 else {
        panic!("no cancellation page")
    };
    let event = Session::AuthenticationCancelled(cancelled).close(at(3));
    assert_eq!(
        logged(&event),
        [medmij_core::Event::Own(medmij_core::OwnEvent::Abandoned)]
    );
}
