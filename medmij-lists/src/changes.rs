//! What is different between two versions of a list.

use serde::Serialize;

/// The entries that came, went and changed between two versions of a list, told apart by what is unique among them: a
/// name, a host name, an id.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Changes<E> {
    /// Those that are new, in the order of the newer version.
    pub added: Vec<E>,
    /// Those that are gone, in the order of the older version.
    pub removed: Vec<E>,
    /// Those of which something is different: as they were, and as they are, in the order of the newer version.
    pub changed: Vec<(E, E)>,
}

impl<E> Changes<E> {
    /// Whether there is no difference; Tijdstempel and Volgnummer do not count.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// Compares two versions by their entries, and how one is found in each.
    pub(crate) fn between(
        older: impl Iterator<Item = E>,
        newer: impl Iterator<Item = E>,
        in_older: impl Fn(&E) -> Option<E>,
        in_newer: impl Fn(&E) -> Option<E>,
    ) -> Self
    where
        E: PartialEq,
    {
        let mut changes = Self {
            added: Vec::new(),
            removed: Vec::new(),
            changed: Vec::new(),
        };
        for entry in newer {
            match in_older(&entry) {
                None => changes.added.push(entry),
                Some(before) if before != entry => changes.changed.push((before, entry)),
                Some(_) => {}
            }
        }
        changes.removed.extend(older.filter(|entry| in_newer(entry).is_none()));
        changes
    }
}
