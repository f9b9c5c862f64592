//! The DVA's side, the Subscription Server: one request, and the life of an Abonnement [flows.md 4.3] [abonneren.md 13].

use medmij_core::{Function, OwnEvent};

use super::{Flow, Side, State, Table, own, states, table_rows};

const fn is_abonneren(flow: Flow) -> bool {
    matches!(
        flow,
        Flow::Function(Function::AbonnementAanmaken | Function::AbonnementWijzigen | Function::AbonnementBeeindigen)
    )
}

pub(super) static TABLE: Table = Table {
    name: "DVA, Subscription Server",
    side: Side::Dva,
    states: states!["Received", "TokenChecked", "TestingLate"; "Answered", "AnsweredError"],
    rows: &[ROWS, super::resource::ROWS],
    of: is_abonneren,
};

table_rows! {
    S1 "S1" ["TokenChecked"] "Go", if "creation; the Aanbieder may and wants to receive it, tested now at the latest",
        do "store it, to end on the earliest of what is asked, granted and allowed; answer with its id and last day"
        => ["Answered"] F log [own(OwnEvent::AbonnementStored)] when aanmaken;
    S2 "S2" ["TokenChecked"] "Go", if "creation; the Aanbieder may not or does not want to", do "refuse"
        => ["AnsweredError"] F log [own(OwnEvent::AbonnementRefused)] when aanmaken;
    S3 "S3" ["TokenChecked"] "Go", if "modification; the new last day is not after the present one", do "accept, always"
        => ["Answered"] F log [own(OwnEvent::AbonnementStored)] when wijzigen;
    S4 "S4" ["TokenChecked"] "Go", if "modification; the new last day is later, and within what is granted",
        do "accept" => ["Answered"] F log [own(OwnEvent::AbonnementStored)] when wijzigen;
    S4_REFUSED "S4" ["TokenChecked"] "Go", if "modification; the new last day is later, and within what is granted",
        do "refuse; the present last day stays" => ["AnsweredError"] F log [own(OwnEvent::AbonnementRefused)] when wijzigen;
    S4B "S4b" ["TokenChecked"] "Go", if "modification; the new last day is later than what is granted",
        do "refuse; the present last day stays" => ["AnsweredError"] D log [own(OwnEvent::AbonnementRefused)] when wijzigen;
    S5 "S5" ["TokenChecked"] "Go", if "termination", do "accept, always; also of one that its owner has ended before"
        => ["Answered"] F log [own(OwnEvent::AbonnementStored)] when beeindigen;
    S6 "S6" ["TokenChecked"] "Go", if "the id is unknown, or of another person, client or Gegevensdienst than the token",
        do "refuse, all alike" => ["AnsweredError"] D log [own(OwnEvent::AbonnementRefused)] when bestaand;
}

pub(super) static ABONNEMENT: Table = Table {
    name: "DVA, one Abonnement",
    side: Side::Dva,
    states: LIFE,
    rows: &[life::ROWS],
    of: has_life,
};

pub(super) static ABONNEMENT_OF_DVP: Table = Table {
    name: "DVP, one Abonnement",
    side: Side::Dvp,
    states: LIFE,
    rows: &[&[], life::ROWS],
    of: has_life,
};

const LIFE: &[State] = states!["None", "Active"; "Ended"];

const fn has_life(flow: Flow) -> bool {
    is_abonneren(flow) || matches!(flow, Flow::Notificeren)
}

/// The life of an Abonnement. The framework's table has no numbers; these are ours.
mod life {
    use super::super::table_rows;

    table_rows! {
        L1 "L1" ["None"] "Creation accepted", if "", do "store it with its last day" => ["Active"] F log [] when always;
        L2 "L2" ["Active"] "Modification accepted", if "", do "store the new last day" => ["Active"] F log [] when always;
        L3 "L3" ["Active"] "Termination", if "", do "" => ["Ended"] F log [] when always;
        L4 "L4" ["Active"] "The Aanbieder ends or shortens it", if "", do "tell the DVP" => ["Ended", "Active"] F log []
            when always;
        L5 "L5" ["Active"] "Its last day has passed", if "", do "no message" => ["Ended"] F log [] when always;
        L6 "L6" ["Active"] "A Notificatie is answered invalid_subscription_id", if "", do "send nothing more" => ["Ended"] F
            log [] when always;
    }
}
