//! The DVA's side, the token endpoint: one grant [flows.md 4.3].

use medmij_core::{Function, OwnEvent};

use super::{Flow, Side, Table, own, states, table_rows};

pub(super) static TABLE: Table = Table {
    name: "DVA, token endpoint",
    side: Side::Dva,
    states: states!["Issued", "Exchanged"; "Burnt", "Expired", "Revoked"],
    rows: &[ROWS],
    of: |flow| matches!(flow, Flow::Function(function) if function != Function::BeherenToestemmingen),
};

table_rows! {
    T1 "T1" ["Issued"] "Token request with the code",
        if "the client is authenticated and is the one bound; the redirect URI is that of the authorization request; not expired",
        do "burn the code; make tokens; tell the scope where that is mandatory" => ["Exchanged"] F
        log [own(OwnEvent::TokenIssued)] when authorizing;
    T1B "T1b" ["Issued"] "Token request with the code", if "as T1, but the client may use nothing of it by the list",
        do "burn the code; invalid_scope" => ["Burnt"] F log [own(OwnEvent::TokenRefused)] when listed_at_token;
    T2 "T2" ["Issued"] "Token request with the code",
        if "the client is authenticated, but is another, the redirect URI is missing or differs, or the code has expired",
        do "burn the code; no token" => ["Burnt"] F log [own(OwnEvent::TokenRefused)] when authorizing;
    T3 "T3" ["Issued"] "Tick", if "the code has expired", do "" => ["Expired"] O log [] when authorizing;
    T4 "T4" ["Exchanged", "Burnt", "Expired", "Revoked"] "Token request with the code", if "",
        do "no token; revoke what was obtained by it" => ["Revoked"] O
        log [own(OwnEvent::TokenRefused), own(OwnEvent::CodeReplayed)] when authorizing;
    T5 "T5" ["Exchanged"] "Refresh request", if "the refresh token is current, of this client, and the consent stands",
        do "check list, availability and age anew; new tokens, the old one is void" => ["Exchanged"] F
        log [own(OwnEvent::TokenIssued)] when langdurig;
    T6 "T6" ["Exchanged", "Expired", "Revoked"] "Refresh request", if "otherwise", do "an error"
        => ["Exchanged", "Expired", "Revoked"] O log [own(OwnEvent::TokenRefused)] when langdurig;
    T6_REPLAYED "T6" ["Exchanged", "Expired", "Revoked"] "Refresh request", if "the token had been replaced",
        do "an error; revoke all that stems from the consent" => ["Revoked"] O
        log [own(OwnEvent::TokenRefused), own(OwnEvent::RefreshTokenReplayed)] when langdurig;
    T7 "T7" ["Issued", "Exchanged"] "Consent withdrawn", if "",
        do "revoke code, access and refresh tokens: nothing is given from now on" => ["Revoked"] F
        log [own(OwnEvent::ConsentWithdrawn)] when langdurig;
    T8 "T8" ["Exchanged"] "Tick", if "half a year without a refresh", do "the consent is not valid any more"
        => ["Expired"] F log [] when langdurig;
    T9 "T9" ["Exchanged"] "Tick", if "no refresh token, and the access token has expired", do "" => ["Expired"] O log []
        when authorizing;
}
