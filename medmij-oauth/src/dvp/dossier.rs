//! What a person may see of a dossier at any time: where content came from, and where it went.

use std::collections::HashMap;

use medmij_core::Digest;

use super::{Collected, Placed};

/// The MedMij traffic of one person's dossier, by which each content of it is answered for [P&I 3, 1.1.2].
///
/// It goes by the bytes alone: content that was changed since it was collected is not the content that was collected, and what
/// was shared under another token or years ago is found all the same.
///
/// ```
/// use medmij_oauth::dvp::Traffic;
///
/// let traffic = Traffic::new([], []);
/// let own = traffic.of(b"a note of the person's own");
/// assert!(own.collected.is_empty() && own.placed.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Traffic<'a> {
    collected: HashMap<Digest, Vec<&'a Collected>>,
    placed: HashMap<Digest, Vec<&'a Placed>>,
}

/// What the traffic tells of one content [P&I 3, 1.1.2].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ContentTraffic<'t, 'a> {
    /// From whom and in which context it was collected, and not changed since. Empty if it never was, or was changed.
    pub collected: &'t [&'a Collected],
    /// With whom it was placed. Empty if it was with nobody.
    pub placed: &'t [&'a Placed],
}

impl<'a> Traffic<'a> {
    /// The traffic by the envelopes of all that was collected and placed; their bodies are not looked at.
    pub fn new(
        collected: impl IntoIterator<Item = &'a Collected>,
        placed: impl IntoIterator<Item = &'a Placed>,
    ) -> Self {
        let mut traffic = Self {
            collected: HashMap::new(),
            placed: HashMap::new(),
        };
        for one in collected {
            traffic.collected.entry(one.digest).or_default().push(one);
        }
        for one in placed {
            traffic.placed.entry(one.placed).or_default().push(one);
        }
        traffic
    }

    /// What the traffic tells of a content, by its bytes as they are in the dossier now.
    #[must_use]
    pub fn of(&self, content: &[u8]) -> ContentTraffic<'_, 'a> {
        let digest = Digest::of(content);
        ContentTraffic {
            collected: self.collected.get(&digest).map(Vec::as_slice).unwrap_or_default(),
            placed: self.placed.get(&digest).map(Vec::as_slice).unwrap_or_default(),
        }
    }
}
