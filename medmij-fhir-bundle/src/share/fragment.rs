//! A resource that is to be shared by its own bytes: what it is, what is in it, and where its references stand.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use super::ShareError;
use crate::text::{Span, Text};
use crate::walk::{Members, Place, Scalar, Visit, walk, walk_single};
use crate::write::escaped;
use crate::{BsnReport, Bundle, BundleError, FhirVersion, Format, Limits, bsn, full_url, open};

pub(super) struct Fragment<'a> {
    bytes: Cow<'a, [u8]>,
    /// Where the resource stands in it: behind what may stand before it.
    range: Range<usize>,
    pub(super) resource_type: String,
    pub(super) id: Option<String>,
    pub(super) report: BsnReport,
    /// How many bytes each attachment in it has.
    pub(super) attachments: Vec<u64>,
    /// What is written instead, in order.
    splices: Vec<(Range<usize>, String)>,
}

impl<'a> Fragment<'a> {
    pub(super) fn read(
        bytes: Cow<'a, [u8]>,
        version: FhirVersion,
        format: Format,
        references: &[(&str, &str)],
        limits: &Limits,
    ) -> Result<Self, ShareError> {
        let found = Format::of(&bytes);
        if found != format {
            return Err(ShareError::Format { wanted: format, found });
        }
        let single = open::single(&bytes, version, limits)?;
        let text = single.text;
        let mut looking = Looking {
            text,
            format,
            references,
            guard: bsn::Guard::new(limits.max_findings),
            attachments: Vec::new(),
            splices: Vec::new(),
        };
        let walked = walk_single(text, format, limits.max_depth, &mut looking);
        walked.map_err(|error| BundleError::syntax(error, text, format, limits))?;
        let resource_type = single.resource_type.map(Text::decode).unwrap_or_default().into_owned();
        if !full_url::is_type(&resource_type) {
            return Err(ShareError::Type);
        }
        let id = single.id.map(|id| id.decode().into_owned());
        let (range, report) = (single.range, looking.guard.finish(text, format, &resource_type));
        let (attachments, splices) = (looking.attachments, looking.splices);
        Ok(Self {
            bytes,
            range,
            resource_type,
            id,
            report,
            attachments,
            splices,
        })
    }

    pub(super) fn source(&self) -> &[u8] {
        self.bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// Writes it, byte for byte but for its references.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut at = self.range.start;
        let piece = |range: Range<usize>| self.bytes.get(range).unwrap_or_default();
        for (range, instead) in &self.splices {
            out.write_all(piece(at..range.start))?;
            out.write_all(instead.as_bytes())?;
            at = range.end;
        }
        out.write_all(piece(at..self.range.end))
    }
}

/// How many bytes each attachment of a Bundle has, if it was decoded.
pub(super) fn attachments(bundle: &Bundle<'_>) -> Vec<u64> {
    let mut counting = Counting(Vec::new());
    walk(bundle, &mut counting);
    counting.0
}

struct Counting(Vec<u64>);

impl<'b> Visit<'b> for Counting {
    fn scalar(&mut self, place: &Place<'_, 'b>, scalar: Scalar<'b>) {
        self.0.extend(attachment(place, scalar));
    }

    fn object(&mut self, _: &Place<'_, 'b>, _: &Members<'b>) {}
}

/// How many bytes a value in base64 stands for, if it is one.
fn attachment(place: &Place<'_, '_>, scalar: Scalar<'_>) -> Option<u64> {
    match scalar {
        Scalar::Text(text) if bsn::is_base64(place, text) && !place.is("hash") => Some(decoded_length(&text.decode())),
        _ => None,
    }
}

struct Looking<'l, 'a> {
    text: &'a str,
    format: Format,
    references: &'l [(&'l str, &'l str)],
    guard: bsn::Guard,
    attachments: Vec<u64>,
    splices: Vec<(Range<usize>, String)>,
}

impl<'a> Visit<'a> for Looking<'_, 'a> {
    fn name(&mut self, place: &Place<'_, 'a>, name: Text<'a>) {
        self.guard.name(place, name);
    }

    fn scalar(&mut self, place: &Place<'_, 'a>, scalar: Scalar<'a>) {
        self.guard.scalar(place, scalar);
        self.attachments.extend(attachment(place, scalar));
        let Scalar::Text(text) = scalar else { return };
        if !self.references.is_empty() && (place.is_member("reference") || place.is_member("url")) {
            let says = text.decode();
            let known = self.references.iter().find(|(from, _)| *from == says);
            if let (Some((_, to)), Some(range)) = (known, Span::of(text, self.text).range()) {
                self.splices.push((range, escaped(to, self.format).into_owned()));
            }
        }
    }

    fn object(&mut self, place: &Place<'_, 'a>, members: &Members<'a>) {
        self.guard.object(place, members);
    }
}

/// How many bytes base64 stands for, without decoding it.
fn decoded_length(text: &str) -> u64 {
    let symbols = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        .count() as u64;
    symbols * 3 / 4
}
