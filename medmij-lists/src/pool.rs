//! Values that repeat all over a list, each judged and stored once.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use medmij_core::ParseError;

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

impl<T: FromStr<Err = ParseError>> Pool<T> {
    /// The key of a value, and what is wrong with it.
    pub(crate) fn add(&mut self, text: &str) -> (Key, Result<(), Violation>) {
        if let Some(&key) = self.keys.get(text) {
            let judged = match self.get(key) {
                Some(Listed::Unusable(_)) => text.parse::<T>().map(drop).map_err(Violation::from),
                _ => Ok(()),
            };
            return (key, judged);
        }
        let key = Key(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
        let shared: Arc<str> = text.into();
        let (value, judged) = match text.parse() {
            Ok(value) => (Listed::Usable(value), Ok(())),
            Err(error) => (Listed::Unusable(Arc::clone(&shared)), Err(Violation::from(error))),
        };
        self.values.push(value);
        self.last_seen.push(0);
        self.keys.insert(shared, key);
        (key, judged)
    }

    /// Starts a scope in which each value may be used once.
    pub(crate) fn start_scope(&mut self) {
        self.scope += 1;
    }

    /// The key of a value that may occur once in this scope, and what is wrong with it.
    pub(crate) fn add_unique(&mut self, text: &str, what: &str) -> (Key, Result<(), Violation>) {
        let (key, judged) = self.add(text);
        let seen = self.last_seen.get_mut(key.index());
        let repeated = seen.is_some_and(|seen| std::mem::replace(seen, self.scope) == self.scope);
        let unique = if repeated {
            Err(Violation {
                rule: ListRule::Unique,
                expected: format!("each {what} once"),
            })
        } else {
            Ok(())
        };
        (key, judged.and(unique))
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
