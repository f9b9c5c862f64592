//! The source and context of what was collected elsewhere, told when it is shared [P&I 1c, 1.1.2].

use time::format_description::well_known::Rfc3339;

use super::Handle;
use crate::write::Writer;
use crate::{EntryEnvelope, FhirVersion, Format, Hop};

/// How the envelope of an entry is written as a resource of its own.
type Mapping = fn(EntryEnvelope<'_>, &Handle, FhirVersion, Format) -> Vec<u8>;

/// How the origin is told. The framework names no element for it, so this is the caller's to agree on.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a form must not compile")]
pub enum OriginForm {
    /// It is not told, and [`Sent::untold`](crate::Sent::untold) says of which entries.
    #[default]
    Off,
    /// As a Provenance: the entry as target, when it was collected, the Aanbieder as agent, the Gegevensdienst as what it was a
    /// part of. Of a copy that was changed, when it was, the person as agent, and the Aanbieder as that of what it is a revision of.
    /// Our own proposal.
    Provenance,
    /// As the caller writes it.
    Other(Mapping),
}

impl OriginForm {
    pub(super) fn entry(
        self,
        envelope: EntryEnvelope<'_>,
        handle: &Handle,
        version: FhirVersion,
        format: Format,
    ) -> Option<Vec<u8>> {
        match self {
            Self::Off => None,
            Self::Provenance => Some(provenance(envelope, handle, version, format)),
            Self::Other(mapping) => Some(mapping(envelope, handle, version, format)),
        }
    }
}

fn provenance(envelope: EntryEnvelope<'_>, handle: &Handle, version: FhirVersion, format: Format) -> Vec<u8> {
    let (origin, differences) = (envelope.origin(), version.differences());
    let edited = envelope.hops().filter_map(|hop| match hop {
        Hop::Edited(edited) => Some(edited.at),
        _ => None,
    });
    let edited = edited.last();
    let recorded = edited.unwrap_or_else(|| envelope.received().at).format(&Rfc3339);
    let mut bytes = Vec::new();
    let agent = |writer: &mut Writer<&mut Vec<u8>>, name: &str| -> std::io::Result<()> {
        writer.list("agent")?;
        writer.object("agent")?;
        writer.object(differences.provenance_who)?;
        writer.text("display", name)?;
        writer.end()?;
        writer.end()?;
        writer.end()
    };
    let mut write = || -> std::io::Result<()> {
        let writer = &mut Writer::new(&mut bytes, format);
        writer.resource("Provenance", None)?;
        writer.list("target")?;
        writer.object("target")?;
        writer.text("reference", handle.as_str())?;
        writer.end()?;
        writer.end()?;
        writer.text("recorded", recorded.as_deref().unwrap_or_default())?;
        let source = origin.aanbieder.as_ref();
        // What was changed is the person's: the source is that of the original.
        agent(writer, if edited.is_some() { "Persoon" } else { source })?;
        writer.list("entity")?;
        writer.object("entity")?;
        writer.text("role", if edited.is_some() { "revision" } else { "source" })?;
        writer.object(differences.provenance_what)?;
        writer.text("display", origin.context())?;
        writer.end()?;
        if edited.is_some() {
            agent(writer, source)?;
        }
        writer.end()?;
        writer.end()?;
        writer.end()
    };
    let written = write();
    debug_assert!(written.is_ok(), "memory takes all");
    bytes
}
