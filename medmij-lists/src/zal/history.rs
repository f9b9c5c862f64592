//! The hour in which what was taken off the Zorgaanbiederslijst is still to be served.

use std::collections::HashMap;

use medmij_core::{Aanbiedernaam, Offer, Offers, Release};
use time::{Duration, UtcDateTime};

use super::{Zorgaanbiederslijst, group};
use crate::Gegevensdienstnamenlijst;

/// The Zorgaanbiederslijst with the versions of the last hour, for a DVA: what stands on the list is to be served, and also
/// what stood on it until at most 3600 seconds ago [P&I 7b, 1.2-1.3].
///
/// An entry lapses with the first version that has it no more, at the Tijdstempel of that version, or when it was received
/// if that has no moment, comes later, or lies before the Tijdstempel of the version before. An entry with other addresses is another entry. A DVP has no use for this: it begins with the newest
/// list, and ends what it began with the addresses it began with.
///
/// ```
/// use medmij_core::Release;
/// use medmij_lists::{Limits, ZalHistory, Zorgaanbiederslijst};
///
/// # use medmij_core::{Aanbiedertype, Offer};
/// # use medmij_lists::{ZalRelease, ZalWriter};
/// # let naam: medmij_core::Aanbiedernaam = "huisartsdevries@medmij".parse()?;
/// # let list = |stempel: &str, nummer: &str, listed: bool| -> Result<_, Box<dyn std::error::Error>> {
/// #     let mut zal = ZalWriter::new(ZalRelease::Release3, stempel.parse()?, nummer.parse()?);
/// #     let mut offer = Offer::new(naam.clone(), Some("2".parse()?), "48".parse()?,
/// #         "https://as.dva.nl/auth".parse()?, "https://ts.dva.nl/token".parse()?);
/// #     offer.systeemrollen.push(medmij_core::Systeemrol {
/// #         code: "A".parse()?, resource: "https://rs.dva.nl/fhir".parse()? });
/// #     if listed { zal.zorgaanbieder(&naam, &Aanbiedertype::Za, &[offer])?; }
/// #     Ok(Zorgaanbiederslijst::parse(zal.finish().as_bytes(), &Limits::default())?.list)
/// # };
/// let (with, without) = (list("2026-11-01T08:00:00Z", "1", true)?, list("2026-11-01T09:00:00Z", "2", false)?);
/// let nine = time::UtcDateTime::from_unix_timestamp(1_793_523_600)?;
/// let mut history = ZalHistory::new(with);
/// history.replace(without, nine);
/// let offers = |seconds| history.offers(&naam, Release::R2_2, None, nine + time::Duration::seconds(seconds));
/// assert_eq!(offers(3_600).len(), 1);
/// assert_eq!(offers(3_601).len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ZalHistory {
    current: Zorgaanbiederslijst,
    /// The versions before it, newest first, each with the moment at which the next one took its place.
    lapsed: Vec<(UtcDateTime, Zorgaanbiederslijst)>,
}

impl ZalHistory {
    /// How long an entry is to be served after it lapsed.
    pub const TAIL: Duration = Duration::seconds(3_600);

    /// Starts with a list.
    #[must_use]
    pub const fn new(list: Zorgaanbiederslijst) -> Self {
        Self {
            current: list,
            lapsed: Vec::new(),
        }
    }

    /// Takes a newer version, received at `now`, and forgets those that lapsed too long ago.
    pub fn replace(&mut self, list: Zorgaanbiederslijst, now: UtcDateTime) {
        let published = |list: &Zorgaanbiederslijst| list.envelope().tijdstempel.moment();
        // A Tijdstempel in the future would keep what lapsed for as long; one before that of the list it replaces, as of a
        // list that was set back, would take the hour away.
        let lapsed_at = match published(&list) {
            Some(moment) if published(&self.current).is_none_or(|before| before <= moment) => moment.min(now),
            _ => now,
        };
        let before = std::mem::replace(&mut self.current, list);
        self.lapsed.insert(0, (lapsed_at, before));
        self.lapsed.retain(|&(at, _)| is_served(at, now));
    }

    /// The newest version.
    #[must_use]
    pub const fn current(&self) -> &Zorgaanbiederslijst {
        &self.current
    }

    /// What a Zorgaanbieder is to serve in a release at a moment, grouped as by [`Zorgaanbiederslijst::offers`]: what
    /// stands on the list first, then what lapsed.
    #[must_use]
    pub fn offers(
        &self,
        naam: &Aanbiedernaam,
        release: Release,
        namen: Option<&Gegevensdienstnamenlijst>,
        now: UtcDateTime,
    ) -> Vec<Offers> {
        let lapsed = self.lapsed.iter().filter(|&&(at, _)| is_served(at, now));
        let versions = std::iter::once(&self.current).chain(lapsed.map(|(_, list)| list));
        let mut offers: Vec<Offer> = Vec::new();
        let mut known: HashMap<_, Vec<usize>> = HashMap::new();
        for offer in versions.flat_map(|list| list.offers_of(naam, release)) {
            let known = known
                .entry((offer.interfaceversie.clone(), offer.gegevensdienst.clone()))
                .or_default();
            if !known.iter().any(|&at| offers.get(at) == Some(&offer)) {
                known.push(offers.len());
                offers.push(offer);
            }
        }
        group(offers, namen)
    }
}

fn is_served(lapsed_at: UtcDateTime, now: UtcDateTime) -> bool {
    now - lapsed_at <= ZalHistory::TAIL
}
