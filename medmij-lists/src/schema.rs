//! A list's schema as data: which elements, in which order, how often, of which type.
//!
//! Each list and release has its own table of these, beside its parser; [`validate`](crate::validate) is the one engine
//! that reads them all.

use crate::error::Violation;

/// An element declaration. `F` names the fields of one list, by which its builder knows what it is given.
#[derive(Debug)]
pub(crate) struct Element<F: 'static> {
    pub(crate) name: &'static str,
    /// The name of its type in the schema, which is all that `xsi:type` may name.
    pub(crate) type_name: &'static str,
    pub(crate) field: F,
    pub(crate) content: Content<F>,
}

#[derive(Debug)]
pub(crate) enum Content<F: 'static> {
    /// Elements only, in this order.
    Sequence(&'static [Particle<F>]),
    /// Text only; the builder judges it.
    Text,
}

/// One place in a sequence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Particle<F: 'static> {
    pub(crate) element: &'static Element<F>,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Whether the cardinality is inferred: then breaking it is a warning.
    pub(crate) inferred: bool,
}

/// What is seen of the schema of a release, and so how strictly its facets are held.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Facets {
    /// The official schema was seen: a value outside its facets refuses the list.
    Official,
    /// The schema is derived from an example: only the fields that `Builder::is_certain` names refuse the list.
    Derived,
}

/// A schema: the root element of one release of a list.
#[derive(Debug)]
pub(crate) struct Schema<F: 'static> {
    pub(crate) namespace: &'static str,
    pub(crate) root: &'static Element<F>,
    pub(crate) facets: Facets,
}

impl<F> Element<F> {
    pub(crate) const fn sequence(name: &'static str, field: F, particles: &'static [Particle<F>]) -> Self {
        Self {
            name,
            type_name: name,
            field,
            content: Content::Sequence(particles),
        }
    }

    pub(crate) const fn text(name: &'static str, type_name: &'static str, field: F) -> Self {
        Self {
            name,
            type_name,
            field,
            content: Content::Text,
        }
    }
}

/// Exactly once.
pub(crate) const fn once<F>(element: &'static Element<F>) -> Particle<F> {
    Particle {
        element,
        min: 1,
        max: 1,
        inferred: false,
    }
}

/// Any number of times.
pub(crate) const fn any<F>(element: &'static Element<F>) -> Particle<F> {
    Particle {
        element,
        min: 0,
        max: u32::MAX,
        inferred: false,
    }
}

/// Once or more.
pub(crate) const fn some<F>(element: &'static Element<F>) -> Particle<F> {
    Particle {
        element,
        min: 1,
        max: u32::MAX,
        inferred: false,
    }
}

/// The same with a cardinality that is only inferred.
pub(crate) const fn inferred<F: Copy>(particle: Particle<F>) -> Particle<F> {
    Particle {
        inferred: true,
        ..particle
    }
}

/// At most once.
pub(crate) const fn optional<F>(element: &'static Element<F>) -> Particle<F> {
    Particle {
        element,
        min: 0,
        max: 1,
        inferred: false,
    }
}

/// What makes a list out of a document that is being validated: it gets each element that the schema accepts, in order.
pub(crate) trait Builder {
    type Field: Copy + std::fmt::Debug + 'static;

    /// An element with elements starts.
    fn start(&mut self, field: Self::Field);

    /// The value of an element with text: judged and kept. What is refused is still kept where the facets are derived.
    /// Gives all that is wrong with it or doubtful about it, mostly nothing.
    fn value(&mut self, field: Self::Field, text: &str) -> Vec<Violation>;

    /// An element with elements ends.
    fn end(&mut self, field: Self::Field);

    /// Whether the type of the field is certain even where the schema is derived.
    fn is_certain(field: Self::Field) -> bool;
}
