//! What stands in a Zorgaanbiederslijst: views of its tables, which cost nothing to copy.

use medmij_core::{
    Aanbiedernaam, Aanbiedertype, Abonneren, BackchannelUri, FrontchannelUri, GegevensdienstId, InterfaceversieId,
    Offer, Systeemrol as OfferedRol, Systeemrolcode,
};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::tables::Tables;
use crate::json::Each;
use crate::pool::Key;
use crate::values::{Dagen, Listed};

/// A Zorgaanbieder of a list.
#[derive(Clone, Copy, Debug)]
pub struct Zorgaanbieder<'z> {
    tables: &'z Tables,
    index: usize,
}

impl<'z> Zorgaanbieder<'z> {
    pub(super) const fn new(tables: &'z Tables, index: usize) -> Self {
        Self { tables, index }
    }

    /// Its name in the list, and no other's.
    pub(crate) fn key(self) -> Option<Key> {
        self.tables.zorgaanbieders.get(self.index).map(|row| row.naam)
    }

    pub(super) fn is_at(self, index: Option<usize>) -> bool {
        index == Some(self.index)
    }

    /// Whether it offers the Gegevensdienst in any Interfaceversie.
    pub(super) fn offers(self, gegevensdienst: Key) -> bool {
        let versies = self.tables.interfaceversies_of(self.index);
        let start = self.tables.gegevensdiensten_of(versies.start).start;
        let end = match versies.is_empty() {
            true => start,
            false => self.tables.gegevensdiensten_of(versies.end - 1).end,
        };
        let rows = self.tables.gegevensdiensten.get(start..end).unwrap_or_default();
        rows.iter().any(|row| row.id == gegevensdienst)
    }

    /// Its name.
    #[must_use]
    pub fn naam(self) -> Listed<'z, Aanbiedernaam> {
        let row = self.tables.zorgaanbieders.get(self.index);
        Listed::new(row.map_or("", |row| self.tables.namen.get(row.naam)))
    }

    /// Its type; `None` in release2.
    #[must_use]
    pub fn aanbiedertype(self) -> Option<Aanbiedertype> {
        let row = self.tables.zorgaanbieders.get(self.index)?;
        Some(Aanbiedertype::from(self.tables.aanbiedertypes.get(row.aanbiedertype?)))
    }

    /// Its Interfaceversies in document order; in release2 a single one without an id.
    #[must_use]
    pub fn interfaceversies(self) -> impl ExactSizeIterator<Item = Interfaceversie<'z>> {
        let tables = self.tables;
        tables
            .interfaceversies_of(self.index)
            .map(move |index| Interfaceversie { tables, index })
    }

    /// The Interfaceversie of an id, or with `None` the only one of release2: in constant time.
    #[must_use]
    pub fn interfaceversie(self, id: Option<&InterfaceversieId>) -> Option<Interfaceversie<'z>> {
        self.versie(id.map(InterfaceversieId::as_str))
    }

    /// The Interfaceversie with this text as its id.
    pub(crate) fn versie(self, id: Option<&str>) -> Option<Interfaceversie<'z>> {
        let tables = self.tables;
        let index = tables.interfaceversie(self.index, id)?;
        Some(Interfaceversie { tables, index })
    }
}

/// An Interfaceversie of a Zorgaanbieder.
#[derive(Clone, Copy, Debug)]
pub struct Interfaceversie<'z> {
    tables: &'z Tables,
    index: usize,
}

impl<'z> Interfaceversie<'z> {
    /// Its id; `None` in release2.
    #[must_use]
    pub fn id(self) -> Option<Listed<'z, InterfaceversieId>> {
        let row = self.tables.interfaceversies.get(self.index)?;
        Some(Listed::new(self.tables.interfaceversie_ids.get(row.id?)))
    }

    /// Its Gegevensdiensten in document order.
    #[must_use]
    pub fn gegevensdiensten(self) -> impl ExactSizeIterator<Item = Gegevensdienst<'z>> {
        let tables = self.tables;
        tables
            .gegevensdiensten_of(self.index)
            .map(move |index| Gegevensdienst { tables, index })
    }

    /// The Gegevensdienst of an id: in constant time.
    #[must_use]
    pub fn gegevensdienst(self, id: &GegevensdienstId) -> Option<Gegevensdienst<'z>> {
        self.dienst(id.as_str())
    }

    /// The Gegevensdienst with this text as its id.
    pub(crate) fn dienst(self, id: &str) -> Option<Gegevensdienst<'z>> {
        let tables = self.tables;
        let index = tables.gegevensdienst(self.index, id)?;
        Some(Gegevensdienst { tables, index })
    }

    /// Its id in the list, and no other's.
    pub(crate) fn key(self) -> Option<Key> {
        self.tables.interfaceversies.get(self.index)?.id
    }
}

/// A Gegevensdienst of a Zorgaanbieder in an Interfaceversie.
#[derive(Clone, Copy, Debug)]
pub struct Gegevensdienst<'z> {
    tables: &'z Tables,
    index: usize,
}

impl<'z> Gegevensdienst<'z> {
    /// Its id.
    #[must_use]
    pub fn id(self) -> Listed<'z, GegevensdienstId> {
        let row = self.tables.gegevensdiensten.get(self.index);
        Listed::new(row.map_or("", |row| self.tables.gegevensdienst_ids.get(row.id)))
    }

    /// Its id in the list, and no other's.
    pub(crate) fn key(self) -> Option<Key> {
        self.tables.gegevensdiensten.get(self.index).map(|row| row.id)
    }

    /// The authorization endpoint.
    #[must_use]
    pub fn authorization(self) -> Listed<'z, FrontchannelUri> {
        let row = self.tables.gegevensdiensten.get(self.index);
        Listed::new(row.map_or("", |row| self.tables.frontchannel.get(row.authorization)))
    }

    /// The token endpoint.
    #[must_use]
    pub fn token(self) -> Listed<'z, BackchannelUri> {
        let row = self.tables.gegevensdiensten.get(self.index);
        Listed::new(row.map_or("", |row| self.tables.backchannel.get(row.token)))
    }

    /// The longest duration of an Abonnement and the subscription endpoint, if Abonneren is offered.
    #[must_use]
    pub fn abonneren(self) -> Option<(Listed<'z, Dagen>, Listed<'z, BackchannelUri>)> {
        let row = self.tables.gegevensdiensten.get(self.index)?;
        let row = self.tables.abonneren.get(row.abonneren?.index())?;
        let subscription = Listed::new(self.tables.backchannel.get(row.subscription));
        Some((Listed::new(self.tables.dagen.get(row.maximale_duur)), subscription))
    }

    /// The system roles with their resource endpoints, in document order.
    pub fn systeemrollen(self) -> impl Iterator<Item = (Listed<'z, Systeemrolcode>, Listed<'z, BackchannelUri>)> {
        let tables = self.tables;
        let rows = tables.systeemrollen.get(tables.systeemrollen_of(self.index));
        rows.unwrap_or_default().iter().map(move |row| {
            let code = Listed::new(tables.codes.get(row.code));
            (code, Listed::new(tables.backchannel.get(row.resource)))
        })
    }

    /// The same as a core value, if it can be used: all its parts are of their types, and requests can be sent to its
    /// addresses. A system role or Abonneren that cannot be used is left out.
    pub(super) fn offer(self, aanbieder: &Aanbiedernaam, interfaceversie: Option<&InterfaceversieId>) -> Option<Offer> {
        let backchannel = |uri: Listed<'_, BackchannelUri>| uri.usable().filter(|uri| uri.to_uri().is_ok());
        let authorization = self.authorization().usable().filter(|uri| uri.to_uri().is_ok())?;
        let id = self.id().usable()?;
        let token = backchannel(self.token())?;
        let mut offer = Offer::new(aanbieder.clone(), interfaceversie.cloned(), id, authorization, token);
        offer.abonneren = self.abonneren().and_then(|(duur, uri)| {
            Some(Abonneren {
                maximale_duur: duur.usable()?.count(),
                subscription: backchannel(uri)?,
            })
        });
        offer.systeemrollen = self
            .systeemrollen()
            .filter_map(|(code, uri)| {
                Some(OfferedRol {
                    code: code.usable()?,
                    resource: backchannel(uri)?,
                })
            })
            .collect();
        Some(offer)
    }
}

impl PartialEq for Zorgaanbieder<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.naam() == other.naam()
            && self.aanbiedertype() == other.aanbiedertype()
            && self.interfaceversies().eq(other.interfaceversies())
    }
}

impl Eq for Zorgaanbieder<'_> {}

impl PartialEq for Interfaceversie<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id() && self.gegevensdiensten().eq(other.gegevensdiensten())
    }
}

impl Eq for Interfaceversie<'_> {}

impl PartialEq for Gegevensdienst<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
            && self.authorization() == other.authorization()
            && self.token() == other.token()
            && self.abonneren() == other.abonneren()
            && self.systeemrollen().eq(other.systeemrollen())
    }
}

impl Eq for Gegevensdienst<'_> {}

impl Serialize for Zorgaanbieder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let aanbiedertype = self.aanbiedertype();
        let mut object = serializer.serialize_struct("Zorgaanbieder", 3)?;
        object.serialize_field("naam", &self.naam())?;
        object.serialize_field("type", &aanbiedertype.as_ref().map(Aanbiedertype::as_str))?;
        object.serialize_field("interfaceversies", &Each(|| self.interfaceversies()))?;
        object.end()
    }
}

impl Serialize for Interfaceversie<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Interfaceversie", 2)?;
        object.serialize_field("id", &self.id())?;
        object.serialize_field("gegevensdiensten", &Each(|| self.gegevensdiensten()))?;
        object.end()
    }
}

impl Serialize for Gegevensdienst<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Rol<'z> {
            code: Listed<'z, Systeemrolcode>,
            resource: Listed<'z, BackchannelUri>,
        }
        let (maximale_duur, subscription) = self.abonneren().unzip();
        let rollen = || self.systeemrollen().map(|(code, resource)| Rol { code, resource });
        let mut object = serializer.serialize_struct("Gegevensdienst", 6)?;
        object.serialize_field("id", &self.id())?;
        object.serialize_field("authorization", &self.authorization())?;
        object.serialize_field("token", &self.token())?;
        object.serialize_field("subscription", &subscription)?;
        object.serialize_field("maximale_duur", &maximale_duur.map(Duur))?;
        object.serialize_field("systeemrollen", &Each(rollen))?;
        object.end()
    }
}

/// A number of days as a JSON number, or as text where it is none or larger than any duration.
struct Duur<'z>(Listed<'z, Dagen>);

impl Serialize for Duur<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.usable().map(|dagen| dagen.count()) {
            None | Some(u32::MAX) => self.0.serialize(serializer),
            Some(dagen) => serializer.serialize_u32(dagen),
        }
    }
}
