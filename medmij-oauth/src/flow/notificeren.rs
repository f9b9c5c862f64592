//! *Notificeren*: the DVA's Notification Client for one Abonnement, and the DVP's Notification Server for one message
//! [flows.md 4.4b].

use medmij_core::OwnEvent;

use super::{Flow, Side, Table, own, states, table_rows};

pub(super) static CLIENT: Table = Table {
    name: "DVA, Notification Client",
    side: Side::Dva,
    states: states!["Watching", "AwaitingAck"; "Ended"],
    rows: &[ROWS],
    of: |flow| flow == Flow::Notificeren,
};

table_rows! {
    N1 "N1" ["Watching"] "Change of the information", if "the Abonnement is active, and the information is vouched for",
        do "take the endpoint of the client from the OAuth Client List; send the Notificatie" => ["AwaitingAck"] F
        log [own(OwnEvent::NotificationSent)] when always;
    N2 "N2" ["Watching"] "Change of the information", if "the information is not vouched for", do "send nothing"
        => ["Watching"] F log [] when always;
    N3 "N3" ["Watching"] "The Aanbieder ends or shortens it", if "", do "set the last day; send the Notificatie with it"
        => ["AwaitingAck"] F log [own(OwnEvent::NotificationSent)] when always;
    N4 "N4" ["AwaitingAck"] "Answer: accepted", if "within 10 seconds", do "" => ["Watching", "Ended"] F
        log [own(OwnEvent::NotificationAccepted)] when always;
    N5A "N5a" ["AwaitingAck"] "Answer: invalid_subscription_id", if "", do "end the Abonnement at once; send nothing more for it"
        => ["Ended"] F log [own(OwnEvent::NotificationRefused)] when always;
    N5B "N5b" ["AwaitingAck"] "Answer: invalid_notification_type", if "",
        do "stop this message; the Abonnement stays as it is" => ["Watching", "Ended"] F
        log [own(OwnEvent::NotificationRefused)] when always;
    N6 "N6" ["AwaitingAck"] "Answer: not processed, Timeout", if "after 10 seconds", do "record it; whether to repeat is policy"
        => ["Watching", "Ended"] D log [own(OwnEvent::NotificationRefused)] when always;
    N7 "N7" ["Watching", "AwaitingAck"] "Its last day has passed, or the person ends it", if "", do "no message"
        => ["Ended"] F log [] when always;
    N8 "N8" ["AwaitingAck"] "Change of the information, or the Aanbieder ends or shortens it", if "",
        do "set the last day, if it is one; queue the message, and send it after the answer" => ["AwaitingAck"] D log []
        when always;
}

pub(super) static SERVER: Table = Table {
    name: "DVP, Notification Server",
    side: Side::Dvp,
    states: states!["Received"; "Accepted", "Rejected"],
    rows: &[server::ROWS],
    of: |flow| flow == Flow::Notificeren,
};

/// One message at the DVP. The framework's text has no numbers; these are ours.
pub(crate) mod server {
    use medmij_core::OwnEvent;

    use super::super::{own, table_rows};

    table_rows! {
        V1 "V1" ["Received"] "Check", if "valid, and of an active Abonnement of this DVA",
            do "keep the meta-information; end or shorten the Abonnement if it says so; tell the person, in the long text, \
                in the short one if and only if the channel is not safe enough" => ["Accepted"] F
            log [own(OwnEvent::NotificationReceived)] when always;
        V2 "V2" ["Received"] "Check", if "not valid, or of no active Abonnement of this DVA", do "refuse (Notificeren 1)"
            => ["Rejected"] F log [own(OwnEvent::NotificationRefused)] when always;
        V3 "V3" ["Received"] "Failed, Timeout", if "", do "refuse (Notificeren 2)" => ["Rejected"] F
            log [own(OwnEvent::NotificationRefused)] when always;
    }
}
