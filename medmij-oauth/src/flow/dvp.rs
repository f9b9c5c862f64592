//! The DVP's side of one run [flows.md 4.1].

use medmij_core::{ChainEvent, OwnEvent};

use super::{Flow, NON_TERMINAL, Side, Table, chain, own, states, table_rows};

pub(super) static TABLE: Table = Table {
    name: "DVP, one run",
    side: Side::Dvp,
    states: states![
        "Idle", "Selecting", "AwaitingAuthorization", "AwaitingToken", "AwaitingRefresh", "Ready", "AwaitingResponse";
        "Completed", "CompletedPartially", "StoppedInvalidRequest", "StoppedRefused", "StoppedUndetermined",
        "StoppedTechnical", "StoppedNotDelivered", "Abandoned", "HandedOver"
    ],
    rows: &[ROWS],
    of: |flow| matches!(flow, Flow::Function(_)),
};

table_rows! {
    P1 "P1" ["Idle"] "Start", if "the person has an account at the DVP",
        do "show what can be chosen: what the Zorgaanbiederslijst offers, by the names of the Gegevensdienstnamenlijst"
        => ["Selecting"] F log [] when always;
    P2 "P2" ["Selecting"] "Select",
        if "an access token is held that is valid and for exactly this: person, represented person, function, release, \
            Authorization Server, Aanbieder and Gegevensdienst, and for an Abonnement the duration",
        do "queue the requests" => ["Ready"] F log [] when authorizing;
    P3 "P3" ["Selecting"] "Select",
        if "no valid access token, but a refresh token of at most half a year for exactly this",
        do "send a refresh request with new ids" => ["AwaitingRefresh"] F log [own(OwnEvent::TokenRequest)] when langdurig;
    P4 "P4" ["Selecting"] "Select", if "no token, and the entry of the list is valid",
        do "make state, scope and ids; store the run; redirect to the authorization endpoint"
        => ["AwaitingAuthorization"] F log [chain(ChainEvent::SendAuthorizationRequest)] when authorizing;
    P5 "P5" ["Selecting"] "Select", if "the Zorgaanbiederslijst does not have it", do "tell the person"
        => ["Selecting"] F log [] when always;
    P6 "P6" ["Selecting"] "Cancel, Timeout", if "", do "" => ["Abandoned", "CompletedPartially"] D
        log [own(OwnEvent::Abandoned)] when always;
    P7 "P7" ["AwaitingAuthorization"] "Redirect with a code", if "the state is that of this run, which was not used before",
        do "conclude that the declaration was given; store the consent; send the token request, once"
        => ["AwaitingToken"] F log [own(OwnEvent::CodeReceived), own(OwnEvent::TokenRequest)] when authorizing;
    P8 "P8" ["AwaitingAuthorization"] "Redirect", if "the state is missing, of another run, or used",
        do "use nothing of it; show its bearer a neutral page" => ["AwaitingAuthorization"] F
        log [own(OwnEvent::StrayRedirect)] when authorizing;
    P9 "P9" ["AwaitingAuthorization"] "Redirect with an error", if "its class is invalid request", do "tell the person"
        => ["StoppedInvalidRequest"] F log [own(OwnEvent::ErrorReceived)] when authorizing;
    P10 "P10" ["AwaitingAuthorization"] "Redirect with an error", if "its class is not granted",
        do "tell the person that it is not granted; keep and derive no reason" => ["StoppedRefused"] F
        log [own(OwnEvent::ErrorReceived)] when authorizing;
    P11 "P11" ["AwaitingAuthorization"] "Redirect with an error", if "its class is undetermined", do "tell the person"
        => ["StoppedUndetermined"] F log [own(OwnEvent::ErrorReceived)] when authorizing;
    P11B "P11b" ["AwaitingAuthorization"] "Redirect", if "it holds a code and an error, neither, or one of them twice",
        do "offer nothing; tell the person" => ["StoppedTechnical"] O log [own(OwnEvent::ErrorReceived)] when authorizing;
    P11C "P11c" ["AwaitingAuthorization"] "Redirect with an error", if "the code is not known", do "tell the person"
        => ["StoppedUndetermined"] D log [own(OwnEvent::ErrorReceived)] when authorizing;
    P12 "P12" ["AwaitingAuthorization"] "Timeout", if "also if the person comes back without anything, or starts anew",
        do "forget the state; say nothing of the Aanbieder" => ["Abandoned", "CompletedPartially"] F
        log [own(OwnEvent::Abandoned)] when authorizing;
    P13 "P13" ["AwaitingToken"] "Token response", if "its scope is absent or acceptable",
        do "keep the token, and the refresh token where the release has one; queue the requests, or keep the queue"
        => ["Ready"] F log [own(OwnEvent::TokenIssued)] when authorizing;
    P13A "P13a" ["AwaitingToken"] "Token response", if "its scope is narrower than what was asked for",
        do "drop what it does not cover; tell the person what can be had" => ["Ready", "StoppedRefused"] F
        log [own(OwnEvent::TokenIssued)] when several;
    P13B "P13b" ["AwaitingToken"] "Token response",
        if "its scope tells the granted duration: at most what was asked; 0 for an end, more for the others",
        do "take it into the request; if it does not reach past the present end, an extension was refused: send nothing"
        => ["Ready", "StoppedNotDelivered"] F log [own(OwnEvent::TokenIssued)] when abonneren;
    P13C "P13c" ["AwaitingToken"] "Token response",
        if "no scope for an Abonnement, more than was asked, or something else", do "discard the token"
        => ["StoppedTechnical"] D log [own(OwnEvent::TokenRefused)] when authorizing;
    P13C_REFRESH "P13c" ["AwaitingRefresh"] "Token response", if "its scope is something else", do "discard the access token"
        => ["StoppedTechnical"] D log [own(OwnEvent::TokenRefused)] when langdurig;
    P14 "P14" ["AwaitingToken"] "Error, no valid response, Timeout", if "", do "tell the person; never offer the code again"
        => ["StoppedTechnical"] F log [own(OwnEvent::TokenRefused)] when authorizing;
    P15 "P15" ["AwaitingRefresh"] "Token response", if "its scope is acceptable",
        do "put the new refresh token in the place of the old, in one step; queue as P13 and P13a" => ["Ready", "StoppedRefused"] F
        log [own(OwnEvent::TokenIssued)] when langdurig;
    P16 "P16" ["AwaitingRefresh"] "Error", if "the refresh token is worth nothing any more",
        do "forget it; go on as P4 if the person is there, else stop and tell them later"
        => ["AwaitingAuthorization", "StoppedRefused"] F log [own(OwnEvent::TokenRefused)] when langdurig;
    P17 "P17" ["AwaitingRefresh"] "Timeout, another error, no valid response", if "",
        do "keep the old refresh token; do not send it again blindly" => ["StoppedTechnical"] D
        log [own(OwnEvent::TokenRefused)] when langdurig;
    P18 "P18" ["Ready"] "Next", if "something is queued and the token is valid",
        do "send the request with the token, a new request id, and nothing that names the person" => ["AwaitingResponse"] F
        log [own(OwnEvent::ResourceRequest)] when authorizing;
    P19 "P19" ["Ready"] "Next", if "something is queued, the token has expired or was dropped, and there is a refresh token",
        do "refresh, as P3" => ["AwaitingRefresh"] F log [] when langdurig;
    P19_AUTHORIZE "P19" ["Ready"] "Next", if "something is queued, and the token has expired or was dropped",
        do "authorize anew, as P4: the person is needed" => ["AwaitingAuthorization"] F log [] when authorizing;
    P20 "P20" ["Ready"] "Next", if "nothing is queued, nothing failed, nothing is unknown", do "" => ["Completed"] F
        log [own(OwnEvent::RunEnded)] when authorizing;
    P21 "P21" ["Ready"] "Next", if "nothing is queued, something was done and something not",
        do "tell the person, with the causes" => ["CompletedPartially"] F log [own(OwnEvent::RunEnded)] when authorizing;
    P22 "P22" ["Ready"] "Next", if "nothing is queued and nothing was done", do "tell the person, with the causes"
        => ["StoppedNotDelivered"] F log [own(OwnEvent::RunEnded)] when authorizing;
    P23 "P23" ["AwaitingResponse"] "Answer", if "", do "store it in the dossier, inseparable from its source and context"
        => ["Ready"] F log [own(OwnEvent::ResourceResponse)] when verzamelen;
    P24 "P24" ["AwaitingResponse"] "Answer", if "",
        do "note in the dossier what was placed, when, and with whom" => ["Ready"] F
        log [own(OwnEvent::ResourceResponse)] when delen;
    P25 "P25" ["AwaitingResponse"] "Answer", if "",
        do "store, change or end the Abonnement with the id and the end that came back" => ["Ready"] F
        log [own(OwnEvent::ResourceResponse)] when abonneren;
    P26 "P26" ["AwaitingResponse"] "Error 401", if "",
        do "drop the token; put the request back once, the second time as P28" => ["Ready"] O
        log [own(OwnEvent::ResourceError)] when authorizing;
    P26B "P26b" ["AwaitingResponse"] "Error 403", if "", do "count it as failed for good" => ["Ready"] O
        log [own(OwnEvent::ResourceError)] when authorizing;
    P27 "P27" ["AwaitingResponse"] "Error: not available", if "", do "count it as failed; after consent this may be known"
        => ["Ready"] F log [own(OwnEvent::ResourceError)] when tested_late;
    P28 "P28" ["AwaitingResponse"] "Another error, Timeout", if "",
        do "count it as failed and go on; a write whose outcome is not known counts as unknown and is never sent again by itself"
        => ["Ready"] F log [own(OwnEvent::ResourceError)] when authorizing;
    P29 "P29" [NON_TERMINAL] "Cancel", if "",
        do "drop the code; keep what is stored; a write on its way counts as unknown" => ["CompletedPartially", "Abandoned"] D
        log [own(OwnEvent::Abandoned)] when authorizing;
    P30 "P30" ["Ready"] "Timeout", if "", do "keep what is stored" => ["CompletedPartially", "Abandoned"] D
        log [own(OwnEvent::Abandoned)] when authorizing;
    P31 "P31" ["Selecting"] "ManageConsents", if "the release has long-term consents",
        do "redirect to the page of the DVA that is configured" => ["HandedOver"] F log [own(OwnEvent::HandedOver)] when managing;
}
