//! What every list starts with: its Tijdstempel and its Volgnummer.

use crate::Finding;
use crate::error::{ListRule, Rejected, Seen, Violation};
use crate::limits::Limits;
use crate::reading::validate;
use crate::schema::{Builder, Schema};
use crate::validate::Validated;
use crate::values::{DatumTijd, Positiefnummer};

/// Which list it is, and which version [ZAL, release2] [OCL, release2] [GNL, release1] [WHL, release2].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Envelope {
    /// The namespace of the list, which tells its release.
    pub namespace: &'static str,
    /// When this version was published.
    pub tijdstempel: DatumTijd,
    /// The number of this version, raised by one with each change.
    pub volgnummer: Positiefnummer,
}

/// A list that was read, with what is doubtful in it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parsed<T> {
    /// The list.
    pub list: T,
    /// What does not refuse the list, but may make a part of it unusable.
    pub warnings: Vec<Finding>,
    /// Whether there were more warnings than the limits let through.
    pub is_cut: bool,
}

impl<T> Parsed<T> {
    pub(crate) fn map<U>(self, list: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed {
            list: list(self.list),
            warnings: self.warnings,
            is_cut: self.is_cut,
        }
    }
}

/// The two fields while a list is being read.
#[derive(Debug, Default)]
pub(crate) struct EnvelopeBuilder {
    tijdstempel: Option<DatumTijd>,
    volgnummer: Option<Positiefnummer>,
}

impl EnvelopeBuilder {
    pub(crate) fn tijdstempel(&mut self, text: &str) -> Result<(), Violation> {
        let tijdstempel: DatumTijd = text.parse()?;
        let has_zone = tijdstempel.has_zone();
        self.tijdstempel = Some(tijdstempel);
        let no_moment = || Violation::new(ListRule::TimeZone, "a time zone, without which there is no moment");
        if has_zone { Ok(()) } else { Err(no_moment()) }
    }

    pub(crate) fn volgnummer(&mut self, text: &str) -> Result<(), Violation> {
        self.volgnummer = Some(text.parse()?);
        Ok(())
    }

    /// What a list that is refused told of itself.
    pub(crate) fn seen(&self, namespace: Option<&'static str>) -> Seen {
        Seen {
            namespace,
            tijdstempel: self.tijdstempel.clone(),
            volgnummer: self.volgnummer.clone(),
        }
    }

    pub(crate) fn build(self, namespace: &'static str) -> Option<Envelope> {
        Some(Envelope {
            namespace,
            tijdstempel: self.tijdstempel?,
            volgnummer: self.volgnummer?,
        })
    }
}

/// The builder of a list, which gives the list once the document was found right.
pub(crate) trait ListBuilder: Builder + Default {
    type List;

    const SCHEMAS: &'static [Schema<Self::Field>];

    fn build(self, envelope: Envelope) -> Self::List;
}

/// Reads a document as the list of a builder.
pub(crate) fn parse<B: ListBuilder>(bytes: &[u8], limits: &Limits) -> Result<Parsed<B::List>, Rejected> {
    validate::<B>(bytes, B::SCHEMAS, limits).map(finish)
}

/// Makes the list of a document that was found right.
pub(crate) fn finish<B: ListBuilder>(validated: Validated<B>) -> Parsed<B::List> {
    Parsed {
        list: validated.builder.build(validated.envelope),
        warnings: validated.warnings,
        is_cut: validated.is_cut,
    }
}
