//! A moment as a stored envelope has it: RFC 3339, in UTC.

use serde::{Deserialize, Deserializer, Serializer, de, ser};
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

pub(super) fn serialize<S: Serializer>(moment: &UtcDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let text = moment.format(&Rfc3339).map_err(ser::Error::custom)?;
    serializer.serialize_str(&text)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<UtcDateTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    UtcDateTime::parse(&text, &Rfc3339).map_err(de::Error::custom)
}
