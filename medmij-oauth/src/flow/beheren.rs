//! The DVA's side of *Beheren toestemmingen* [flows.md 4.4].

use medmij_core::OwnEvent;

use super::{Flow, Side, Table, own, states, table_rows};

pub(super) static TABLE: Table = Table {
    name: "DVA, Beheren toestemmingen",
    side: Side::Dva,
    states: states![
        "NoSession", "Landing", "AwaitingAuthentication", "ResolvingIdentity", "AuthenticationCancelled",
        "NotGrantedShown", "Overview", "Confirming";
        "ReturnedToPGO", "ErrorPageShown", "SessionClosed"
    ],
    rows: &[ROWS, super::authorization::ROWS],
    of: |flow| flow == Flow::Function(medmij_core::Function::BeherenToestemmingen),
};

table_rows! {
    M0 "M0" ["NoSession"] "Request to manage", if "",
        do "verify client and redirect URI as in A2, if they are given; show the landing page" => ["Landing", "ErrorPageShown"] D
        log [own(OwnEvent::ManageRequest)] when managing;
    M1 "M1" ["ResolvingIdentity"] "Identity", if "",
        do "show every long-term consent of the person, by Aanbieder and DVP" => ["Overview"] F
        log [own(OwnEvent::OverviewShown)] when managing;
    M2 "M2" ["Overview"] "Select", if "", do "show the declaration that withdraws the consent" => ["Confirming"] F
        log [own(OwnEvent::DeclarationShown)] when managing;
    M3 "M3" ["Confirming"] "Confirm", if "",
        do "log the withdrawal; revoke all that stems from the consent, as T7; show the overview anew" => ["Overview"] F
        log [own(OwnEvent::ConsentWithdrawn), own(OwnEvent::OverviewShown)] when managing;
    M4 "M4" ["Confirming"] "Cancel", if "", do "show the overview" => ["Overview"] F log [own(OwnEvent::OverviewShown)]
        when managing;
    M5 "M5" ["Overview", "Landing", "NotGrantedShown"] "BackToPGO", if "client and redirect URI are verified",
        do "redirect to the DVP" => ["ReturnedToPGO"] F log [own(OwnEvent::ReturnedToPgo)] when managing;
    M6 "M6" ["Overview", "Landing", "NotGrantedShown"] "CloseScreen, Timeout, or BackToPGO without a way back", if "", do "drop the session" => ["SessionClosed"] D
        log [own(OwnEvent::Abandoned)] when managing;
    M7 "M7" ["Confirming"] "CloseScreen, Timeout", if "", do "drop the session; nothing is withdrawn" => ["SessionClosed"] D
        log [own(OwnEvent::Abandoned)] when managing;
}
