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
    pub(crate) content: Content<F>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Content<F: 'static> {
    /// Elements only, in this order. `None` where the builder need not know of it.
    Sequence(Option<F>, &'static [Particle<F>]),
    /// Text only.
    Text(Simple<F>),
}

/// What an element with text holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Simple<F> {
    /// The Tijdstempel, which every list has.
    Tijdstempel,
    /// The Volgnummer, which every list has.
    Volgnummer,
    /// A value of the list's own; its builder judges it.
    Of(F),
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
    /// The schema is derived from an example or from prose: only Tijdstempel and Volgnummer refuse the list.
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
    /// An element that only holds others.
    pub(crate) const fn group(name: &'static str, particles: &'static [Particle<F>]) -> Self {
        Self {
            name,
            type_name: name,
            content: Content::Sequence(None, particles),
        }
    }

    /// An element of which the builder makes something.
    pub(crate) const fn entry(name: &'static str, field: F, particles: &'static [Particle<F>]) -> Self {
        Self {
            name,
            type_name: name,
            content: Content::Sequence(Some(field), particles),
        }
    }

    pub(crate) const fn text(name: &'static str, type_name: &'static str, field: F) -> Self {
        Self {
            name,
            type_name,
            content: Content::Text(Simple::Of(field)),
        }
    }

    pub(crate) const fn tijdstempel() -> Self {
        Self {
            name: "Tijdstempel",
            type_name: "DatumTijd",
            content: Content::Text(Simple::Tijdstempel),
        }
    }

    pub(crate) const fn volgnummer() -> Self {
        Self {
            name: "Volgnummer",
            type_name: "Positiefnummer",
            content: Content::Text(Simple::Volgnummer),
        }
    }
}

/// The root of a list, which holds a Tijdstempel, a Volgnummer, and the element with the entries.
macro_rules! list_root {
    ($field:ty, $root:tt { $entries:tt { $entry:expr } }) => {{
        static TIJDSTEMPEL: Element<$field> = Element::tijdstempel();
        static VOLGNUMMER: Element<$field> = Element::volgnummer();
        static LIST_ENTRIES: Element<$field> = Element::group($entries, &[$entry]);
        Element::group($root, &[once(&TIJDSTEMPEL), once(&VOLGNUMMER), once(&LIST_ENTRIES)])
    }};
}

pub(crate) use list_root;

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

/// What makes a list out of a document that is being validated: it gets what the schema accepts, in order.
pub(crate) trait Builder {
    type Field: Copy + std::fmt::Debug + 'static;

    /// An entry starts.
    fn start(&mut self, _: Self::Field) {}

    /// The value of an element with text: judged and kept. What is refused is still kept where the facets are derived.
    /// Gives all that is wrong with it or doubtful about it, mostly nothing.
    fn value(&mut self, field: Self::Field, text: &str) -> Vec<Violation>;

    /// An entry ends. Gives what is wrong with it as a whole.
    fn end(&mut self, _: Self::Field) -> Option<Violation> {
        None
    }
}
