//! The form of every value, wherever it stands [FHIR json, 3.0 to 4.3], and what is told of elements by their form.

use super::{Found, RuleSet, nictiz, references};
use crate::Rule;
use crate::reference::{Index, Resolving};
use crate::walk::{Flaw, Members, Place, Scalar, Visit, walk};

pub(super) fn check<'b>(found: &mut Found<'_, 'b>, index: &Index<'b>, rules: RuleSet) {
    let bundle = found.bundle;
    let mut checking = Checking {
        resolving: Resolving::new(bundle, 0, index),
        found,
        rules,
    };
    walk(bundle, &mut checking);
}

struct Checking<'c, 'f, 'i, 'b> {
    found: &'c mut Found<'f, 'b>,
    resolving: Resolving<'i, 'b>,
    rules: RuleSet,
}

impl<'b> Visit<'b> for Checking<'_, '_, '_, 'b> {
    fn scalar(&mut self, place: &Place<'_, 'b>, scalar: Scalar<'b>) {
        let Scalar::Text(text) = scalar else { return };
        let rule = if text.is_empty() {
            Rule::StrEmptyText
        } else if text.has_lone_surrogate() {
            Rule::JsonLoneSurrogate
        } else if place.is("implicitRules") {
            Rule::StrImplicitRules
        } else {
            return;
        };
        self.found.add_at(rule, place.entry(), || place.path());
    }

    fn object(&mut self, place: &Place<'_, 'b>, members: &Members<'b>) {
        if place.is("modifierExtension") {
            let rule = Rule::StrModifierExtension;
            self.found.add_at(rule, place.entry(), || place.path());
        }
        if self.rules != RuleSet::Fhir {
            nictiz::identifier(self.found, place, members);
        }
        if self.rules == RuleSet::NictizElements {
            nictiz::element(self.found, place, members);
        }
        let found = &mut *self.found;
        self.resolving
            .object(place, members, |resolved| references::check(found, resolved));
    }

    fn flaw(&mut self, place: &Place<'_, 'b>, flaw: Flaw) {
        let rule = match flaw {
            Flaw::DuplicateName => Rule::DuplicateName,
            Flaw::EmptyObject => Rule::StrEmptyObject,
            Flaw::EmptyArray => Rule::StrEmptyArray,
            Flaw::Null => Rule::StrNull,
            Flaw::Attribute => Rule::XmlAttribute,
            Flaw::LoneSurrogate => Rule::JsonLoneSurrogate,
        };
        self.found.add_at(rule, place.entry(), || place.path());
    }
}
