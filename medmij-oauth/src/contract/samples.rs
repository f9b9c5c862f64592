//! Values to store.

use std::collections::BTreeSet;

use medmij_core::{
    Aanbiedernaam, Digest, GegevensdienstId, Hostname, OAuthClient, Offer, Offers, Random, RandomError, Release,
    TestMoment,
};
use time::{Duration, UtcDateTime};

use crate::abonneren::AbonnementState;
use crate::authorize::{AuthorizationSettings, Directory};
use crate::dva::{
    self, Abonnement, AccessGrant, CodeGrant, Identity, IdentityStep, NewTokens, Opened, RefreshGrant, Session,
};
use crate::dvp::{Begun, Dvp, HeldRefresh, HeldToken, ResourceQuery, TokenKey};
use crate::exchange::{TOKEN_LIFETIME, half_a_year_after};
use crate::scope::ScopeFunction;

const RELEASE: Release = Release::R2_2;
const RIGHT: &str = "a right sample";
pub(super) const BSN: &str = "999990019";

/// Randomness for samples, predictable.
struct Counting(u8);

impl Random for Counting {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        self.0 = self.0.wrapping_add(1);
        bytes.fill(self.0);
        Ok(())
    }
}

/// The directory of the sample DVA.
struct Lists(OAuthClient, Offers);

impl Directory for Lists {
    fn client(&self, _: &Hostname) -> Option<OAuthClient> {
        Some(self.0.clone())
    }

    fn offers(&self, _: &Aanbiedernaam, _: ScopeFunction, _: Release) -> Option<Offers> {
        Some(self.1.clone())
    }
}

pub(super) fn now() -> UtcDateTime {
    UtcDateTime::UNIX_EPOCH.saturating_add(Duration::days(20_000))
}

pub(super) fn later(seconds: i64) -> UtcDateTime {
    now().saturating_add(Duration::seconds(seconds))
}

pub(super) fn key(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn id(text: &str) -> GegevensdienstId {
    text.parse().expect(RIGHT)
}

fn offers() -> Offers {
    let offer = Offer::new(
        "umcharderwijk@medmij".parse().expect(RIGHT),
        Some("2".parse().expect(RIGHT)),
        id("48"),
        "https://as.dva.nl/auth".parse().expect(RIGHT),
        "https://ts.dva.nl/token".parse().expect(RIGHT),
    );
    offer.into()
}

/// A run that was begun; runs of other seeds have another state.
pub(super) fn begun(seed: u8) -> Begun {
    let dvp = Dvp::new(RELEASE, "https://medmij.pgo.nl/cb".parse().expect(RIGHT)).expect(RIGHT);
    let query = ResourceQuery::new(
        id("48"),
        "ROL".parse().expect(RIGHT),
        "Patient",
        "application/fhir+json",
    );
    let selected = dvp.verzamelen(offers(), vec![query.expect(RIGHT)]).expect(RIGHT);
    selected.begin(now(), &mut Counting(seed)).expect(RIGHT)
}

/// A session that waits for its declaration.
pub(super) fn session() -> Session {
    let begun = begun(0);
    let organisatienaam = "De Enige Echte PGO".parse().expect(RIGHT);
    let client = OAuthClient::new("medmij.pgo.nl".parse().expect(RIGHT), organisatienaam);
    let request = http::Request::get(begun.redirect.location()).body(()).expect(RIGHT);
    let settings = AuthorizationSettings::default();
    let opened = dva::open(&request, RELEASE, &Lists(client, offers()), &settings, now());
    let Opened::Landing { landing, .. } = opened else {
        panic!("{RIGHT}")
    };
    let resolving = landing.proceed(now()).0.response(now()).0;
    let identity = Identity::new(BSN.parse().expect(RIGHT));
    match resolving.identity(identity, TestMoment::Late, now()).0 {
        IdentityStep::Declare(declaration) => Session::AwaitingDeclaration(declaration),
        _ => panic!("{RIGHT}"),
    }
}

/// The grant of a code, told apart by its Gegevensdienst.
pub(super) fn code_grant(granted: &str) -> CodeGrant {
    CodeGrant {
        release: RELEASE,
        client_id: "medmij.pgo.nl".parse().expect(RIGHT),
        redirect_uri: "https://medmij.pgo.nl/cb".parse().expect(RIGHT),
        scope: crate::Scope::verzamelen(&offers(), RELEASE).expect(RIGHT),
        asked: BTreeSet::from([id("48")]),
        granted: BTreeSet::from([id(granted)]),
        dagen: None,
        bsn: BSN.parse().expect(RIGHT),
        tested: true,
        langdurig: true,
        correlation_id: None,
        expires_at: later(900),
        challenge: crate::pkce::Challenge::NotAgreed,
    }
}

/// The tokens of a family, by the names of their keys.
pub(super) fn tokens(family: &str, access: &str, refresh: Option<&str>) -> NewTokens {
    let CodeGrant {
        release,
        client_id,
        scope,
        granted,
        bsn,
        ..
    } = code_grant("48");
    let access_grant = AccessGrant {
        family: key(family),
        function: ScopeFunction::Verzamelen,
        client_id: client_id.clone(),
        aanbieder: scope.aanbieder().clone(),
        gegevensdiensten: granted.clone(),
        dagen: None,
        bsn: bsn.clone(),
        tested: true,
        correlation_id: None,
        expires_at: now().saturating_add(TOKEN_LIFETIME),
    };
    let refresh_grant = RefreshGrant {
        family: key(family),
        release,
        client_id,
        scope,
        gegevensdiensten: granted,
        bsn,
        expires_at: half_a_year_after(now()),
    };
    NewTokens {
        access_key: key(access),
        access: access_grant,
        refresh: refresh.map(|name| (key(name), refresh_grant)),
    }
}

/// A version of an Abonnement.
pub(super) fn abonnement(subscription_id: &str, version: u32) -> Abonnement {
    Abonnement {
        id: subscription_id.parse().expect(RIGHT),
        bsn: BSN.parse().expect(RIGHT),
        aanbieder: offers().aanbieder().clone(),
        gegevensdienst: id("48"),
        client_id: "medmij.pgo.nl".parse().expect(RIGHT),
        state: AbonnementState::Active {
            einde: later(i64::from(version) * 86_400).date(),
        },
        maximale_duur: 365,
        correlation_id: None,
        version,
    }
}

/// A token that a DVP holds, told apart by its text.
pub(super) fn held(token: &str) -> HeldToken {
    let offers = offers();
    HeldToken {
        release: RELEASE,
        function: ScopeFunction::Verzamelen,
        representation: medmij_core::Representation::None,
        aanbieder: offers.aanbieder().clone(),
        token_endpoint: offers.token().clone(),
        gegevensdiensten: BTreeSet::from([id("48")]),
        dagen: None,
        access_token: token.parse().expect(RIGHT),
        refresh: Some(HeldRefresh {
            token: "refresh".parse().expect(RIGHT),
            expires_at: half_a_year_after(now()),
        }),
        expires_at: later(900),
        correlation_id: "c0e7b545-9606-4eef-bea7-75d8addaa54b".parse().expect(RIGHT),
        consent: "c0e7b545-9606-4eef-bea7-75d8addaa54b".parse().expect(RIGHT),
    }
}

pub(super) fn token_key(person: &str) -> TokenKey {
    let HeldToken {
        release,
        function,
        aanbieder,
        token_endpoint,
        ..
    } = held("x");
    TokenKey {
        person: person.to_owned(),
        represented: None,
        function,
        release,
        aanbieder,
        token_endpoint,
    }
}
