//! The Zorgaanbiederslijst (ZAL), in 2.x prose *Aanbiederslijst*: who offers which Gegevensdienst at which addresses.

mod builder;
mod schema;
mod tables;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use medmij_core::{
    Aanbiedernaam, Aanbiedertype, Abonneren, BackchannelUri, FrontchannelUri, GegevensdienstId, InterfaceversieId,
    Offer, Offers, Release, Systeemrol as OfferedRol, Systeemrolcode,
};

use crate::Gegevensdienstnamenlijst;
use crate::envelope::{Envelope, Parsed, parse};
use crate::error::Rejected;
use crate::limits::Limits;
use crate::values::{Dagen, Listed};

pub(crate) use builder::ZalBuilder;
pub(crate) use schema::{RELEASE2, RELEASE3};
use tables::Tables;

/// A Zorgaanbiederslijst that was read and found right: immutable, indexed by name, cheap to clone
/// [ZAL, release2] [ZAL, release3].
///
/// What repeats in the list (addresses, ids, codes) is kept as one value.
///
/// ```
/// use medmij_lists::{Limits, Zorgaanbiederslijst};
///
/// let xml = br#"<Zorgaanbiederslijst xmlns="xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release2/">
///   <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>
///   <Volgnummer>41</Volgnummer>
///   <Zorgaanbieders>
///     <Zorgaanbieder>
///       <Zorgaanbiedernaam>huisartsdevries@medmij</Zorgaanbiedernaam>
///       <Gegevensdiensten>
///         <Gegevensdienst>
///           <GegevensdienstId>49</GegevensdienstId>
///           <AuthorizationEndpoint>
///             <AuthorizationEndpointuri>https://as.dva.nl/auth</AuthorizationEndpointuri>
///           </AuthorizationEndpoint>
///           <TokenEndpoint><TokenEndpointuri>https://ts.dva.nl/token</TokenEndpointuri></TokenEndpoint>
///           <Systeemrollen>
///             <Systeemrol>
///               <Systeemrolcode>HG-2.0-HGB-FHIR</Systeemrolcode>
///               <ResourceEndpoint><ResourceEndpointuri>https://rs.dva.nl/fhir</ResourceEndpointuri></ResourceEndpoint>
///             </Systeemrol>
///           </Systeemrollen>
///         </Gegevensdienst>
///       </Gegevensdiensten>
///     </Zorgaanbieder>
///   </Zorgaanbieders>
/// </Zorgaanbiederslijst>"#;
///
/// let zal = Zorgaanbiederslijst::parse(xml, &Limits::default())?.list;
/// assert_eq!(zal.envelope().volgnummer.to_u64(), Some(41));
/// let huisarts = zal.zorgaanbieder(&"huisartsdevries@medmij".parse()?).unwrap();
/// let versie = huisarts.interfaceversies().next().unwrap();
/// let dienst = versie.gegevensdienst(&"49".parse()?).unwrap();
/// assert_eq!(dienst.token().as_str(), "https://ts.dva.nl/token");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Zorgaanbiederslijst(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    envelope: Envelope,
    tables: Tables,
}

impl Zorgaanbiederslijst {
    /// Reads a document, and checks it by the schema of the release that its namespace tells.
    ///
    /// In release3, whose official schema was not seen, a value that breaks only a facet or a cardinality that is inferred
    /// gives a warning.
    ///
    /// # Errors
    /// Everything that is wrong with the document, up to the limits.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed<Self>, Rejected> {
        parse::<ZalBuilder>(bytes, limits)
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// How many Zorgaanbieders there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.tables.zorgaanbieders.len()
    }

    /// Whether there is none, which is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The Zorgaanbieders in document order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Zorgaanbieder<'_>> {
        let tables = &self.0.tables;
        (0..self.len()).map(move |index| Zorgaanbieder { tables, index })
    }

    /// The Zorgaanbieder of a name: in constant time.
    #[must_use]
    pub fn zorgaanbieder(&self, naam: &Aanbiedernaam) -> Option<Zorgaanbieder<'_>> {
        let tables = &self.0.tables;
        let index = tables.zorgaanbieder(naam.as_str())?;
        Some(Zorgaanbieder { tables, index })
    }

    /// The Zorgaanbieders whose names start so, in document order: for a person who types a name. Each name is looked at.
    pub fn starting_with<'z>(&'z self, prefix: &'z str) -> impl Iterator<Item = Zorgaanbieder<'z>> {
        self.iter().filter(move |it| it.naam().as_str().starts_with(prefix))
    }

    /// The Zorgaanbieders that offer a Gegevensdienst, in whichever Interfaceversie, in document order. Each one is looked
    /// at.
    pub fn offering<'z>(&'z self, id: &GegevensdienstId) -> impl Iterator<Item = Zorgaanbieder<'z>> {
        let key = self.0.tables.gegevensdienst_ids.find(id.as_str());
        let rows = &self.0.tables.gegevensdiensten;
        self.iter().filter(move |it| {
            let mut versies = it.interfaceversies();
            key.is_some() && versies.any(|versie| versie.rows().any(|row| rows.get(row).map(|row| row.id) == key))
        })
    }

    /// What a Zorgaanbieder offers in a release, in groups that can go in one authorization request: those with the same
    /// authorization and token endpoint [lists.md 7.6].
    ///
    /// Gegevensdiensten are named from `namen`. One whose addresses cannot be used, or whose values are not of their types,
    /// is left out.
    #[must_use]
    pub fn offers(
        &self,
        naam: &Aanbiedernaam,
        release: Release,
        namen: Option<&Gegevensdienstnamenlijst>,
    ) -> Vec<Offers> {
        let Some(zorgaanbieder) = self.zorgaanbieder(naam) else {
            return Vec::new();
        };
        let mut groups: Vec<Vec<Offer>> = Vec::new();
        let mut group_of = HashMap::new();
        let mut seen = HashSet::new();
        for versie in zorgaanbieder.interfaceversies() {
            let id = versie.id().and_then(Listed::usable);
            let serves = (versie.id().is_none() || id.is_some()) && release.serves(id.as_ref());
            let offers = versie.gegevensdiensten().filter(|_| serves);
            for mut offer in offers.filter_map(|dienst| dienst.offer(naam, id.as_ref())) {
                // Where a release3 list has the same twice, the first counts, as it does in a look-up.
                if !seen.insert((offer.interfaceversie.clone(), offer.gegevensdienst.clone())) {
                    continue;
                }
                offer.naam = namen.and_then(|namen| namen.naam(&offer.gegevensdienst)).cloned();
                let key = (
                    offer.interfaceversie.clone(),
                    offer.authorization.clone(),
                    offer.token.clone(),
                );
                let group = *group_of.entry(key).or_insert(groups.len());
                match groups.get_mut(group) {
                    Some(group) => group.push(offer),
                    None => groups.push(vec![offer]),
                }
            }
        }
        groups.into_iter().filter_map(|group| Offers::new(group).ok()).collect()
    }
}

/// A Zorgaanbieder of a list.
#[derive(Clone, Copy, Debug)]
pub struct Zorgaanbieder<'z> {
    tables: &'z Tables,
    index: usize,
}

impl<'z> Zorgaanbieder<'z> {
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
        let tables = self.tables;
        let index = tables.interfaceversie(self.index, id.map(InterfaceversieId::as_str))?;
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
        self.rows().map(move |index| Gegevensdienst { tables, index })
    }

    /// The Gegevensdienst of an id: in constant time.
    #[must_use]
    pub fn gegevensdienst(self, id: &GegevensdienstId) -> Option<Gegevensdienst<'z>> {
        let tables = self.tables;
        let index = tables.gegevensdienst(self.index, id.as_str())?;
        Some(Gegevensdienst { tables, index })
    }

    fn rows(self) -> std::ops::Range<usize> {
        self.tables.gegevensdiensten_of(self.index)
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
    #[must_use]
    pub fn offer(self, aanbieder: &Aanbiedernaam, interfaceversie: Option<&InterfaceversieId>) -> Option<Offer> {
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
