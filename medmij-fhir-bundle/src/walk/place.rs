//! Where a value stands, and how that is told.

use std::fmt::Write as _;

use super::{Frame, Kind};
use crate::Format;
use crate::text::Text;

/// Where a value stands.
pub(crate) struct Place<'w, 'b> {
    pub(super) frames: &'w [Frame<'b>],
    /// The member, if the value is that of one.
    pub(super) name: Option<Text<'b>>,
    pub(super) format: Format,
}

impl<'b> Place<'_, 'b> {
    /// The member whose value it is, or in an array that of the array.
    pub(crate) fn name(&self) -> Option<Text<'b>> {
        self.name.or_else(|| self.frames.last()?.element)
    }

    /// Whether it is the value of this member, or an item of it.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name().is_some_and(|found| found.is(name))
    }

    /// Whether it is the value of this member, and no item of an array.
    pub(crate) fn is_member(&self, name: &str) -> bool {
        self.name.is_some_and(|found| found.is(name))
    }

    /// Whether the object that it stands in is the value of this member.
    pub(crate) fn is_in(&self, name: &str) -> bool {
        let mut objects = self.frames.iter().rev().filter(|frame| !frame.is_array());
        objects.next().is_some_and(|frame| frame.is(name))
    }

    /// How many objects it stands in.
    pub(crate) fn depth(&self) -> usize {
        self.frames.iter().filter(|frame| !frame.is_array()).count()
    }

    /// The entry of the Bundle that it stands in, or is.
    pub(crate) fn entry(&self) -> Option<usize> {
        let is_entry = |name: Option<Text<'_>>| name.is_some_and(|name| name.is("entry"));
        match (self.format, self.frames) {
            (Format::Json, [_, list, ..]) => (list.is_array() && is_entry(list.element)).then_some(list.index),
            (Format::Xml, [bundle, entry, ..]) => is_entry(entry.element).then_some(bundle.index),
            (Format::Xml, [bundle]) => is_entry(self.name).then_some(bundle.index),
            _ => None,
        }
    }

    /// The entry of a Bundle that is the resource of an entry, which it stands in or is.
    pub(crate) fn nested_entry(&self) -> Option<usize> {
        let is_entry = |name: Option<Text<'_>>| name.is_some_and(|name| name.is("entry"));
        match (self.format, self.frames) {
            (Format::Json, [_, _, _, resource, list, ..]) => {
                (resource.is("resource") && list.is_array() && is_entry(list.element)).then_some(list.index)
            }
            (Format::Xml, [_, _, resource, entry, ..]) => {
                (resource.is("resource") && is_entry(entry.element)).then_some(resource.index)
            }
            (Format::Xml, [_, _, resource]) => {
                (resource.is("resource") && is_entry(self.name)).then_some(resource.index)
            }
            _ => None,
        }
    }

    /// Whether an object that it stands in is the value of this member.
    pub(crate) fn is_inside(&self, name: &str) -> bool {
        // Its own array does not count.
        let outer = self.frames.iter().rev().skip_while(|frame| frame.is_array());
        outer.into_iter().any(|frame| !frame.is_array() && frame.is(name))
    }

    /// The path as FHIRPath from the Bundle, with the names of the members as they are written. What is longer than any path of
    /// FHIR is cut.
    pub(crate) fn path(&self) -> String {
        const LONGEST: usize = 4_096;
        let mut path = String::from("Bundle");
        let mut outer: Option<&Frame<'_>> = None;
        for frame in self.frames {
            if path.len() > LONGEST {
                path.push('…');
                return path;
            }
            if let (Kind::Array | Kind::Member, Some(name)) = (frame.kind, frame.element) {
                self.push(&mut path, name, outer);
            }
            if frame.is_array() {
                let _ = write!(path, "[{}]", frame.index);
            }
            outer = Some(frame);
        }
        if let Some(name) = self.name {
            self.push(&mut path, name, outer);
        }
        path
    }

    fn push(&self, path: &mut String, name: Text<'_>, outer: Option<&Frame<'_>>) {
        let name = name.decode();
        let name = name.strip_prefix('_').unwrap_or(&name);
        path.push('.');
        if is_told(name) {
            path.push_str(name);
        } else {
            path.push_str("*****");
        }
        if self.format == Format::Xml
            && let Some(outer) = outer
            && !SINGLE.contains(&name)
            && !name.starts_with('@')
        {
            let _ = write!(path, "[{}]", outer.index);
        }
    }
}

/// Members that never come again: no number stands behind their names.
pub(super) const SINGLE: [&str; 16] = [
    "display",
    "div",
    "fullUrl",
    "id",
    "meta",
    "method",
    "outcome",
    "reference",
    "request",
    "resource",
    "response",
    "search",
    "system",
    "url",
    "value",
    "versionId",
];

/// Whether a name is like those of FHIR. Another may be as long as the input, or hold the number of a person.
fn is_told(name: &str) -> bool {
    name.len() <= 64 && name.bytes().filter(u8::is_ascii_digit).count() < 8
}
