//! The later form of the OAuth Client List, from the 1.2 line on, **which was not seen**.
//!
//! Its content is known from prose [ext.abo.authint.201, 2.x] [Subscription notification interface, 1.4.0, 2.0.2]: per
//! client and Interfaceversie which Gegevensdiensten it may use, and where it is notified. The namespace, the names of the
//! elements, their order, their number and the level of the endpoints are inferred from the style of the
//! Zorgaanbiederslijst. All that was inferred stands in this file, to be corrected in one place.

use medmij_core::{BackchannelUri, OAuthClientInterfaceversie};

use super::{CLIENTS, Field, HOSTNAME, ORGANISATIENAAM, ROOT};
use crate::schema::{Element, Facets, Schema, any, inferred, list_root, once, optional, some};
use crate::xml::XmlWriter;

pub(crate) const NAMESPACE: &str = "xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release3/";

pub(super) const SCHEMA: Schema<Field> = Schema {
    namespace: NAMESPACE,
    root: &OAUTHCLIENTLIST,
    facets: Facets::Derived,
};

const INTERFACEVERSIES: &str = "Interfaceversies";
const INTERFACEVERSIE: &str = "Interfaceversie";
const INTERFACEVERSIE_ID: &str = "InterfaceversieId";
const GEGEVENSDIENSTEN: &str = "Gegevensdiensten";
const GEGEVENSDIENST: &str = "Gegevensdienst";
const GEGEVENSDIENST_ID: &str = "GegevensdienstId";
const SUBSCRIPTION_NOTIFICATION: [&str; 2] = [
    "SubscriptionNotificationEndpoint",
    "SubscriptionNotificationEndpointuri",
];
const RESOURCE_NOTIFICATION: [&str; 2] = ["ResourceNotificationEndpoint", "ResourceNotificationEndpointuri"];

static OAUTHCLIENTLIST: Element<Field> = list_root!(Field, ROOT { CLIENTS { inferred(any(&CLIENT)) } });
static CLIENT: Element<Field> = Element::entry(
    "OAuthclient",
    Field::OAuthclient,
    &[once(&HOSTNAME), once(&ORGANISATIENAAM), inferred(optional(&VERSIES))],
);
static VERSIES: Element<Field> = Element::group(INTERFACEVERSIES, &[inferred(some(&VERSIE))]);
static VERSIE: Element<Field> = Element::entry(
    INTERFACEVERSIE,
    Field::Interfaceversie,
    &[
        once(&VERSIE_ID),
        inferred(optional(&DIENSTEN)),
        // In either order; or below a Gegevensdienst.
        inferred(optional(&RESOURCE)),
        inferred(optional(&SUBSCRIPTION)),
        inferred(optional(&RESOURCE)),
    ],
);
static VERSIE_ID: Element<Field> = Element::text(INTERFACEVERSIE_ID, "InterfaceversieId", Field::InterfaceversieId);
static DIENSTEN: Element<Field> = Element::entry(GEGEVENSDIENSTEN, Field::Gegevensdiensten, &[inferred(some(&DIENST))]);
static DIENST: Element<Field> = Element::group(
    GEGEVENSDIENST,
    &[
        once(&DIENST_ID),
        inferred(optional(&RESOURCE)),
        inferred(optional(&SUBSCRIPTION)),
        inferred(optional(&RESOURCE)),
    ],
);
static DIENST_ID: Element<Field> = Element::text(GEGEVENSDIENST_ID, "GegevensdienstId", Field::GegevensdienstId);
static SUBSCRIPTION: Element<Field> =
    Element::group(SUBSCRIPTION_NOTIFICATION[0], &[inferred(once(&SUBSCRIPTION_URI))]);
static SUBSCRIPTION_URI: Element<Field> = Element::text(
    SUBSCRIPTION_NOTIFICATION[1],
    "Backchanneluri",
    Field::SubscriptionNotification,
);
static RESOURCE: Element<Field> = Element::group(RESOURCE_NOTIFICATION[0], &[inferred(once(&RESOURCE_URI))]);
static RESOURCE_URI: Element<Field> =
    Element::text(RESOURCE_NOTIFICATION[1], "Backchanneluri", Field::ResourceNotification);

pub(super) fn write_interfaceversies(xml: &mut XmlWriter, versies: &[OAuthClientInterfaceversie]) {
    if versies.is_empty() {
        return;
    }
    xml.element(INTERFACEVERSIES, |xml| {
        for versie in versies {
            xml.element(INTERFACEVERSIE, |xml| {
                xml.text(INTERFACEVERSIE_ID, versie.id.as_ref().map_or("", |id| id.as_str()));
                if let Some(ids) = &versie.gegevensdiensten {
                    xml.element(GEGEVENSDIENSTEN, |xml| {
                        for id in ids {
                            xml.element(GEGEVENSDIENST, |xml| xml.text(GEGEVENSDIENST_ID, id.as_str()));
                        }
                    });
                }
                write_endpoint(
                    xml,
                    SUBSCRIPTION_NOTIFICATION,
                    versie.subscription_notification.as_ref(),
                );
                write_endpoint(xml, RESOURCE_NOTIFICATION, versie.resource_notification.as_ref());
            });
        }
    });
}

fn write_endpoint(xml: &mut XmlWriter, [endpoint, uri]: [&str; 2], address: Option<&BackchannelUri>) {
    if let Some(address) = address {
        xml.element(endpoint, |xml| xml.text(uri, address.as_str()));
    }
}
