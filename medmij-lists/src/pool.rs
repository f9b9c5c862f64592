//! Texts that repeat all over a list, each judged once and kept once.

use std::hash::{BuildHasher as _, RandomState};
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::str::FromStr;

use hashbrown::HashTable;
use medmij_core::{
    Aanbiedernaam, Aanbiedertype, BackchannelUri, FrontchannelUri, GegevensdienstId, Gegevensdienstnaam,
    InterfaceversieId, ParseError, Systeemrolcode,
};

use crate::error::{ListRule, Violation};
use crate::values::Dagen;

/// A place in a table, such as that of a text in its pool. It takes four bytes, and so does the lack of one.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Key(NonZeroU32);

impl Key {
    /// The limits keep every table far below the end of the type.
    pub(crate) fn new(index: usize) -> Self {
        Self(u32::try_from(index).map_or(NonZeroU32::MAX, |index| NonZeroU32::MIN.saturating_add(index)))
    }

    pub(crate) const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Distinct texts in one buffer, found by a hash that the sender of a list cannot foresee.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    buffer: String,
    /// Where each text ends.
    ends: Vec<u32>,
    keys: HashTable<Key>,
    hasher: RandomState,
}

impl Texts {
    /// The key of a text, and whether it is new.
    pub(crate) fn insert(&mut self, text: &str) -> (Key, bool) {
        let Self {
            buffer,
            ends,
            keys,
            hasher,
        } = self;
        let entry = keys.entry(
            hasher.hash_one(text),
            |&key| slice(buffer, ends, key) == text,
            |&key| hasher.hash_one(slice(buffer, ends, key)),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(entry) => (*entry.get(), false),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                let key = Key::new(ends.len());
                entry.insert(key);
                buffer.push_str(text);
                // No list is longer than a u32 can tell.
                ends.push(u32::try_from(buffer.len()).unwrap_or(u32::MAX));
                (key, true)
            }
        }
    }

    /// The key of a text that is there.
    pub(crate) fn find(&self, text: &str) -> Option<Key> {
        let is_it = |&key: &Key| self.get(key) == text;
        self.keys.find(self.hasher.hash_one(text), is_it).copied()
    }

    pub(crate) fn get(&self, key: Key) -> &str {
        slice(&self.buffer, &self.ends, key)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.get(Key::new(index)))
    }

    pub(crate) fn shrink(&mut self) {
        self.buffer.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

fn slice<'t>(buffer: &'t str, ends: &[u32], key: Key) -> &'t str {
    let start = match key.index().checked_sub(1) {
        None => 0,
        Some(before) => ends.get(before).copied().unwrap_or_default(),
    };
    let end = ends.get(key.index()).copied().unwrap_or_default();
    buffer.get(start as usize..end as usize).unwrap_or_default()
}

/// The distinct texts that should be values of one type.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T> {
    texts: Texts,
    /// Those that are not; in order.
    flawed: Vec<Key>,
    of: PhantomData<fn() -> T>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            texts: Texts::default(),
            flawed: Vec::new(),
            of: PhantomData,
        }
    }
}

/// A type whose texts are pooled.
pub(crate) trait Pooled {
    fn judge(text: &str) -> Judgement;
}

/// What is said of a text.
pub(crate) enum Judgement {
    Right,
    /// Right, but doubtful; that is told once.
    Doubtful(Violation),
    /// Not of the type; that is told each time.
    Wrong(Violation),
}

impl Judgement {
    pub(crate) fn violation(self) -> Option<Violation> {
        match self {
            Self::Right => None,
            Self::Doubtful(violation) | Self::Wrong(violation) => Some(violation),
        }
    }
}

impl<T: Pooled> Pool<T> {
    /// The key of a text, and what is wrong with it or doubtful about it.
    pub(crate) fn add(&mut self, text: &str) -> (Key, Option<Violation>) {
        let (key, is_new) = self.texts.insert(text);
        let known_to_be_wrong = || self.flawed.binary_search(&key).is_ok();
        if !is_new && (self.flawed.is_empty() || !known_to_be_wrong()) {
            return (key, None);
        }
        match T::judge(text) {
            Judgement::Right => (key, None),
            Judgement::Doubtful(violation) => (key, Some(violation)),
            Judgement::Wrong(violation) => {
                if is_new {
                    self.flawed.push(key);
                }
                (key, Some(violation))
            }
        }
    }
}

impl<T> Pool<T> {
    pub(crate) fn get(&self, key: Key) -> &str {
        self.texts.get(key)
    }

    pub(crate) fn find(&self, text: &str) -> Option<Key> {
        self.texts.find(text)
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
    }

    pub(crate) fn shrink(&mut self) {
        self.texts.shrink();
    }
}

/// In which scope each text of a pool was last seen, to find one that occurs twice in the same.
#[derive(Debug, Default)]
pub(crate) struct Scopes {
    last_seen: Vec<u32>,
    scope: u32,
}

impl Scopes {
    /// Starts a scope in which each text may occur once.
    pub(crate) fn start(&mut self) {
        self.scope += 1;
    }

    /// Whether a text is the first of its kind in the scope.
    pub(crate) fn is_first(&mut self, key: Key) -> bool {
        if key.index() >= self.last_seen.len() {
            self.last_seen.resize(key.index() + 1, 0);
        }
        let seen = self.last_seen.get_mut(key.index());
        seen.is_none_or(|seen| std::mem::replace(seen, self.scope) != self.scope)
    }
}

fn judge<T: FromStr<Err: Into<Violation>>>(text: &str, doubt: impl FnOnce(&T) -> Option<Violation>) -> Judgement {
    match text.parse::<T>() {
        Err(error) => Judgement::Wrong(error.into()),
        Ok(value) => doubt(&value).map_or(Judgement::Right, Judgement::Doubtful),
    }
}

macro_rules! pooled {
    ($($name:ident)+) => {
        $(impl Pooled for $name {
            fn judge(text: &str) -> Judgement {
                judge::<Self>(text, |_| None)
            }
        })+
    };
}

pooled!(Dagen Gegevensdienstnaam InterfaceversieId Systeemrolcode);

impl Pooled for Aanbiedernaam {
    fn judge(text: &str) -> Judgement {
        // What only the wider naming policy takes breaks the schema, though the name can be used.
        match Self::check_schema(text) {
            Ok(()) => Judgement::Right,
            Err(error) => Judgement::Wrong(error.into()),
        }
    }
}

impl Pooled for Aanbiedertype {
    fn judge(text: &str) -> Judgement {
        match Self::from(text) {
            Self::Other(_) => {
                Judgement::Wrong(Violation::new(ListRule::Value, "one of the known types: ZA, BAZB, APD"))
            }
            _ => Judgement::Right,
        }
    }
}

impl Pooled for GegevensdienstId {
    fn judge(text: &str) -> Judgement {
        judge::<Self>(text, |id| {
            let expected = "an id of digits, which alone can stand in an OAuth scope";
            (!id.fits_in_scope()).then(|| Violation::new(ListRule::ScopeId, expected))
        })
    }
}

impl Pooled for FrontchannelUri {
    fn judge(text: &str) -> Judgement {
        judge::<Self>(text, |uri| uri.to_uri().err().map(unusable))
    }
}

impl Pooled for BackchannelUri {
    fn judge(text: &str) -> Judgement {
        judge::<Self>(text, |uri| uri.to_uri().err().map(unusable))
    }
}

fn unusable(error: ParseError) -> Violation {
    let expected = format!("an address to which a request can be sent: {error}");
    Violation::new(ListRule::UnusableUri, expected)
}
