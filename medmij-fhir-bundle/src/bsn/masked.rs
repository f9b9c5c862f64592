//! A copy in which BSNs are masked, in the form that the qualification scripts allow.

use std::ops::Range;

use super::is_system;
use crate::text::{Span, Text};
use crate::walk::{Members, Place, Scalar, Visit, walk};
use crate::{Bundle, Format};

const REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

impl Bundle<'_> {
    /// A copy in which each identifier that says that it is a BSN has no value, and says that it is masked; all else is byte for byte
    /// as it was. It is another document than the original, which is to be kept: [`DigestMethod`](crate::DigestMethod) tells them
    /// apart.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits, Verdict};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "batch", "entry": [{"resource": {"resourceType": "Patient",
    ///   "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999911120"}]}}]}"#;
    /// let parse = |bytes| Bundle::parse(bytes, FhirVersion::Stu3, &Limits::default());
    /// let masked = parse(json)?.masked();
    /// assert_eq!(Bundle::parse(&masked, FhirVersion::Stu3, &Limits::default())?.bsn().verdict(), Verdict::Clean);
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    ///
    /// What is a BSN by something else than its system, or has a value that is no text or number, stays: ask the guard again.
    #[must_use]
    pub fn masked(&self) -> Vec<u8> {
        let mut masking = Masking {
            source: self.source,
            format: self.format,
            values: Vec::new(),
            splices: Vec::new(),
        };
        walk(self, &mut masking);
        let mut splices = masking.splices;
        splices.sort_by_key(|(range, _)| range.start);
        let mut copy = Vec::with_capacity(self.source.len() + 128 * splices.len());
        let mut at = 0;
        let piece = |range: Range<usize>| self.source.get(range).unwrap_or_default().as_bytes();
        for (range, instead) in splices {
            // Two that touch, as two values of one identifier do, share what stands between them.
            copy.extend_from_slice(piece(at..range.start.max(at)));
            copy.extend_from_slice(instead.as_bytes());
            at = range.end.max(at);
        }
        copy.extend_from_slice(piece(at..self.source.len()));
        copy
    }
}

struct Masking<'b> {
    source: &'b str,
    format: Format,
    /// The values of the objects that are open: how deep they stand, the member whole, the value.
    values: Vec<(usize, Range<usize>)>,
    splices: Vec<(Range<usize>, String)>,
}

impl<'b> Visit<'b> for Masking<'b> {
    fn scalar(&mut self, place: &Place<'_, 'b>, scalar: Scalar<'b>) {
        if !place.is_member("value") {
            return;
        }
        let name = place.name().and_then(|name| Span::of(name, self.source).range());
        let value = match scalar {
            Scalar::Text(text) => Span::of(text, self.source).range().map(|range| (range, 1)),
            Scalar::Number(literal) => {
                let text = Text::new(literal, crate::text::Form::Plain);
                Span::of(text, self.source).range().map(|range| (range, 0))
            }
            Scalar::Bool => None,
        };
        if let (Some(name), Some((value, quote))) = (name, value) {
            let whole = match self.format {
                // With the quotes of the name, and those of the value.
                Format::Json => name.start.saturating_sub(1)..value.end + quote,
                Format::Xml => value,
            };
            self.values.push((place.depth(), whole));
        }
    }

    fn object(&mut self, place: &Place<'_, 'b>, members: &Members<'b>) {
        let depth = place.depth() + 1;
        let mut is_masked = members.has_value_extension;
        let is_bsn = members.names_bsn || members.system.is_some_and(|system| is_system(&system.decode()));
        let from = self
            .values
            .iter()
            .rposition(|(of, _)| *of < depth)
            .map_or(0, |last| last + 1);
        for (of, value) in self.values.drain(from..) {
            if of == depth && is_bsn {
                self.splices.extend(match self.format {
                    Format::Json => Some(in_json(self.source, value, is_masked)),
                    Format::Xml => in_xml(self.source, &value, is_masked),
                });
                is_masked = true;
            }
        }
    }
}

/// The member that stands instead; or nothing, with a comma beside it, if another says already that it is masked.
fn in_json(source: &str, member: Range<usize>, is_masked: bool) -> (Range<usize>, String) {
    if !is_masked {
        let reason = format!(r#""_value":{{"extension":[{{"url":"{REASON}","valueCode":"masked"}}]}}"#);
        return (member, reason);
    }
    let behind = source.get(member.end..).unwrap_or_default();
    if let Some(rest) = behind.trim_start().strip_prefix(',') {
        return (member.start..source.len() - rest.len(), String::new());
    }
    let before = source.get(..member.start).unwrap_or_default();
    let start = before.trim_end().strip_suffix(',').map_or(member.start, str::len);
    (start..member.end, String::new())
}

/// The element that stands instead, or no more than the tag without its value if something is inside it.
fn in_xml(source: &str, value: &Range<usize>, is_masked: bool) -> Option<(Range<usize>, String)> {
    let start = source.get(..value.start)?.rfind('<')?;
    let quote = source.as_bytes().get(value.end).copied()?;
    let behind = source.get(value.end + 1..)?;
    // The end of the tag, behind other attributes.
    let mut inside = None;
    let length = behind.bytes().position(|byte| {
        match (inside, byte) {
            (None, b'"' | b'\'') => inside = Some(byte),
            (Some(open), byte) if open == byte => inside = None,
            (None, b'>') => return true,
            _ => {}
        }
        false
    })?;
    let end = value.end + 1 + length + 1;
    let tag = source.get(start..end)?;
    let name = tag
        .get(1..)?
        .split(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>')
        .next()?;
    let prefix = name.strip_suffix("value")?;
    // Without the attribute, whose name stands before its quote.
    let attribute = source.get(start..value.start)?.rfind("value")?;
    let others = format!(
        "{}{}",
        source.get(start..start + attribute)?.trim_end(),
        source.get(value.end + 1..end)?
    );
    debug_assert!(matches!(quote, b'"' | b'\''), "a value stands between quotes");
    let reason = if is_masked {
        String::new()
    } else {
        format!("<{prefix}extension url=\"{REASON}\"><{prefix}valueCode value=\"masked\"/></{prefix}extension>")
    };
    let instead = match others.strip_suffix("/>") {
        Some(begin) => format!("{}>{reason}</{name}>", begin.trim_end()),
        None => format!("{others}{reason}"),
    };
    Some((start..end, instead))
}
