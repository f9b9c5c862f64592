//! Values that repeat all over a list, each judged once and kept as one value.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use medmij_core::{BackchannelUri, FrontchannelUri, GegevensdienstId, InterfaceversieId, ParseError, Systeemrolcode};

use crate::error::{ListRule, Violation};
use crate::values::Listed;

/// The place of a value in its [`Pool`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Key(u32);

/// The distinct values of one type.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    values: Vec<Listed<T>>,
    keys: HashMap<Arc<str>, Key>,
    /// In which scope each value was last seen, to find one that occurs twice in the same.
    last_seen: Vec<u64>,
    scope: u64,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            keys: HashMap::new(),
            last_seen: Vec::new(),
            scope: 0,
        }
    }
}

/// What a type says of a value that is of it, beyond its schema.
pub(crate) trait Doubtful {
    /// What makes a right value unusable somewhere, if anything does.
    fn doubt(&self) -> Option<Violation> {
        None
    }
}

impl<T: Doubtful + FromStr<Err = ParseError>> Pool<T> {
    /// The key of a value, and what is wrong with it; what is only doubtful is told when the value is new.
    pub(crate) fn add(&mut self, text: &str) -> (Key, Vec<Violation>) {
        if let Some(&key) = self.keys.get(text) {
            let judged = match self.get(key) {
                Some(Listed::Unusable(_)) => text.parse::<T>().err(),
                _ => None,
            };
            return (key, judged.map(Violation::from).into_iter().collect());
        }
        let key = Key(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        let shared: Arc<str> = text.into();
        let (value, judged) = match text.parse::<T>() {
            Ok(value) => {
                let doubt = value.doubt();
                (Listed::Usable(value), doubt)
            }
            Err(error) => (Listed::Unusable(Arc::clone(&shared)), Some(error.into())),
        };
        self.values.push(value);
        self.last_seen.push(0);
        self.keys.insert(shared, key);
        (key, judged.into_iter().collect())
    }

    /// Starts a scope in which each value may be used once.
    pub(crate) fn start_scope(&mut self) {
        self.scope += 1;
    }

    /// The key of a value that may occur once in this scope, and what is wrong with it.
    pub(crate) fn add_unique(&mut self, text: &str, what: &str) -> (Key, Vec<Violation>) {
        let (key, mut judged) = self.add(text);
        let seen = self.last_seen.get_mut(key.index());
        if seen.is_some_and(|seen| std::mem::replace(seen, self.scope) == self.scope) {
            judged.push(Violation::new(ListRule::Unique, format!("each {what} once")));
        }
        (key, judged)
    }
}

impl Doubtful for InterfaceversieId {}

impl Doubtful for Systeemrolcode {}

impl Doubtful for FrontchannelUri {
    fn doubt(&self) -> Option<Violation> {
        self.to_uri().err().map(unusable)
    }
}

impl Doubtful for BackchannelUri {
    fn doubt(&self) -> Option<Violation> {
        self.to_uri().err().map(unusable)
    }
}

fn unusable(error: ParseError) -> Violation {
    Violation::new(
        ListRule::UnusableUri,
        format!("an address to which a request can be sent: {error}"),
    )
}

impl Doubtful for GegevensdienstId {
    fn doubt(&self) -> Option<Violation> {
        let expected = "an id of digits, which alone can stand in an OAuth scope";
        (!self.fits_in_scope()).then(|| Violation::new(ListRule::ScopeId, expected))
    }
}

impl<T> Pool<T> {
    pub(crate) fn get(&self, key: Key) -> Option<&Listed<T>> {
        self.values.get(key.index())
    }

    /// The key of a value that is there.
    pub(crate) fn find(&self, text: &str) -> Option<Key> {
        self.keys.get(text).copied()
    }
}

impl Key {
    const fn index(self) -> usize {
        self.0 as usize
    }
}
