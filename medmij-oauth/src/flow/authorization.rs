//! The DVA's side, the front channel of the Authorization Server: one session [flows.md 4.2].

use medmij_core::{ChainEvent, Function, OwnEvent};

use super::{Flow, NON_TERMINAL, Side, Table, chain, own, states, table_rows};

pub(super) static TABLE: Table = Table {
    name: "DVA, Authorization Server",
    side: Side::Dva,
    states: states![
        "NoSession", "Validating", "Landing", "AwaitingAuthentication", "ResolvingIdentity", "AuthenticationCancelled",
        "TestingEarly", "AwaitingDeclaration", "InvalidRequestShown", "NotGrantedShown", "IssuingCode";
        "Redirected(code)", "Redirected(error)", "ErrorPageShown", "SessionClosed"
    ],
    rows: &[ROWS],
    of: |flow| matches!(flow, Flow::Function(function) if function != Function::BeherenToestemmingen),
};

table_rows! {
    A1 "A1" ["NoSession"] "Authorization request", if "", do "make a session" => ["Validating"] F
        log [chain(ChainEvent::ReceiveAuthorizationRequest)] when authorizing;
    A2 "A2" ["Validating"] "Checked",
        if "the client is unknown, or the redirect URI is missing, not right or of another host",
        do "show an error page without any way back; redirect nothing" => ["ErrorPageShown"] F
        log [chain(ChainEvent::AuthorizationRequestError), chain(ChainEvent::ShowAuthorizationRequestErrorPage)]
        when authorizing;
    A3 "A3" ["Validating"] "Checked", if "another parameter is wrong, not listed for the client, or not offered",
        do "redirect with the error" => ["Redirected(error)"] F
        log [chain(ChainEvent::SendAuthorizationRequestError)] when told_at_once;
    A3_PAGE "A3" ["Validating"] "Checked", if "another parameter is wrong, not listed for the client, or not offered",
        do "show the person a page first" => ["InvalidRequestShown"] F
        log [own(OwnEvent::InvalidRequestShown)] when page_first;
    A3B "A3b" ["InvalidRequestShown"] "BackToPGO", if "", do "the redirect of A3, on the person's own click"
        => ["Redirected(error)"] D log [chain(ChainEvent::SendAuthorizationRequestError)] when page_first;
    A4 "A4" ["Validating"] "Checked", if "all is right", do "show the landing page" => ["Landing"] F
        log [chain(ChainEvent::ShowLandingPage)] when authorizing_landing;
    A5 "A5" ["Validating"] "Checked", if "all is right", do "send the person to the Authentication Server"
        => ["AwaitingAuthentication"] F log [chain(ChainEvent::SendAuthenticationRequest)] when no_landing;
    A6 "A6" ["Landing"] "Continue", if "",
        do "send the authentication request, with representation if and only if the scope asks for it"
        => ["AwaitingAuthentication"] F log [chain(ChainEvent::SendAuthenticationRequest)] when landing;
    A7 "A7" ["Landing"] "Cancel", if "", do "redirect with the one error of the class not granted" => ["Redirected(error)"] F
        log [chain(ChainEvent::SendAuthorizationCancellation)] when authorizing_landing;
    A8 "A8" ["AwaitingAuthentication"] "Authentication response", if "", do "resolve the artifact, server to server"
        => ["ResolvingIdentity"] F
        log [chain(ChainEvent::ReceiveAuthenticationResponse), chain(ChainEvent::SendArtifactResolutionRequest)] when always;
    A9 "A9" ["AwaitingAuthentication"] "Authentication cancelled", if "", do "show the cancellation page"
        => ["AuthenticationCancelled"] F
        log [chain(ChainEvent::ReceiveAuthorizationCancellation), own(OwnEvent::LoginCancelledShown)] when landing;
    A10 "A10" ["AwaitingAuthentication"] "Authentication cancelled", if "", do "as A12" => ["NotGrantedShown"] D
        log [chain(ChainEvent::ReceiveAuthorizationCancellation), own(OwnEvent::NotGrantedShown)] when no_landing;
    A11 "A11" ["AuthenticationCancelled"] "Retry", if "", do "send a new authentication request"
        => ["AwaitingAuthentication"] F log [chain(ChainEvent::SendAuthenticationRequest)] when landing;
    A11B "A11b" ["AuthenticationCancelled"] "CloseScreen, Timeout", if "", do "drop the session; send nothing"
        => ["SessionClosed"] F log [own(OwnEvent::Abandoned)] when landing;
    A12 "A12" ["AwaitingAuthentication"] "Authentication error", if "", do "show the page that the request is not granted"
        => ["NotGrantedShown"] F
        log [chain(ChainEvent::ReceiveAuthenticationError), own(OwnEvent::NotGrantedShown)] when always;
    A12_ARTIFACT "A12" ["ResolvingIdentity"] "Artifact error", if "also if there is no BSN, or the level is too low",
        do "show the page that the request is not granted" => ["NotGrantedShown"] F
        log [own(OwnEvent::IdentityNotEstablished), own(OwnEvent::NotGrantedShown)] when always;
    A13 "A13" ["ResolvingIdentity"] "Identity", if "the consents are to be managed", do "go on at M1" => ["Overview"] F
        log [own(OwnEvent::IdentityEstablished)] when managing;
    A14 "A14" ["ResolvingIdentity"] "Identity", if "the representation that was used is not the one that was asked for",
        do "tell the person; send nothing" => ["ErrorPageShown"] F
        log [own(OwnEvent::IdentityEstablished), own(OwnEvent::RepresentationStopped)] when always;
    A14B "A14b" ["ResolvingIdentity"] "Identity", if "the date of birth is not the one known behind the DVA",
        do "tell the person; send nothing" => ["ErrorPageShown"] F
        log [own(OwnEvent::IdentityEstablished), own(OwnEvent::RepresentationStopped)] when represented;
    A14C "A14c" ["Validating"] "Checked", if "representation is asked for and not supported here",
        do "as A3, with invalid_scope" => ["Redirected(error)"] F
        log [chain(ChainEvent::SendAuthorizationRequestError)] when told_at_once;
    A14C_PAGE "A14c" ["Validating"] "Checked", if "representation is asked for and not supported here",
        do "as A3, with invalid_scope" => ["InvalidRequestShown"] F log [own(OwnEvent::InvalidRequestShown)] when page_first;
    A15 "A15" ["ResolvingIdentity"] "Identity", if "the test is to be done early; always for Delen",
        do "do the test, for the person who is represented if there is one" => ["TestingEarly"] F
        log [own(OwnEvent::IdentityEstablished)] when tested;
    A16 "A16" ["ResolvingIdentity"] "Identity", if "the test is to be done late, or there is none", do "show the declaration"
        => ["AwaitingDeclaration"] F log [own(OwnEvent::IdentityEstablished), own(OwnEvent::DeclarationShown)]
        when not_tested_early;
    A17 "A17" ["TestingEarly"] "Test positive", if "at least one Gegevensdienst is left",
        do "show the declaration, for those that are left" => ["AwaitingDeclaration"] F
        log [own(OwnEvent::TestPositive), own(OwnEvent::DeclarationShown)] when tested;
    A18 "A18" ["TestingEarly"] "Test negative", if "also if none is left",
        do "show the page that the request is not granted; towards the DVP as A20" => ["NotGrantedShown"] F
        log [own(OwnEvent::TestNegative), own(OwnEvent::NotGrantedShown)] when tested;
    A19 "A19" ["AwaitingDeclaration"] "Answer: given",
        if "for an indefinite time only where that exists and was chosen by an act of the person",
        do "log the declaration, before anything else" => ["IssuingCode"] F log [own(OwnEvent::DeclarationAnswered)]
        when authorizing;
    A20 "A20" ["AwaitingDeclaration"] "Answer: not given", if "",
        do "log the refusal; show the page that the request is not granted" => ["NotGrantedShown"] F
        log [own(OwnEvent::DeclarationAnswered), own(OwnEvent::NotGrantedShown)] when authorizing;
    A20B "A20b" ["NotGrantedShown"] "BackToPGO", if "",
        do "the one redirect of the class not granted, never but on the person's own click" => ["Redirected(error)"] F
        log [own(OwnEvent::NotGrantedSent)] when authorizing;
    A20C "A20c" ["NotGrantedShown"] "CloseScreen, Timeout", if "", do "drop the session" => ["SessionClosed"] D
        log [own(OwnEvent::Abandoned)] when always;
    A21 "A21" ["AwaitingDeclaration"] "Answer: not to be established", if "the browser is still there",
        do "redirect with an error of the class undetermined" => ["Redirected(error)"] F
        log [own(OwnEvent::TechnicalFailureSent)] when told_at_once;
    A21_PAGE "A21" ["AwaitingDeclaration"] "Answer: not to be established", if "the browser is still there",
        do "show the page on a technical failure" => ["ErrorPageShown"] F
        log [own(OwnEvent::TechnicalFailureShown)] when page_first;
    A21B "A21b" ["AwaitingDeclaration"] "CloseScreen, Timeout", if "", do "drop the session" => ["SessionClosed"] D
        log [own(OwnEvent::Abandoned)] when authorizing;
    A22 "A22" ["IssuingCode"] "Code made", if "it is unique over all codes",
        do "store its digest with all that it is bound to; redirect with the code" => ["Redirected(code)"] F
        log [own(OwnEvent::CodeSent)] when authorizing;
    A23 "A23" [NON_TERMINAL] "Technical failure", if "the client and its redirect URI are verified",
        do "redirect with an error of the class undetermined" => ["Redirected(error)"] F
        log [own(OwnEvent::TechnicalFailureSent)] when told_at_once;
    A23_PAGE "A23" [NON_TERMINAL] "Technical failure", if "",
        do "show the page, with a way back only if the client is verified; taking it is a redirect of the class undetermined"
        => ["ErrorPageShown"] F log [own(OwnEvent::TechnicalFailureShown)] when failure_page;
    A24 "A24" [NON_TERMINAL] "CloseScreen, Timeout", if "no row of its own", do "drop the session" => ["SessionClosed"] D
        log [own(OwnEvent::Abandoned)] when always;
}
