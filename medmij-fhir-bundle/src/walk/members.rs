//! What is remembered of an object while it is read, by which it is known what it is.

use super::{Frame, Scalar};
use crate::text::Text;
use crate::{Format, Verdict, bsn};

/// Members of an object by which it is known what it is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Members<'b> {
    pub(crate) system: Option<Text<'b>>,
    pub(crate) value: Option<Text<'b>>,
    pub(crate) code: Option<Text<'b>>,
    /// It has several codes, one of which is like a BSN.
    pub(crate) has_suspect_code: bool,
    /// One of its systems is that of the BSN, if several are told.
    pub(crate) names_bsn: bool,
    /// It has a value that is not empty, in whatever form.
    pub(crate) has_value: bool,
    /// One of its values has nine digits.
    pub(crate) has_nine_digits: bool,
    pub(crate) display: Option<Text<'b>>,
    pub(crate) reference: Option<Text<'b>>,
    pub(crate) url: Option<Text<'b>>,
    pub(crate) id: Option<Text<'b>>,
    pub(crate) has_text: bool,
    pub(crate) has_type: bool,
    pub(crate) has_extension: bool,
    pub(crate) has_coding: bool,
    pub(crate) has_identifier: bool,
    /// It has a member that no Reference has.
    pub(crate) has_others: bool,
    /// One of its codings has a display.
    pub(crate) coding_has_display: bool,
    /// `type.coding` names the Dutch national number.
    pub(crate) is_national_number: bool,
    /// Its value has an extension.
    pub(crate) has_value_extension: bool,
    /// It tells why there is nothing more.
    pub(crate) has_absent_reason: bool,
}

impl<'b> Members<'b> {
    /// What a Coding means for its CodeableConcept, and for the Identifier whose type that is.
    pub(super) fn as_coding(&self, concept: &mut Frame<'b>, identifier: Option<&mut Frame<'b>>) {
        const NATIONAL_NUMBERS: [&str; 3] = [
            "urn:oid:2.16.840.1.113883.18.108",
            "http://hl7.org/fhir/v2/0203",
            "http://terminology.hl7.org/CodeSystem/v2-0203",
        ];
        concept.members.coding_has_display |= self.display.is_some_and(|text| !text.is_empty());
        let is_number = self.code.is_some_and(|code| code.is("NNNLD"))
            && self
                .system
                .is_none_or(|system| NATIONAL_NUMBERS.iter().any(|known| system.is(known)));
        if is_number
            && concept.is("type")
            && let Some(identifier) = identifier
        {
            identifier.members.is_national_number = true;
        }
    }

    /// What an extension means for what has it, and for the Identifier whose value that is.
    pub(super) fn as_extension(&self, holder: &mut Frame<'b>, identifier: Option<&mut Frame<'b>>, format: Format) {
        let is_reason = self.url.is_some_and(|url| {
            url.is("http://hl7.org/fhir/StructureDefinition/data-absent-reason")
                || url.is("http://hl7.org/fhir/StructureDefinition/iso21090-nullFlavor")
        });
        holder.members.has_absent_reason |= is_reason;
        // In XML an element that has no value is not told from one that cannot have one.
        let is_of_value = holder.is("_value") || format == Format::Xml && holder.is("value");
        if is_of_value && let Some(identifier) = identifier {
            identifier.members.has_value_extension = true;
        }
    }

    pub(super) fn take(&mut self, name: Text<'b>, scalar: Scalar<'b>) {
        self.take_item(name, scalar);
        let Scalar::Text(text) = scalar else {
            self.has_others = true;
            return;
        };
        let slot = match &*name.decode() {
            "display" => &mut self.display,
            "reference" => &mut self.reference,
            "id" => &mut self.id,
            // Only R4 has it in a Reference.
            "type" => return,
            name => {
                self.has_others = true;
                match name {
                    "system" => &mut self.system,
                    "value" => &mut self.value,
                    "code" => {
                        // Which of them is read, nobody knows.
                        if let Some(code) = self.code {
                            let is_suspect = |code: Text<'_>| bsn::bsn_in_text(&code.decode()) > Verdict::Clean;
                            self.has_suspect_code |= is_suspect(code) || is_suspect(text);
                        }
                        &mut self.code
                    }
                    "url" => &mut self.url,
                    "text" => {
                        self.has_text = !text.is_empty();
                        return;
                    }
                    _ => return,
                }
            }
        };
        *slot = Some(text);
    }

    /// What is said of an identifier, also if it is said twice or in another form than it should be.
    pub(super) fn take_item(&mut self, name: Text<'b>, scalar: Scalar<'b>) {
        match scalar {
            Scalar::Text(text) if name.is("system") => self.names_bsn |= bsn::is_system(&text.decode()),
            Scalar::Text(text) if name.is("value") => self.take_value(&text.decode()),
            Scalar::Number(literal) if name.is("value") => self.take_value(literal),
            _ => {}
        }
    }

    fn take_value(&mut self, value: &str) {
        self.has_value |= !value.is_empty();
        let is_number = value
            .chars()
            .all(|c| c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | '-'));
        self.has_nine_digits |= is_number && value.bytes().filter(u8::is_ascii_digit).count() == 9;
    }

    pub(super) fn opens(&mut self, name: Text<'b>, is_array: bool) {
        match &*name.decode() {
            "extension" => self.has_extension = true,
            // Of a Reference it is one.
            "identifier" if !is_array => self.has_identifier = true,
            "_display" | "_reference" | "_type" => {}
            name => {
                self.has_others = true;
                match name {
                    "type" => self.has_type = true,
                    "coding" => self.has_coding = true,
                    "text" => self.has_text = true,
                    _ => {}
                }
            }
        }
    }
}
