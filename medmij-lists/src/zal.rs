//! The Zorgaanbiederslijst (ZAL), in 2.x prose *Aanbiederslijst*: who offers which Gegevensdienst at which addresses.

mod builder;
mod schema;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use medmij_core::{
    Aanbiedernaam, Aanbiedertype, Abonneren, BackchannelUri, FrontchannelUri, GegevensdienstId, InterfaceversieId,
    Offer, Offers, Release, Systeemrol as OfferedRol, Systeemrolcode,
};

use crate::Gegevensdienstnamenlijst;
use crate::envelope::{Envelope, Parsed, parse};
use crate::error::Rejected;
use crate::limits::Limits;
use crate::pool::{Key, Pool};
use crate::values::{Listed, Positiefnummer};

pub(crate) use schema::{RELEASE2, RELEASE3};

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
    zorgaanbieders: Vec<ZorgaanbiederRow>,
    interfaceversies: Vec<InterfaceversieRow>,
    gegevensdiensten: Vec<GegevensdienstRow>,
    systeemrollen: Vec<SysteemrolRow>,
    by_naam: HashMap<Aanbiedernaam, u32>,
    values: Values,
}

/// The values that repeat.
#[derive(Debug, Default)]
struct Values {
    interfaceversie_ids: Pool<InterfaceversieId>,
    gegevensdienst_ids: Pool<GegevensdienstId>,
    frontchannel: Pool<FrontchannelUri>,
    backchannel: Pool<BackchannelUri>,
    codes: Pool<Systeemrolcode>,
}

#[derive(Debug)]
struct ZorgaanbiederRow {
    naam: Listed<Aanbiedernaam>,
    aanbiedertype: Option<Aanbiedertype>,
    interfaceversies: Range<u32>,
}

#[derive(Debug)]
struct InterfaceversieRow {
    /// `None` in release2, which has no Interfaceversies.
    id: Option<Key>,
    gegevensdiensten: Range<u32>,
}

#[derive(Debug)]
struct GegevensdienstRow {
    id: Key,
    authorization: Key,
    token: Key,
    abonneren: Option<Box<AbonnerenRow>>,
    systeemrollen: Range<u32>,
}

#[derive(Debug)]
struct AbonnerenRow {
    maximale_duur: Listed<Dagen>,
    subscription: Key,
}

#[derive(Debug)]
struct SysteemrolRow {
    code: Key,
    resource: Key,
}

/// A number of days, of any size by the schema.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dagen(Positiefnummer);

impl Dagen {
    /// The number; one that is larger than any duration is taken as the largest.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.as_str().parse().unwrap_or(u32::MAX)
    }
}

impl AsRef<str> for Dagen {
    fn as_ref(&self) -> &str {
        self.0.as_str()
    }
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
        parse::<builder::ZalBuilder>(bytes, limits)
    }

    /// Which version of the list it is.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0.envelope
    }

    /// How many Zorgaanbieders there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.zorgaanbieders.len()
    }

    /// Whether there is none, which is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.zorgaanbieders.is_empty()
    }

    /// The Zorgaanbieders in document order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Zorgaanbieder<'_>> {
        self.0
            .zorgaanbieders
            .iter()
            .map(|row| Zorgaanbieder { list: &self.0, row })
    }

    /// The Zorgaanbieder of a name.
    #[must_use]
    pub fn zorgaanbieder(&self, naam: &Aanbiedernaam) -> Option<Zorgaanbieder<'_>> {
        let &index = self.0.by_naam.get(naam)?;
        let row = self.0.zorgaanbieders.get(index as usize)?;
        Some(Zorgaanbieder { list: &self.0, row })
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
            let serves = (versie.id().is_none() || id.is_some()) && release.serves(id);
            let offers = versie.gegevensdiensten().filter(|_| serves);
            for mut offer in offers.filter_map(|dienst| dienst.offer(naam, id)) {
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

/// The rows of a range, in document order.
fn rows<'z, R>(rows: &'z [R], range: &Range<u32>) -> std::slice::Iter<'z, R> {
    rows.get(range.start as usize..range.end as usize)
        .unwrap_or_default()
        .iter()
}

/// A Zorgaanbieder of a list.
#[derive(Clone, Copy, Debug)]
pub struct Zorgaanbieder<'z> {
    list: &'z Inner,
    row: &'z ZorgaanbiederRow,
}

impl<'z> Zorgaanbieder<'z> {
    /// Its name.
    #[must_use]
    pub const fn naam(self) -> &'z Listed<Aanbiedernaam> {
        &self.row.naam
    }

    /// Its type; `None` in release2.
    #[must_use]
    pub const fn aanbiedertype(self) -> Option<&'z Aanbiedertype> {
        self.row.aanbiedertype.as_ref()
    }

    /// Its Interfaceversies in document order; in release2 a single one without an id.
    #[must_use]
    pub fn interfaceversies(self) -> impl ExactSizeIterator<Item = Interfaceversie<'z>> {
        rows(&self.list.interfaceversies, &self.row.interfaceversies)
            .map(move |row| Interfaceversie { list: self.list, row })
    }
}

/// An Interfaceversie of a Zorgaanbieder.
#[derive(Clone, Copy, Debug)]
pub struct Interfaceversie<'z> {
    list: &'z Inner,
    row: &'z InterfaceversieRow,
}

impl<'z> Interfaceversie<'z> {
    /// Its id; `None` in release2.
    #[must_use]
    pub fn id(self) -> Option<&'z Listed<InterfaceversieId>> {
        self.list.values.interfaceversie_ids.get(self.row.id?)
    }

    /// Its Gegevensdiensten in document order.
    pub fn gegevensdiensten(self) -> impl Iterator<Item = Gegevensdienst<'z>> {
        rows(&self.list.gegevensdiensten, &self.row.gegevensdiensten)
            .filter_map(move |row| Gegevensdienst::new(self.list, row))
    }

    /// The Gegevensdienst of an id.
    #[must_use]
    pub fn gegevensdienst(self, id: &GegevensdienstId) -> Option<Gegevensdienst<'z>> {
        let key = self.list.values.gegevensdienst_ids.find(id.as_str())?;
        let row = rows(&self.list.gegevensdiensten, &self.row.gegevensdiensten).find(|row| row.id == key)?;
        Gegevensdienst::new(self.list, row)
    }
}

/// A Gegevensdienst of a Zorgaanbieder in an Interfaceversie.
#[derive(Clone, Copy, Debug)]
pub struct Gegevensdienst<'z> {
    list: &'z Inner,
    row: &'z GegevensdienstRow,
    id: &'z Listed<GegevensdienstId>,
    authorization: &'z Listed<FrontchannelUri>,
    token: &'z Listed<BackchannelUri>,
}

impl<'z> Gegevensdienst<'z> {
    fn new(list: &'z Inner, row: &'z GegevensdienstRow) -> Option<Self> {
        let Values {
            gegevensdienst_ids,
            frontchannel,
            backchannel,
            ..
        } = &list.values;
        Some(Self {
            list,
            row,
            id: gegevensdienst_ids.get(row.id)?,
            authorization: frontchannel.get(row.authorization)?,
            token: backchannel.get(row.token)?,
        })
    }

    /// Its id.
    #[must_use]
    pub const fn id(self) -> &'z Listed<GegevensdienstId> {
        self.id
    }

    /// The authorization endpoint.
    #[must_use]
    pub const fn authorization(self) -> &'z Listed<FrontchannelUri> {
        self.authorization
    }

    /// The token endpoint.
    #[must_use]
    pub const fn token(self) -> &'z Listed<BackchannelUri> {
        self.token
    }

    /// The longest duration of an Abonnement and the subscription endpoint, if Abonneren is offered.
    #[must_use]
    pub fn abonneren(self) -> Option<(&'z Listed<Dagen>, &'z Listed<BackchannelUri>)> {
        let row = self.row.abonneren.as_deref()?;
        Some((&row.maximale_duur, self.list.values.backchannel.get(row.subscription)?))
    }

    /// The system roles with their resource endpoints, in document order.
    pub fn systeemrollen(self) -> impl Iterator<Item = (&'z Listed<Systeemrolcode>, &'z Listed<BackchannelUri>)> {
        let Values { codes, backchannel, .. } = &self.list.values;
        rows(&self.list.systeemrollen, &self.row.systeemrollen)
            .filter_map(|row| Some((codes.get(row.code)?, backchannel.get(row.resource)?)))
    }

    /// The same as a core value, if it can be used: all its parts are of their types, and requests can be sent to its
    /// addresses. A system role or Abonneren that cannot be used is left out.
    #[must_use]
    pub fn offer(self, aanbieder: &Aanbiedernaam, interfaceversie: Option<&InterfaceversieId>) -> Option<Offer> {
        let backchannel = |uri: &Listed<BackchannelUri>| uri.usable().filter(|uri| uri.to_uri().is_ok()).cloned();
        let authorization = self.authorization.usable().filter(|uri| uri.to_uri().is_ok())?.clone();
        let id = self.id.usable()?.clone();
        let token = backchannel(self.token)?;
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
                    code: code.usable()?.clone(),
                    resource: backchannel(uri)?,
                })
            })
            .collect();
        Some(offer)
    }
}
