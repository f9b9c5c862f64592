//! A Stelselnode: serves the four lists to participants.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use medmij_lists::{Limits, ListKind, Whitelist};

use crate::tls;

/// Serves the files of a folder under the names that lists have, whatever their `api` parameter.
pub fn router(folder: PathBuf) -> Router {
    Router::new().route("/{file}", get(list)).with_state(Arc::new(folder))
}

async fn list(State(folder): State<Arc<PathBuf>>, Path(file): Path<String>) -> Response {
    let Some(kind) = ListKind::ALL.into_iter().find(|kind| kind.file_name() == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(folder.join(kind.file_name())).await {
        Ok(bytes) => ([(CONTENT_TYPE, "text/xml; charset=utf-8")], bytes).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Whom a Stelselnode lets in: the Nodes on the very Whitelist that it serves.
pub fn admits(folder: PathBuf) -> tls::Admits {
    Arc::new(move |client| {
        let bytes = std::fs::read(folder.join(ListKind::Whl.file_name()));
        let list = bytes
            .ok()
            .and_then(|bytes| Whitelist::parse(&bytes, &Limits::default()).ok());
        list.is_some_and(|parsed| client.names().iter().any(|name| parsed.list.contains(name.as_str())))
    })
}
