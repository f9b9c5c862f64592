//! Where the entries are to which references lead: what is nearest to a reference is found first.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Matching, Resolution, Target};
use crate::bundle::Entry;
use crate::{Bundle, full_url};

/// Where the entries of a collection are.
pub(crate) struct Index<'b> {
    entries: Addresses<'b>,
    /// Of the Bundles in entries, together: for what is not found nearer by.
    inner: Addresses<'b>,
    /// The Bundles in entries, by their Bundle and entry, each with its own.
    pub(super) nested: HashMap<(usize, usize), (Bundle<'b>, Addresses<'b>)>,
}

/// Of what an entry is one.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Source {
    Entry,
    /// Of a Bundle that is an entry.
    Nested,
    /// Of a history that is an entry: it holds a resource in several versions, under one address.
    History,
}

/// Where the entries of one scope are.
#[derive(Default)]
pub(super) struct Addresses<'b> {
    by_url: HashMap<Cow<'b, str>, Group<'b>>,
    /// By type and id, for who asks for it.
    by_id: HashMap<String, Group<'b>>,
}

/// The entries of one address.
#[derive(Default)]
struct Group<'b> {
    all: Vec<Indexed<'b>>,
    by_version: HashMap<Cow<'b, str>, Vec<Target>>,
}

#[derive(Clone, Copy)]
struct Indexed<'b> {
    target: Target,
    entry: Entry<'b>,
}

impl<'b> Index<'b> {
    pub(crate) fn new(bundles: &[Bundle<'b>], matching: Matching) -> Self {
        let mut index = Self {
            entries: Addresses::default(),
            inner: Addresses::default(),
            nested: HashMap::new(),
        };
        for (at, bundle) in bundles.iter().enumerate() {
            for (number, entry) in bundle.entries().enumerate() {
                let target = Target {
                    bundle: at,
                    entry: number,
                };
                index.entries.add(target, entry, Source::Entry, matching);
                if let Some(nested) = entry.resource().and_then(|resource| bundle.nested(resource)) {
                    let mut own = Addresses::default();
                    let source = if nested.type_is("history") {
                        Source::History
                    } else {
                        Source::Nested
                    };
                    for entry in nested.entries() {
                        own.add(target, entry, source, matching);
                        index.inner.add(target, entry, source, matching);
                    }
                    index.nested.insert((at, number), (nested, own));
                }
            }
        }
        index
    }

    /// What is near to a reference first: the Bundle that it stands in, those around and beside it, and those in their entries.
    fn near<'i>(&'i self, own: Option<&'i Addresses<'b>>) -> impl Iterator<Item = &'i Addresses<'b>> {
        [own, Some(&self.entries), Some(&self.inner)].into_iter().flatten()
    }
}

impl<'b> Addresses<'b> {
    fn add(&mut self, target: Target, entry: Entry<'b>, source: Source, matching: Matching) {
        let indexed = Indexed { target, entry };
        if let Some(url) = entry.full_url() {
            self.by_url.entry(url).or_default().push(indexed, source);
        }
        if matching == Matching::Lenient
            && let Some(resource) = entry.resource()
            && let Some(id) = resource.id()
        {
            let address = format!("{}/{id}", resource.resource_type());
            self.by_id.entry(address).or_default().push(indexed, source);
        }
    }

    /// An absolute address; `None` if nothing is there.
    fn at(&self, url: &str) -> Option<Resolution> {
        let (address, version) = full_url::split_version(url);
        // A fullUrl that names a version is wrong, and found all the same.
        let found = self.by_url.get(address).or_else(|| self.by_url.get(url));
        Some(found?.of_version(version))
    }

    /// By type and id alone.
    fn lenient(&self, says: &str) -> Option<Resolution> {
        let url = full_url::Restful::parse(says)?;
        let found = self.by_id.get(&format!("{}/{}", url.resource_type, url.id))?;
        let found = found.of_version(full_url::split_version(says).1);
        (found != Resolution::NotInBundle).then_some(found)
    }
}

/// What FHIR's rule says of a reference.
pub(super) struct Strict {
    pub(super) resolution: Resolution,
    /// Something is there, and not in the version that was asked for.
    pub(super) is_other_version: bool,
}

impl From<Resolution> for Strict {
    fn from(resolution: Resolution) -> Self {
        Self {
            resolution,
            is_other_version: false,
        }
    }
}

impl<'b> Index<'b> {
    /// By FHIR's rule.
    pub(super) fn strict(&self, own: Option<&Addresses<'b>>, from: Option<Entry<'b>>, says: &str) -> Strict {
        if says == "#" {
            return Resolution::Container.into();
        }
        if full_url::is_absolute(says) && !says.chars().any(char::is_whitespace) {
            return self.at(own, says);
        }
        // What is searched for may hold a space.
        if full_url::is_conditional(says) {
            return Resolution::Conditional.into();
        }
        if says.chars().any(char::is_whitespace) || full_url::Restful::parse(says).is_none() {
            return Resolution::Malformed.into();
        }
        let base = from.and_then(|entry| entry.full_url());
        let base = base
            .as_deref()
            .and_then(full_url::Restful::parse)
            .map(|url| url.base.to_owned());
        match base {
            Some(base) if !base.is_empty() => self.at(own, &format!("{base}{says}")),
            _ => Resolution::RelativeNoBase.into(),
        }
    }

    fn at(&self, own: Option<&Addresses<'b>>, url: &str) -> Strict {
        let mut is_other_version = false;
        for resolution in self.near(own).filter_map(|addresses| addresses.at(url)) {
            if resolution != Resolution::NotInBundle {
                return resolution.into();
            }
            is_other_version = true;
        }
        Strict {
            resolution: Resolution::NotInBundle,
            is_other_version,
        }
    }

    /// By type and id alone.
    pub(super) fn lenient(&self, own: Option<&Addresses<'b>>, says: &str) -> Option<Resolution> {
        self.near(own).find_map(|addresses| addresses.lenient(says))
    }
}

impl<'b> Group<'b> {
    /// Adds an entry. What comes with several answers is there once: the same version of one address, or the same byte for byte.
    fn push(&mut self, found: Indexed<'b>, source: Source) {
        /// Behind so many it is ambiguous anyhow.
        const COMPARED: usize = 16;
        let resource = found.entry.resource();
        let version = resource.and_then(|resource| resource.version_id());
        let is_same = |other: &Indexed<'b>| {
            let other_version = other.entry.resource().and_then(|resource| resource.version_id());
            other_version == version && other.entry.full_url() == found.entry.full_url()
        };
        let is_again = |other: &Indexed<'b>| {
            let (Some(one), Some(two)) = (other.entry.resource(), resource) else {
                return false;
            };
            // Bundles in entries are several answers too.
            let is_another = match source {
                Source::Entry => other.target.bundle != found.target.bundle,
                Source::Nested | Source::History => other.target != found.target,
            };
            is_another && (one.source() == two.source() || version.is_some() && is_same(other))
        };
        if self.all.iter().take(COMPARED).any(is_again) {
            return;
        }
        let is_older = |other: &Indexed<'b>| source == Source::History && other.target == found.target;
        if !self.all.last().is_some_and(is_older) {
            self.all.push(found);
        }
        if let Some(version) = version {
            self.by_version.entry(version).or_default().push(found.target);
        }
    }

    /// What was found, if a version is asked for in that version.
    fn of_version(&self, version: Option<&str>) -> Resolution {
        let targets: Vec<_> = match version {
            None => self
                .all
                .iter()
                .map(|indexed| indexed.target)
                .take(Resolution::MAX_TARGETS)
                .collect(),
            Some(version) => {
                let found = self.by_version.get(version).map(Vec::as_slice).unwrap_or_default();
                found.iter().copied().take(Resolution::MAX_TARGETS).collect()
            }
        };
        match targets.as_slice() {
            [] => Resolution::NotInBundle,
            [target] => Resolution::InBundle(*target),
            _ => Resolution::Ambiguous(targets),
        }
    }
}
