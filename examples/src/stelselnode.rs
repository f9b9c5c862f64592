//! A Stelselnode: serves the four lists to participants.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::extract::{self, State};
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

async fn list(State(folder): State<Arc<PathBuf>>, extract::Path(file): extract::Path<String>) -> Response {
    let Some(kind) = ListKind::FOUR.into_iter().find(|kind| kind.file_name() == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(folder.join(kind.file_name())).await {
        Ok(bytes) => ([(CONTENT_TYPE, "text/xml; charset=utf-8")], bytes).into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Whom a Stelselnode lets in: the Nodes on the very Whitelist that it serves, or on the last good one.
///
/// # Errors
/// If the folder has no good Whitelist to begin with.
pub fn admits(folder: &Path) -> anyhow::Result<tls::Admits> {
    let path = folder.join(ListKind::Whl.file_name());
    let read = move || -> anyhow::Result<Whitelist> {
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let parsed = Whitelist::parse(&bytes, &Limits::default());
        Ok(parsed.with_context(|| format!("{} is refused", path.display()))?.list)
    };
    let last = Mutex::new(read()?);
    Ok(Arc::new(move |client| {
        let fresh = read();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(list) = fresh {
            *last = list;
        }
        client.names().iter().any(|name| last.contains(name))
    }))
}
