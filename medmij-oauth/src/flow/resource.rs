//! The DVA's side, the Resource Server: one request [flows.md 4.3].

use medmij_core::{Function, OwnEvent};

use super::{Flow, Side, Table, own, states, table_rows};

pub(super) static TABLE: Table = Table {
    name: "DVA, Resource Server",
    side: Side::Dva,
    states: states!["Received", "TokenChecked", "TestingLate", "Fetching", "Placing"; "Answered", "AnsweredError"],
    rows: &[ROWS],
    of: |flow| matches!(flow, Flow::Function(Function::Verzamelen | Function::Delen)),
};

table_rows! {
    R1 "R1" ["Received"] "Check", if "no token, or one that is unknown, expired or revoked", do "the error of RFC 6750"
        => ["AnsweredError"] O log [own(OwnEvent::ResourceError)] when authorizing;
    R1B "R1b" ["Received"] "Check", if "the token is of another client than the TLS client", do "invalid_token, as R1"
        => ["AnsweredError"] F log [own(OwnEvent::ResourceError)] when authorizing;
    R2 "R2" ["Received"] "Check", if "the token gives no right to this Aanbieder, Gegevensdienst or function",
        do "the error of RFC 6750" => ["AnsweredError"] F log [own(OwnEvent::ResourceError)] when authorizing;
    R3 "R3" ["Received"] "Check", if "the token gives a right to it", do "" => ["TokenChecked"] F
        log [own(OwnEvent::ResourceRequest)] when authorizing;
    R4 "R4" ["TokenChecked"] "Go", if "the test has not been positive for this grant and Gegevensdienst",
        do "do the test: this is its latest moment" => ["TestingLate"] F log [] when tested_late;
    R5 "R5" ["TokenChecked"] "Go", if "the test has been positive; always for Delen", do "fetch, or place"
        => ["Fetching", "Placing"] F log [] when at_resources;
    R6 "R6" ["TestingLate"] "Test negative", if "", do "an error; the DVP may now know that nothing is available"
        => ["AnsweredError"] F log [own(OwnEvent::TestNegative), own(OwnEvent::ResourceError)] when tested_late;
    R7 "R7" ["TestingLate"] "Test positive", if "", do "" => ["Fetching"] F log [own(OwnEvent::TestPositive)] when verzamelen;
    R7_SUBSCRIPTION "R7" ["TestingLate"] "Test positive", if "", do "" => ["TokenChecked"] F
        log [own(OwnEvent::TestPositive)] when abonneren_tested;
    R8 "R8" ["Fetching", "Placing"] "Done", if "within 60 seconds", do "the FHIR response" => ["Answered"] F
        log [own(OwnEvent::ResourceResponse)] when at_resources;
    R9 "R9" ["Fetching", "Placing"] "Partly done", if "",
        do "the FHIR response with what is authorized and available, and an OperationOutcome for the rest" => ["Answered"] F
        log [own(OwnEvent::ResourceResponse)] when at_resources;
    R10 "R10" ["Fetching", "Placing"] "Failed, Timeout", if "", do "an error with its cause" => ["AnsweredError"] F
        log [own(OwnEvent::ResourceError)] when at_resources;
    R10_SUBSCRIPTION "R10" ["TokenChecked"] "Failed, Timeout", if "", do "an error" => ["AnsweredError"] F
        log [own(OwnEvent::ResourceError)] when abonneren;
    R11 "R11" ["TestingLate"] "Test failed, Timeout", if "", do "as R10" => ["AnsweredError"] D
        log [own(OwnEvent::ResourceError)] when tested_late;
    R12 "R12" ["TokenChecked"] "Go", if "the consent was withdrawn meanwhile", do "invalid_token" => ["AnsweredError"] F
        log [own(OwnEvent::ResourceError)] when langdurig;
}
