//! How a Zorgaanbiederslijst lies in memory: rows of keys, in document order, and each text once.

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

use hashbrown::HashTable;
use medmij_core::{
    Aanbiedernaam, Aanbiedertype, BackchannelUri, FrontchannelUri, GegevensdienstId, InterfaceversieId, Systeemrolcode,
};

use crate::pool::{Key, Pool};
use crate::values::Dagen;

/// Each row tells where its own rows in the next table start; they end where those of the row behind it start.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) zorgaanbieders: Vec<ZorgaanbiederRow>,
    pub(super) interfaceversies: Vec<InterfaceversieRow>,
    pub(super) gegevensdiensten: Vec<GegevensdienstRow>,
    pub(super) systeemrollen: Vec<SysteemrolRow>,
    pub(super) abonneren: Vec<AbonnerenRow>,

    pub(super) namen: Pool<Aanbiedernaam>,
    pub(super) aanbiedertypes: Pool<Aanbiedertype>,
    pub(super) interfaceversie_ids: Pool<InterfaceversieId>,
    pub(super) gegevensdienst_ids: Pool<GegevensdienstId>,
    pub(super) frontchannel: Pool<FrontchannelUri>,
    pub(super) backchannel: Pool<BackchannelUri>,
    pub(super) codes: Pool<Systeemrolcode>,
    pub(super) dagen: Pool<Dagen>,

    /// Where a name occurs twice, which only a release3 list may do: the first row of each name.
    first_rows: Vec<u32>,
    /// The rows of those that have more siblings than are worth looking at one after another.
    many: Many,
}

#[derive(Debug)]
pub(super) struct ZorgaanbiederRow {
    pub(super) naam: Key,
    /// `None` in release2.
    pub(super) aanbiedertype: Option<Key>,
    pub(super) interfaceversies: u32,
}

#[derive(Debug)]
pub(super) struct InterfaceversieRow {
    /// `None` in release2, which has no Interfaceversies.
    pub(super) id: Option<Key>,
    pub(super) gegevensdiensten: u32,
}

#[derive(Debug)]
pub(super) struct GegevensdienstRow {
    pub(super) id: Key,
    pub(super) authorization: Key,
    pub(super) token: Key,
    pub(super) abonneren: Option<Key>,
    pub(super) systeemrollen: u32,
}

#[derive(Debug)]
pub(super) struct AbonnerenRow {
    pub(super) maximale_duur: Key,
    pub(super) subscription: Key,
}

#[derive(Debug)]
pub(super) struct SysteemrolRow {
    pub(super) code: Key,
    pub(super) resource: Key,
}

impl Tables {
    /// Makes the indexes of complete tables, and gives back what room they do not need.
    pub(super) fn finish(&mut self) {
        self.zorgaanbieders.shrink_to_fit();
        self.interfaceversies.shrink_to_fit();
        self.gegevensdiensten.shrink_to_fit();
        self.systeemrollen.shrink_to_fit();
        self.abonneren.shrink_to_fit();
        self.namen.shrink();
        self.frontchannel.shrink();
        self.backchannel.shrink();
        self.index_names();
        self.many = self.index_many();
    }

    fn index_names(&mut self) {
        if self.namen.len() == self.zorgaanbieders.len() {
            return;
        }
        for (row, naam) in (0..).zip(self.zorgaanbieders.iter().map(|row| row.naam)) {
            if naam.index() == self.first_rows.len() {
                self.first_rows.push(row);
            }
        }
    }

    fn index_many(&self) -> Many {
        let mut many = Many::default();
        for parent in 0..self.zorgaanbieders.len() {
            let rows = self.interfaceversies_of(parent);
            if rows.len() > FEW {
                let versies = rows.clone().zip(self.interfaceversies.get(rows).unwrap_or_default());
                versies.for_each(|(row, versie)| many.insert(Level::Interfaceversie, parent, versie.id, row));
            }
        }
        for parent in 0..self.interfaceversies.len() {
            let rows = self.gegevensdiensten_of(parent);
            if rows.len() > FEW {
                let diensten = rows.clone().zip(self.gegevensdiensten.get(rows).unwrap_or_default());
                diensten.for_each(|(row, dienst)| many.insert(Level::Gegevensdienst, parent, Some(dienst.id), row));
            }
        }
        many
    }

    /// The row of a name, the first one if there are two.
    pub(super) fn zorgaanbieder(&self, naam: &str) -> Option<usize> {
        let key = self.namen.find(naam)?;
        match self.first_rows.get(key.index()) {
            Some(&row) => Some(row as usize),
            None => Some(key.index()),
        }
    }

    pub(super) fn interfaceversie(&self, zorgaanbieder: usize, id: Option<&str>) -> Option<usize> {
        let key = match id {
            None => None,
            Some(id) => Some(self.interfaceversie_ids.find(id)?),
        };
        let rows = self.interfaceversies_of(zorgaanbieder);
        if rows.len() > FEW {
            return self.many.find(Level::Interfaceversie, zorgaanbieder, key);
        }
        let mut versies = rows.clone().zip(self.interfaceversies.get(rows)?);
        versies.find(|(_, versie)| versie.id == key).map(|(row, _)| row)
    }

    pub(super) fn gegevensdienst(&self, interfaceversie: usize, id: &str) -> Option<usize> {
        let key = self.gegevensdienst_ids.find(id)?;
        let rows = self.gegevensdiensten_of(interfaceversie);
        if rows.len() > FEW {
            return self.many.find(Level::Gegevensdienst, interfaceversie, Some(key));
        }
        let mut diensten = rows.clone().zip(self.gegevensdiensten.get(rows)?);
        diensten.find(|(_, dienst)| dienst.id == key).map(|(row, _)| row)
    }

    pub(super) fn interfaceversies_of(&self, zorgaanbieder: usize) -> Range<usize> {
        let end = self.interfaceversies.len();
        range(&self.zorgaanbieders, zorgaanbieder, |row| row.interfaceversies, end)
    }

    pub(super) fn gegevensdiensten_of(&self, interfaceversie: usize) -> Range<usize> {
        let end = self.gegevensdiensten.len();
        range(&self.interfaceversies, interfaceversie, |row| row.gegevensdiensten, end)
    }

    pub(super) fn systeemrollen_of(&self, gegevensdienst: usize) -> Range<usize> {
        let end = self.systeemrollen.len();
        range(&self.gegevensdiensten, gegevensdienst, |row| row.systeemrollen, end)
    }
}

fn range<R>(rows: &[R], index: usize, start: impl Fn(&R) -> u32, end: usize) -> Range<usize> {
    let at = |index| rows.get(index).map_or(end, |row| start(row) as usize);
    at(index)..at(index + 1)
}

/// How many rows are looked at one after another.
const FEW: usize = 8;

/// The rows of two tables by their parent and their id.
#[derive(Debug, Default)]
struct Many {
    rows: HashTable<(Place, u32)>,
    hasher: RandomState,
}

/// Table, row of the parent, id.
type Place = (Level, usize, Option<Key>);

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Level {
    Interfaceversie,
    Gegevensdienst,
}

impl Many {
    /// Of two with one id the first is kept.
    fn insert(&mut self, level: Level, parent: usize, id: Option<Key>, row: usize) {
        let place = (level, parent, id);
        let hash = self.hasher.hash_one(place);
        let rehash = |(place, _): &(Place, u32)| self.hasher.hash_one(place);
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        self.rows
            .entry(hash, |known| known.0 == place, rehash)
            .or_insert((place, row));
    }

    fn find(&self, level: Level, parent: usize, id: Option<Key>) -> Option<usize> {
        let place = (level, parent, id);
        let found = self.rows.find(self.hasher.hash_one(place), |known| known.0 == place)?;
        Some(found.1 as usize)
    }
}
