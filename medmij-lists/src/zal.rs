//! The Zorgaanbiederslijst (ZAL), in 2.x prose *Aanbiederslijst*: who offers which Gegevensdienst at which addresses.

mod builder;
mod entries;
mod history;
mod schema;
mod tables;
mod writer;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use medmij_core::{Aanbiedernaam, BackchannelUri, FrontchannelUri, GegevensdienstId, Offer, Offers, Release};
use serde::{Serialize, Serializer};

use crate::Gegevensdienstnamenlijst;
use crate::changes::Changes;
use crate::envelope::{Envelope, Parsed, parse};
use crate::error::Rejected;
use crate::limits::Limits;
use crate::values::Listed;
use crate::{ListKind, json};

pub(crate) use builder::ZalBuilder;
pub use entries::{Gegevensdienst, Interfaceversie, Zorgaanbieder};
pub use history::ZalHistory;
pub(crate) use schema::{RELEASE2, RELEASE3};
use tables::Tables;
pub use writer::{InterfaceversieError, ZalRelease, ZalWriter};

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
        (0..self.len()).map(move |index| Zorgaanbieder::new(tables, index))
    }

    /// The Zorgaanbieder of a name: in constant time.
    #[must_use]
    pub fn zorgaanbieder(&self, naam: &Aanbiedernaam) -> Option<Zorgaanbieder<'_>> {
        self.named(naam.as_str())
    }

    /// The Zorgaanbieders whose names start so, in document order: for a person who types a name. Each name is looked at.
    pub fn starting_with<'z>(&'z self, prefix: &'z str) -> impl Iterator<Item = Zorgaanbieder<'z>> {
        self.iter().filter(move |it| it.naam().as_str().starts_with(prefix))
    }

    /// The Zorgaanbieders that offer a Gegevensdienst, in whichever Interfaceversie, in document order. Each one is looked
    /// at.
    pub fn offering<'z>(&'z self, id: &GegevensdienstId) -> impl Iterator<Item = Zorgaanbieder<'z>> {
        let key = self.0.tables.gegevensdienst_ids.find(id.as_str());
        self.iter().filter(move |it| key.is_some_and(|key| it.offers(key)))
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
        group(self.offers_of(naam, release), namen)
    }

    /// What a Zorgaanbieder offers in a release, in document order.
    fn offers_of(&self, naam: &Aanbiedernaam, release: Release) -> Vec<Offer> {
        let mut offers = Vec::new();
        let mut seen = HashSet::new();
        for versie in self.zorgaanbieder(naam).iter().flat_map(|it| it.interfaceversies()) {
            let id = versie.id().and_then(Listed::usable);
            if (versie.id().is_some() && id.is_none()) || !release.serves(id.as_ref()) {
                continue;
            }
            for dienst in versie.gegevensdiensten() {
                // Where a release3 list has the same twice, the first counts, as it does in a look-up.
                if seen.insert((versie.id().map(Listed::as_str), dienst.id().as_str())) {
                    offers.extend(dienst.offer(naam, id.as_ref()));
                }
            }
        }
        offers
    }

    /// The GegevensdienstIds that occur, each once, in the order in which they first do.
    pub fn gegevensdienst_ids(&self) -> impl Iterator<Item = Listed<'_, GegevensdienstId>> {
        self.0.tables.gegevensdienst_ids.iter().map(Listed::new)
    }

    /// The authorization endpoints that occur, each once, in the order in which they first do.
    pub fn frontchannel_uris(&self) -> impl Iterator<Item = Listed<'_, FrontchannelUri>> {
        self.0.tables.frontchannel.iter().map(Listed::new)
    }

    /// The token, resource and subscription endpoints that occur, each once, in the order in which they first do.
    pub fn backchannel_uris(&self) -> impl Iterator<Item = Listed<'_, BackchannelUri>> {
        self.0.tables.backchannel.iter().map(Listed::new)
    }

    /// What is different from an older version.
    #[must_use]
    pub fn changes_since<'z>(&'z self, older: &'z Self) -> Changes<Zorgaanbieder<'z>> {
        Changes::between(
            older.firsts(),
            self.firsts(),
            |entry| older.named(entry.naam().as_str()),
            |entry| self.named(entry.naam().as_str()),
        )
    }

    /// The Zorgaanbieder with this text as its name.
    pub(crate) fn named(&self, naam: &str) -> Option<Zorgaanbieder<'_>> {
        let tables = &self.0.tables;
        Some(Zorgaanbieder::new(tables, tables.zorgaanbieder(naam)?))
    }

    /// The Zorgaanbieders without those that have the name of an earlier one, as only a release3 list may have.
    fn firsts(&self) -> impl Iterator<Item = Zorgaanbieder<'_>> {
        let tables = &self.0.tables;
        self.iter()
            .filter(|it| it.is_at(tables.zorgaanbieder(it.naam().as_str())))
    }
}

/// Groups offers that can go in one request, in the order in which their first ones come.
fn group(offers: Vec<Offer>, namen: Option<&Gegevensdienstnamenlijst>) -> Vec<Offers> {
    let mut groups: Vec<(HashSet<GegevensdienstId>, Vec<Offer>)> = Vec::new();
    // Only with what lapsed is there more than one for the same addresses: an offer with other addresses of its resources.
    let mut groups_of: HashMap<_, Vec<usize>> = HashMap::new();
    for mut offer in offers {
        offer.naam = namen.and_then(|namen| namen.naam(&offer.gegevensdienst)).cloned();
        let key = (
            offer.interfaceversie.clone(),
            offer.authorization.clone(),
            offer.token.clone(),
        );
        let candidates = groups_of.entry(key).or_default();
        let mut rooms = candidates.iter().copied();
        let lacks_it = |&at: &usize| {
            groups
                .get(at)
                .is_some_and(|(ids, _)| !ids.contains(&offer.gegevensdienst))
        };
        let at = rooms.find(lacks_it).unwrap_or(groups.len());
        if at == groups.len() {
            candidates.push(at);
            groups.push((HashSet::new(), Vec::new()));
        }
        if let Some((ids, group)) = groups.get_mut(at) {
            ids.insert(offer.gegevensdienst.clone());
            group.push(offer);
        }
    }
    groups
        .into_iter()
        .filter_map(|(_, group)| Offers::new(group).ok())
        .collect()
}

impl PartialEq for Zorgaanbiederslijst {
    fn eq(&self, other: &Self) -> bool {
        self.envelope() == other.envelope() && self.iter().eq(other.iter())
    }
}

impl Eq for Zorgaanbiederslijst {}

impl Serialize for Zorgaanbiederslijst {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let zorgaanbieders = json::Each(|| self.iter());
        json::list(
            serializer,
            ListKind::Zal,
            self.envelope(),
            "zorgaanbieders",
            zorgaanbieders,
        )
    }
}
