//! References: what they lead to, inside one Bundle and across the answers of one collection [FHIR References, 3.0 to 4.3].

mod index;

use std::borrow::Cow;
use std::collections::HashSet;

use crate::Bundle;
use crate::attachment::is_attachment;
use crate::text::Text;
use crate::walk::{Members, Place, Visit, walk};

pub(crate) use index::Index;
use index::Strict;

/// How references are resolved.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "FHIR's rule, and the one that real answers need beside it"
)]
pub enum Matching {
    /// By FHIR's rule alone: by the fullUrl.
    #[default]
    Strict,
    /// What FHIR's rule does not find is looked for by type and id. What is found so is marked.
    Lenient,
}

/// An entry to which a reference leads.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Target {
    /// The Bundle, by its place in the collection.
    pub bundle: usize,
    /// The entry, from 0.
    pub entry: usize,
}

/// What a reference leads to.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "all that a reference can lead to")]
pub enum Resolution {
    /// To the resource that it stands in: `#` alone.
    Container,
    /// To a resource contained in the one that it stands in.
    Contained,
    /// To one entry.
    InBundle(Target),
    /// To several entries: which is meant is not told. Of more than [`MAX_TARGETS`](Self::MAX_TARGETS) the first are here.
    Ambiguous(Vec<Target>),
    /// To no entry, and to no contained resource.
    NotInBundle,
    /// It is relative, and its entry has no address from which to begin.
    RelativeNoBase,
    /// To what a search finds: only a server resolves it, in a transaction.
    Conditional,
    /// To somebody by an identifier or a name: it is no address.
    Logical,
    /// It is no reference.
    Malformed,
}

impl Resolution {
    /// The most entries that are told of an ambiguous reference.
    pub const MAX_TARGETS: usize = 100;

    /// The name, as the command line tool writes it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Contained => "contained",
            Self::InBundle(_) => "in_bundle",
            Self::Ambiguous(_) => "ambiguous",
            Self::NotInBundle => "not_in_bundle",
            Self::RelativeNoBase => "relative_no_base",
            Self::Conditional => "conditional",
            Self::Logical => "logical",
            Self::Malformed => "malformed",
        }
    }

    /// The entries that it leads to.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        match self {
            Self::InBundle(target) => std::slice::from_ref(target),
            Self::Ambiguous(targets) => targets,
            _ => &[],
        }
    }
}

/// What refers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the two of FHIR")]
pub enum Refers {
    /// A Reference.
    Reference,
    /// The `url` of an Attachment, which leads to a Binary of the Bundle by its urn.
    Attachment,
}

/// A reference, and what it leads to.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reference {
    /// The entry that it stands in, from 0.
    pub entry: Option<usize>,
    /// Where it stands, as FHIRPath from the Bundle.
    pub path: String,
    /// What refers.
    pub refers: Refers,
    /// What it says, if it is more than logical. It may be personal.
    pub text: Option<String>,
    /// What it leads to.
    pub resolution: Resolution,
    /// Whether it was found by type and id only.
    pub is_lenient: bool,
}

/// Without what it says.
impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reference")
            .field("path", &self.path)
            .field("resolution", &self.resolution)
            .field("is_lenient", &self.is_lenient)
            .finish_non_exhaustive()
    }
}

/// The references of the Bundles of one collection: each answer is one, and most references lead from one to another.
///
/// ```
/// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits, Matching, Resolution, references};
///
/// let patients = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [
///   {"fullUrl": "https://rs.dva.nl/fhir/Patient/1", "resource": {"resourceType": "Patient", "id": "1"}}]}"#;
/// let flags = br#"{"resourceType": "Bundle", "type": "searchset", "entry": [
///   {"fullUrl": "https://rs.dva.nl/fhir/Flag/2",
///    "resource": {"resourceType": "Flag", "id": "2", "subject": {"reference": "Patient/1"}}}]}"#;
/// let parse = |bytes| Bundle::parse(bytes, FhirVersion::Stu3, &Limits::default());
/// let bundles = [parse(patients.as_slice())?, parse(flags.as_slice())?];
///
/// assert_eq!(references(&bundles[1..], Matching::Strict)[0][0].resolution, Resolution::NotInBundle);
/// let found = &references(&bundles, Matching::Strict)[1][0];
/// assert_eq!(found.path, "Bundle.entry[0].resource.subject.reference");
/// let Resolution::InBundle(target) = found.resolution else { panic!() };
/// assert_eq!((target.bundle, target.entry), (0, 0));
/// # Ok::<(), medmij_fhir_bundle::BundleError>(())
/// ```
///
/// One result per Bundle, in order. A Bundle in an entry, as a batch-response may hold, is part of the whole: what leads into it leads
/// to the entry that holds it. Of paths that are longer than the Bundles themselves no more than the entry is told.
#[must_use]
pub fn references(bundles: &[Bundle<'_>], matching: Matching) -> Vec<Vec<Reference>> {
    let index = Index::new(bundles, matching);
    let mut all = Vec::new();
    for (at, bundle) in bundles.iter().enumerate() {
        let mut collecting = Collecting {
            resolving: Resolving::new(bundle, at, &index),
            found: Vec::new(),
            room: room(bundle),
        };
        walk(bundle, &mut collecting);
        all.push(collecting.found);
    }
    all
}

struct Collecting<'i, 'b> {
    resolving: Resolving<'i, 'b>,
    found: Vec<Reference>,
    /// For how many bytes of paths there is room.
    room: usize,
}

impl<'b> Visit<'b> for Collecting<'_, 'b> {
    fn object(&mut self, place: &Place<'_, 'b>, members: &Members<'b>) {
        let (found, room) = (&mut self.found, &mut self.room);
        self.resolving.object(place, members, |resolved| {
            let path = bounded(room, resolved.entry, || resolved.path.into_owned());
            found.push(Reference {
                entry: resolved.entry,
                path,
                refers: resolved.refers,
                text: resolved.text.map(|text| text.decode().into_owned()),
                resolution: resolved.resolution,
                is_lenient: resolved.is_lenient,
            });
        });
    }
}

/// For how many bytes of paths there is room: a few times the Bundle's.
fn room(bundle: &Bundle<'_>) -> usize {
    (bundle.source.len() * 4).max(1 << 20)
}

/// A path, if there is room for it; else no more than its entry.
fn bounded(room: &mut usize, entry: Option<usize>, path: impl FnOnce() -> String) -> String {
    let path = match (*room, entry) {
        (0, Some(entry)) => format!("Bundle.entry[{entry}].…"),
        (0, None) => String::from("Bundle.…"),
        _ => path(),
    };
    *room = room.saturating_sub(path.len());
    path
}

/// A reference that was resolved.
pub(crate) struct Resolved<'p, 'b> {
    pub(crate) entry: Option<usize>,
    pub(crate) path: Path<'p, 'b>,
    pub(crate) refers: Refers,
    pub(crate) text: Option<Text<'b>>,
    pub(crate) resolution: Resolution,
    pub(crate) is_lenient: bool,
    /// The entry that it leads to is there, in another version.
    pub(crate) is_other_version: bool,
}

impl<'p, 'b> Resolved<'p, 'b> {
    const fn plain(entry: Option<usize>, path: Path<'p, 'b>, text: Option<Text<'b>>, resolution: Resolution) -> Self {
        Self {
            entry,
            path,
            refers: Refers::Reference,
            text,
            resolution,
            is_lenient: false,
            is_other_version: false,
        }
    }
}

/// Where a reference stands: written only if somebody wants it.
pub(crate) enum Path<'p, 'b> {
    Here(&'p Place<'p, 'b>, &'static str),
    Written(String),
}

impl Path<'_, '_> {
    /// Whether what refers is the value of this member.
    pub(crate) fn is(&self, name: &str) -> bool {
        match self {
            Self::Here(place, _) => place.is(name),
            Self::Written(_) => false,
        }
    }

    pub(crate) fn into_owned(self) -> String {
        match self {
            Self::Here(place, "") => place.path(),
            Self::Here(place, member) => format!("{}.{member}", place.path()),
            Self::Written(path) => path,
        }
    }
}

/// Resolves the references of one Bundle, during a walk.
pub(crate) struct Resolving<'i, 'b> {
    bundle: &'i Bundle<'b>,
    /// Which of the collection it is.
    at: usize,
    index: &'i Index<'b>,
    /// References to contained resources, until the entry has ended: those may come behind.
    fragments: Vec<(Scope, String, Text<'b>)>,
    /// Those that stand in no entry.
    outside: Vec<(Scope, String, Text<'b>)>,
    contained: HashSet<(Scope, Cow<'b, str>)>,
    /// For how many bytes of their paths there is room.
    room: usize,
}

/// The resource that contains: that of an entry, or of an entry of the Bundle in one.
type Scope = (Option<usize>, Option<usize>);

impl<'i, 'b> Resolving<'i, 'b> {
    pub(crate) fn new(bundle: &'i Bundle<'b>, at: usize, index: &'i Index<'b>) -> Self {
        Self {
            bundle,
            at,
            index,
            fragments: Vec::new(),
            outside: Vec::new(),
            contained: HashSet::new(),
            room: room(bundle),
        }
    }

    /// An object has ended. References to contained resources are told when their entry has.
    pub(crate) fn object<'p>(
        &mut self,
        place: &'p Place<'p, 'b>,
        members: &Members<'b>,
        mut tell: impl FnMut(Resolved<'p, 'b>),
    ) where
        'b: 'p,
    {
        let entry = place.entry();
        // A List has entries too.
        let is_nested = |entry: usize| self.index.nested.contains_key(&(self.at, entry));
        let scope = (entry, place.nested_entry().filter(|_| entry.is_some_and(is_nested)));
        if place.is("contained") && !place.is_inside("contained") {
            self.contained.extend(members.id.map(|id| (scope, id.decode())));
        }
        if let Some(text) = members.reference {
            let says = text.decode();
            if says.starts_with('#') && says.len() > 1 {
                let path = bounded(&mut self.room, entry, || format!("{}.reference", place.path()));
                let list = if entry.is_some() {
                    &mut self.fragments
                } else {
                    &mut self.outside
                };
                list.push((scope, path, text));
            } else {
                let path = Path::Here(place, "reference");
                tell(self.resolve(scope, path, Refers::Reference, text, &says));
            }
        } else if is_logical(place, members) {
            tell(Resolved::plain(entry, Path::Here(place, ""), None, Resolution::Logical));
        } else if let Some(url) = members.url.filter(|_| is_attachment(place)) {
            let says = url.decode();
            if says.starts_with("urn:") {
                tell(self.resolve(scope, Path::Here(place, "url"), Refers::Attachment, url, &says));
            }
        }
        let is_whole = place.depth() == 0;
        if is_whole || place.depth() == 1 && place.is("entry") {
            let outside = if is_whole {
                std::mem::take(&mut self.outside)
            } else {
                Vec::new()
            };
            for (scope, path, text) in self.fragments.drain(..).chain(outside) {
                let id = text.decode().get(1..).unwrap_or_default().to_owned();
                let is_there = self.contained.contains(&(scope, Cow::Owned(id)));
                let resolution = if is_there {
                    Resolution::Contained
                } else {
                    Resolution::NotInBundle
                };
                tell(Resolved::plain(scope.0, Path::Written(path), Some(text), resolution));
            }
            self.contained.clear();
        }
    }

    fn resolve<'p>(
        &self,
        scope: Scope,
        path: Path<'p, 'b>,
        refers: Refers,
        text: Text<'b>,
        says: &str,
    ) -> Resolved<'p, 'b> {
        let nested = scope.0.zip(scope.1);
        let nested = nested.and_then(|(entry, inner)| Some((self.index.nested.get(&(self.at, entry))?, inner)));
        let (entry, own) = match nested {
            Some(((bundle, own), inner)) => (bundle.entry(inner), Some(own)),
            None => (scope.0.and_then(|entry| self.bundle.entry(entry)), None),
        };
        let Strict {
            mut resolution,
            is_other_version,
        } = self.index.strict(own, entry, says);
        let mut is_lenient = false;
        if let (Resolution::NotInBundle | Resolution::RelativeNoBase, false) = (&resolution, is_other_version)
            && let Some(found) = self.index.lenient(own, says)
        {
            (resolution, is_lenient) = (found, true);
        }
        Resolved {
            refers,
            is_lenient,
            is_other_version,
            ..Resolved::plain(scope.0, path, Some(text), resolution)
        }
    }
}

/// By its form, since there is no model: a Reference has nothing but an identifier and a name, and a Coding stands elsewhere.
fn is_logical(place: &Place<'_, '_>, members: &Members<'_>) -> bool {
    const CODINGS: [&str; 11] = [
        "coding",
        "valueCoding",
        "tag",
        "security",
        "class",
        "_display",
        "modality",
        "format",
        "purpose",
        "bodySite",
        "laterality",
    ];
    let has_name = members.display.is_some() && !CODINGS.iter().any(|name| place.is(name));
    !members.has_others && (members.has_identifier || has_name)
}
