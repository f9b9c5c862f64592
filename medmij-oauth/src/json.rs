//! JSON objects of a peer.

use serde::Deserialize;

/// Reads an object and nothing else, of no more than so many bytes.
///
/// serde_json does not look at the bytes of what it skips, and its derived readers would take an array of the members too.
pub(crate) fn read_object<'a, T: Deserialize<'a>>(body: &'a [u8], max_len: usize) -> Option<T> {
    let body = Some(body).filter(|body| body.len() <= max_len)?;
    let text = std::str::from_utf8(body).ok()?;
    let is_object = text.bytes().find(|byte| !byte.is_ascii_whitespace()) == Some(b'{');
    if is_object {
        serde_json::from_str(text).ok()
    } else {
        None
    }
}
