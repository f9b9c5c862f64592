//! What every list starts with: its Tijdstempel and its Volgnummer.

use crate::Finding;
use crate::error::{ListRule, Rejected, Violation};
use crate::limits::Limits;
use crate::reading::validate;
use crate::schema::{Builder, Element, Schema};
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

/// Which of the two a field is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum EnvelopeField {
    Tijdstempel,
    Volgnummer,
}

impl EnvelopeBuilder {
    pub(crate) fn value(&mut self, field: EnvelopeField, text: &str) -> Vec<Violation> {
        match field {
            EnvelopeField::Tijdstempel => match text.parse::<DatumTijd>() {
                Err(error) => return vec![error.into()],
                Ok(stempel) => {
                    let timeless = !stempel.has_zone();
                    self.tijdstempel = Some(stempel);
                    if timeless {
                        return vec![Violation::new(
                            ListRule::TimeZone,
                            "a time zone, without which there is no moment",
                        )];
                    }
                }
            },
            EnvelopeField::Volgnummer => match text.parse::<Positiefnummer>() {
                Err(error) => return vec![error.into()],
                Ok(nummer) => self.volgnummer = Some(nummer),
            },
        }
        Vec::new()
    }
}

/// The builder of a list, which gives the list once the document was found right.
pub(crate) trait ListBuilder: Builder + Default {
    type List;

    const SCHEMAS: &'static [Schema<Self::Field>];

    fn envelope(&mut self) -> EnvelopeBuilder;

    fn build(self, envelope: Envelope) -> Self::List;
}

/// Reads a document as the list of a builder.
pub(crate) fn parse<B: ListBuilder>(bytes: &[u8], limits: &Limits) -> Result<Parsed<B::List>, Rejected> {
    let validated = validate::<B>(bytes, B::SCHEMAS, limits)?;
    finish(validated)
}

/// Makes the list of a document that was found right.
pub(crate) fn finish<B: ListBuilder>(validated: Validated<B>) -> Result<Parsed<B::List>, Rejected> {
    let Validated {
        schema,
        warnings,
        is_cut,
        mut builder,
    } = validated;
    let EnvelopeBuilder {
        tijdstempel,
        volgnummer,
    } = builder.envelope();
    let (Some(tijdstempel), Some(volgnummer)) = (tijdstempel, volgnummer) else {
        return Err(Rejected::incomplete());
    };
    let envelope = Envelope {
        namespace: schema.namespace,
        tijdstempel,
        volgnummer,
    };
    Ok(Parsed {
        list: builder.build(envelope),
        warnings,
        is_cut,
    })
}

/// The declaration of a Tijdstempel for the fields of a list.
pub(crate) const fn tijdstempel<F>(field: F) -> Element<F> {
    Element::text("Tijdstempel", "DatumTijd", field)
}

/// The declaration of a Volgnummer for the fields of a list.
pub(crate) const fn volgnummer<F>(field: F) -> Element<F> {
    Element::text("Volgnummer", "Positiefnummer", field)
}
