//! Lists as JSON: what they say, in document order, absent values null.

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use crate::ListKind;
use crate::envelope::Envelope;

/// Writes a list: which one, which version, and its entries under their own name.
pub(crate) fn list<S: Serializer>(
    serializer: S,
    kind: ListKind,
    envelope: &Envelope,
    name: &'static str,
    entries: impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_struct("List", 5)?;
    list.serialize_field("kind", kind.as_str())?;
    list.serialize_field("namespace", envelope.namespace)?;
    list.serialize_field("tijdstempel", &envelope.tijdstempel)?;
    list.serialize_field("volgnummer", &envelope.volgnummer)?;
    list.serialize_field(name, &entries)?;
    list.end()
}

/// The items that a function gives, one by one.
pub(crate) struct Each<F>(pub(crate) F);

impl<F, I> Serialize for Each<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}
