//! The source and context of what was collected elsewhere, told when it is shared [P&I 1c, 1.1.2].

use medmij_core::{Aanbiedernaam, Gegevensdienstnaam};

use super::Handle;
use crate::write::Writer;
use crate::{FhirVersion, Format};

/// Where something was collected: the source and the context, which belong to it inseparably [P&I 1c, 1.1.2].
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the two that the framework names")]
pub struct Origin {
    /// The source.
    pub aanbieder: Aanbiedernaam,
    /// The context.
    pub gegevensdienstnaam: Gegevensdienstnaam,
}

/// How the origin is written as an entry: its type and bytes.
type Mapping = fn(&Origin, &Handle, FhirVersion, Format) -> (String, Vec<u8>);

/// How the origin is told. The framework names no element for it, so this is the caller's to agree on.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_enums, reason = "a caller that misses a form must not compile")]
pub enum OriginForm {
    /// It is not told, and [`Sent::untold`](crate::Sent::untold) says of which entries.
    #[default]
    Off,
    /// As a Provenance: the entry as target, the Aanbieder as agent, the Gegevensdienst as what it was a part of. Our own
    /// proposal.
    Provenance,
    /// As the caller writes it.
    Other(Mapping),
}

impl OriginForm {
    pub(super) fn entry(
        self,
        origin: &Origin,
        handle: &Handle,
        version: FhirVersion,
        format: Format,
    ) -> Option<(String, Vec<u8>)> {
        match self {
            Self::Off => None,
            Self::Provenance => Some((String::from("Provenance"), provenance(origin, handle, version, format))),
            Self::Other(mapping) => Some(mapping(origin, handle, version, format)),
        }
    }
}

fn provenance(origin: &Origin, handle: &Handle, version: FhirVersion, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut write = || -> std::io::Result<()> {
        let mut writer = Writer::new(&mut bytes, format);
        writer.resource("Provenance", None)?;
        writer.list("target")?;
        writer.object("target")?;
        writer.text("reference", handle.as_str())?;
        writer.end()?;
        writer.end()?;
        writer.list("agent")?;
        writer.object("agent")?;
        // STU3 has a choice here.
        let who = if version == FhirVersion::Stu3 {
            "whoReference"
        } else {
            "who"
        };
        writer.object(who)?;
        writer.text("display", origin.aanbieder.as_ref())?;
        writer.end()?;
        writer.end()?;
        writer.end()?;
        writer.list("entity")?;
        writer.object("entity")?;
        writer.text("role", "source")?;
        let what = if version == FhirVersion::Stu3 {
            "whatReference"
        } else {
            "what"
        };
        writer.object(what)?;
        writer.text("display", origin.gegevensdienstnaam.as_str())?;
        writer.end()?;
        writer.end()?;
        writer.end()?;
        writer.end()
    };
    let written = write();
    debug_assert!(written.is_ok(), "memory takes all");
    bytes
}
