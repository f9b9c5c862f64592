//! The schemas of the Zorgaanbiederslijst: release2 as published, release3 as derived from its example.

use crate::envelope::{EnvelopeField, tijdstempel, volgnummer};
use crate::schema::{Element, Facets, Schema, any, inferred, once, optional, some};

/// An element of the Zorgaanbiederslijst, as its builder knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    /// An element that only holds others and that the builder needs not know of.
    Wrapper,
    Envelope(EnvelopeField),
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

static TIJDSTEMPEL: Element<Field> = tijdstempel(Field::Envelope(EnvelopeField::Tijdstempel));
static VOLGNUMMER: Element<Field> = volgnummer(Field::Envelope(EnvelopeField::Volgnummer));

static ZORGAANBIEDERSLIJST_2: Element<Field> = Element::sequence(
    "Zorgaanbiederslijst",
    Field::Wrapper,
    &[once(&TIJDSTEMPEL), once(&VOLGNUMMER), once(&ZORGAANBIEDERS_2)],
);
static ZORGAANBIEDERS_2: Element<Field> = Element::sequence("Zorgaanbieders", Field::Wrapper, &[any(&ZORGAANBIEDER_2)]);
static ZORGAANBIEDER_2: Element<Field> = Element::sequence(
    "Zorgaanbieder",
    Field::Zorgaanbieder,
    &[once(&ZORGAANBIEDERNAAM), once(&GEGEVENSDIENSTEN_2)],
);
static GEGEVENSDIENSTEN_2: Element<Field> =
    Element::sequence("Gegevensdiensten", Field::Wrapper, &[some(&GEGEVENSDIENST_2)]);
static GEGEVENSDIENST_2: Element<Field> = Element::sequence(
    "Gegevensdienst",
    Field::Gegevensdienst,
    &[
        once(&GEGEVENSDIENST_ID),
        once(&AUTHORIZATION_ENDPOINT),
        once(&TOKEN_ENDPOINT),
        once(&SYSTEEMROLLEN),
    ],
);

static ZORGAANBIEDERSLIJST_3: Element<Field> = Element::sequence(
    "Zorgaanbiederslijst",
    Field::Wrapper,
    &[once(&TIJDSTEMPEL), once(&VOLGNUMMER), once(&ZORGAANBIEDERS_3)],
);
static ZORGAANBIEDERS_3: Element<Field> =
    Element::sequence("Zorgaanbieders", Field::Wrapper, &[inferred(any(&ZORGAANBIEDER_3))]);
static ZORGAANBIEDER_3: Element<Field> = Element::sequence(
    "Zorgaanbieder",
    Field::Zorgaanbieder,
    &[once(&ZORGAANBIEDERNAAM), once(&AANBIEDERTYPE), once(&INTERFACEVERSIES)],
);
static AANBIEDERTYPE: Element<Field> = Element::text("Aanbiedertype", "Aanbiedertype", Field::Aanbiedertype);
static INTERFACEVERSIES: Element<Field> =
    Element::sequence("Interfaceversies", Field::Wrapper, &[inferred(some(&INTERFACEVERSIE))]);
static INTERFACEVERSIE: Element<Field> = Element::sequence(
    "Interfaceversie",
    Field::Interfaceversie,
    &[once(&INTERFACEVERSIE_ID), once(&GEGEVENSDIENSTEN_3)],
);
static INTERFACEVERSIE_ID: Element<Field> =
    Element::text("InterfaceversieId", "InterfaceversieId", Field::InterfaceversieId);
static GEGEVENSDIENSTEN_3: Element<Field> =
    Element::sequence("Gegevensdiensten", Field::Wrapper, &[some(&GEGEVENSDIENST_3)]);
static GEGEVENSDIENST_3: Element<Field> = Element::sequence(
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
static ABONNEREN: Element<Field> = Element::sequence(
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
static AUTHORIZATION_ENDPOINT: Element<Field> = Element::sequence(
    "AuthorizationEndpoint",
    Field::Wrapper,
    &[once(&AUTHORIZATION_ENDPOINTURI)],
);
static AUTHORIZATION_ENDPOINTURI: Element<Field> = Element::text(
    "AuthorizationEndpointuri",
    "Frontchanneluri",
    Field::AuthorizationEndpointuri,
);
static TOKEN_ENDPOINT: Element<Field> = Element::sequence("TokenEndpoint", Field::Wrapper, &[once(&TOKEN_ENDPOINTURI)]);
static TOKEN_ENDPOINTURI: Element<Field> = Element::text("TokenEndpointuri", "Backchanneluri", Field::TokenEndpointuri);
static SYSTEEMROLLEN: Element<Field> = Element::sequence("Systeemrollen", Field::Wrapper, &[some(&SYSTEEMROL)]);
static SYSTEEMROL: Element<Field> = Element::sequence(
    "Systeemrol",
    Field::Systeemrol,
    &[once(&SYSTEEMROLCODE), once(&RESOURCE_ENDPOINT)],
);
static SYSTEEMROLCODE: Element<Field> = Element::text("Systeemrolcode", "Systeemrolcode", Field::Systeemrolcode);
static RESOURCE_ENDPOINT: Element<Field> =
    Element::sequence("ResourceEndpoint", Field::Wrapper, &[once(&RESOURCE_ENDPOINTURI)]);
static RESOURCE_ENDPOINTURI: Element<Field> =
    Element::text("ResourceEndpointuri", "Backchanneluri", Field::ResourceEndpointuri);
