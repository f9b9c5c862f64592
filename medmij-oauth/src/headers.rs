//! The ids of MedMij as header fields.

use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use medmij_core::{CorrelationId, MEDMIJ_REQUEST_ID, RequestId, X_CORRELATION_ID};

pub(crate) fn insert_ids(headers: &mut HeaderMap, request_id: &RequestId, correlation_id: Option<&CorrelationId>) {
    let ids = [
        (MEDMIJ_REQUEST_ID, Some(request_id.as_str())),
        (X_CORRELATION_ID, correlation_id.map(CorrelationId::as_str)),
    ];
    for (name, id) in ids {
        // Both the names and the ids are visible ASCII.
        if let (Ok(name), Some(Ok(value))) = (name.parse::<HeaderName>(), id.map(HeaderValue::from_str)) {
            headers.insert(name, value);
        }
    }
}

/// The text of an id, if it stands there once.
pub(crate) fn id<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
