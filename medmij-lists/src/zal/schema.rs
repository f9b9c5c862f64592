//! The schemas of the Zorgaanbiederslijst: release2 as published, release3 as derived from its example.

use crate::schema::{Element, Facets, Schema, any, inferred, list_root, once, optional, some};

/// An element of the Zorgaanbiederslijst, as its builder knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    Zorgaanbieder,
    Zorgaanbiedernaam,
    Aanbiedertype,
    Interfaceversie,
    InterfaceversieId,
    Gegevensdienst,
    GegevensdienstId,
    AuthorizationEndpointuri,
    TokenEndpointuri,
    Abonneren,
    MaximaleDuur,
    SubscriptionEndpointuri,
    Systeemrol,
    Systeemrolcode,
    ResourceEndpointuri,
}

/// The namespace of the list of release 1.1.x, without Interfaceversies.
pub(crate) const RELEASE2: &str = "xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release2/";

/// The namespace of the list with Interfaceversies.
pub(crate) const RELEASE3: &str = "xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release3/";

pub(crate) static SCHEMAS: [Schema<Field>; 2] = [
    Schema {
        namespace: RELEASE3,
        root: &ZORGAANBIEDERSLIJST_3,
        facets: Facets::Derived,
    },
    Schema {
        namespace: RELEASE2,
        root: &ZORGAANBIEDERSLIJST_2,
        facets: Facets::Official,
    },
];

static ZORGAANBIEDERSLIJST_2: Element<Field> =
    list_root!(Field, "Zorgaanbiederslijst" { "Zorgaanbieders" { any(&ZORGAANBIEDER_2) } });
static ZORGAANBIEDER_2: Element<Field> = Element::entry(
    "Zorgaanbieder",
    Field::Zorgaanbieder,
    &[once(&ZORGAANBIEDERNAAM), once(&GEGEVENSDIENSTEN_2)],
);
static GEGEVENSDIENSTEN_2: Element<Field> = Element::group("Gegevensdiensten", &[some(&GEGEVENSDIENST_2)]);
static GEGEVENSDIENST_2: Element<Field> = Element::entry(
    "Gegevensdienst",
    Field::Gegevensdienst,
    &[
        once(&GEGEVENSDIENST_ID),
        once(&AUTHORIZATION_ENDPOINT),
        once(&TOKEN_ENDPOINT),
        once(&SYSTEEMROLLEN),
    ],
);

static ZORGAANBIEDERSLIJST_3: Element<Field> =
    list_root!(Field, "Zorgaanbiederslijst" { "Zorgaanbieders" { inferred(any(&ZORGAANBIEDER_3)) } });
static ZORGAANBIEDER_3: Element<Field> = Element::entry(
    "Zorgaanbieder",
    Field::Zorgaanbieder,
    &[once(&ZORGAANBIEDERNAAM), once(&AANBIEDERTYPE), once(&INTERFACEVERSIES)],
);
static AANBIEDERTYPE: Element<Field> = Element::text("Aanbiedertype", "Aanbiedertype", Field::Aanbiedertype);
static INTERFACEVERSIES: Element<Field> = Element::group("Interfaceversies", &[inferred(some(&INTERFACEVERSIE))]);
static INTERFACEVERSIE: Element<Field> = Element::entry(
    "Interfaceversie",
    Field::Interfaceversie,
    &[once(&INTERFACEVERSIE_ID), once(&GEGEVENSDIENSTEN_3)],
);
static INTERFACEVERSIE_ID: Element<Field> =
    Element::text("InterfaceversieId", "InterfaceversieId", Field::InterfaceversieId);
static GEGEVENSDIENSTEN_3: Element<Field> = Element::group("Gegevensdiensten", &[some(&GEGEVENSDIENST_3)]);
static GEGEVENSDIENST_3: Element<Field> = Element::entry(
    "Gegevensdienst",
    Field::Gegevensdienst,
    &[
        once(&GEGEVENSDIENST_ID),
        once(&AUTHORIZATION_ENDPOINT),
        once(&TOKEN_ENDPOINT),
        inferred(optional(&ABONNEREN)),
        once(&SYSTEEMROLLEN),
    ],
);
static ABONNEREN: Element<Field> = Element::entry(
    "Abonneren",
    Field::Abonneren,
    &[once(&MAXIMALE_DUUR), once(&SUBSCRIPTION_ENDPOINTURI)],
);
static MAXIMALE_DUUR: Element<Field> = Element::text("MaximaleDuur", "Positiefnummer", Field::MaximaleDuur);
static SUBSCRIPTION_ENDPOINTURI: Element<Field> = Element::text(
    "SubscriptionEndpointuri",
    "Backchanneluri",
    Field::SubscriptionEndpointuri,
);

static ZORGAANBIEDERNAAM: Element<Field> =
    Element::text("Zorgaanbiedernaam", "Zorgaanbiedernaam", Field::Zorgaanbiedernaam);
static GEGEVENSDIENST_ID: Element<Field> =
    Element::text("GegevensdienstId", "GegevensdienstId", Field::GegevensdienstId);
static AUTHORIZATION_ENDPOINT: Element<Field> =
    Element::group("AuthorizationEndpoint", &[once(&AUTHORIZATION_ENDPOINTURI)]);
static AUTHORIZATION_ENDPOINTURI: Element<Field> = Element::text(
    "AuthorizationEndpointuri",
    "Frontchanneluri",
    Field::AuthorizationEndpointuri,
);
static TOKEN_ENDPOINT: Element<Field> = Element::group("TokenEndpoint", &[once(&TOKEN_ENDPOINTURI)]);
static TOKEN_ENDPOINTURI: Element<Field> = Element::text("TokenEndpointuri", "Backchanneluri", Field::TokenEndpointuri);
static SYSTEEMROLLEN: Element<Field> = Element::group("Systeemrollen", &[some(&SYSTEEMROL)]);
static SYSTEEMROL: Element<Field> = Element::entry(
    "Systeemrol",
    Field::Systeemrol,
    &[once(&SYSTEEMROLCODE), once(&RESOURCE_ENDPOINT)],
);
static SYSTEEMROLCODE: Element<Field> = Element::text("Systeemrolcode", "Systeemrolcode", Field::Systeemrolcode);
static RESOURCE_ENDPOINT: Element<Field> = Element::group("ResourceEndpoint", &[once(&RESOURCE_ENDPOINTURI)]);
static RESOURCE_ENDPOINTURI: Element<Field> =
    Element::text("ResourceEndpointuri", "Backchanneluri", Field::ResourceEndpointuri);
