//! The entries of a small list, in document order and found by the text that is unique among them.

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashTable;

use crate::changes::Changes;

/// An entry of a list.
pub(crate) trait Entry {
    /// What tells it from the others.
    fn key(&self) -> &str;
}

/// Distinct entries, found by a hash that the sender of a list cannot foresee.
#[derive(Clone, Debug)]
pub(crate) struct Entries<E> {
    entries: Vec<E>,
    index: HashTable<usize>,
    hasher: RandomState,
}

impl<E> Default for Entries<E> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
        }
    }
}

impl<E: Entry> Entries<E> {
    /// Appends an entry. Of two with one key the first is found.
    pub(crate) fn push(&mut self, entry: E) {
        let (entries, hasher) = (&self.entries, &self.hasher);
        let key_at = |&at: &usize| entries.get(at).map_or("", E::key);
        let is_it = |at: &usize| key_at(at) == entry.key();
        self.index
            .entry(hasher.hash_one(entry.key()), is_it, |at| hasher.hash_one(key_at(at)))
            .or_insert(entries.len());
        self.entries.push(entry);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&E> {
        let is_it = |&at: &usize| self.entries.get(at).is_some_and(|entry| entry.key() == key);
        self.entries.get(*self.index.find(self.hasher.hash_one(key), is_it)?)
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn as_slice(&self) -> &[E] {
        &self.entries
    }

    pub(crate) fn changes_since<'e>(&'e self, older: &'e Self) -> Changes<&'e E>
    where
        E: PartialEq,
    {
        Changes::between(
            older.entries.iter(),
            self.entries.iter(),
            |entry| older.get(entry.key()),
            |entry| self.get(entry.key()),
        )
    }
}

impl<E: PartialEq> PartialEq for Entries<E> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<E: Eq> Eq for Entries<E> {}
