//! Downloads.

use std::path::PathBuf;

use http::StatusCode;
use tokio::fs::File;

use super::{IndexService, Response, reply};
use crate::index::store::metadata_place;
use crate::server::Body;

impl IndexService {
    /// `GET /files/...`: a file, or with `.metadata` behind its name the core metadata of a wheel.
    pub(super) async fn file(&self, path: &str) -> Response {
        let missing = || reply::text(StatusCode::NOT_FOUND, "404 Not Found");
        let Some(place) = self.place_of(path) else { return missing() };
        let Ok(file) = File::open(&place).await else { return missing() };
        let Ok(properties) = file.metadata().await else { return missing() };
        let body = Body::from_reader(file, properties.len());
        reply::typed(StatusCode::OK, "application/octet-stream", body)
    }

    fn place_of(&self, path: &str) -> Option<PathBuf> {
        let shelf = self.store.shelf();
        if let Some(place) = shelf.catalogue.object(path) {
            return Some(place.clone());
        }
        let wheel = shelf.catalogue.object(path.strip_suffix(".metadata")?)?;
        Some(metadata_place(wheel))
    }
}
