//! Archives of images, as `docker load` reads and `docker save` writes them.

use std::{io, path::Path};

use bollard::{models::BuildInfo, query_parameters::ImportImageOptionsBuilder};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::io::AsyncWriteExt as _;

use super::name::ImageName;
use crate::{client::Connection, error::EngineError};

/// The text before each name in the engine's response to a load.
const LOADED: [&str; 2] = ["Loaded image ID: ", "Loaded image: "];

/// Loads an archive; names or IDs of its images.
pub(crate) async fn load_archive(
    connection: &Connection,
    archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Result<Vec<String>, EngineError> {
    let options = ImportImageOptionsBuilder::new().quiet(true).build();
    let client = connection.patient_client();
    let mut messages = client.import_image_stream(options, archive, None);
    let mut loaded = Vec::new();
    while let Some(message) = messages.next().await {
        let message = message.map_err(connection.error_while("load an image"))?;
        loaded.extend(loaded_name(&message));
    }
    Ok(loaded)
}

fn loaded_name(message: &BuildInfo) -> Option<String> {
    let line = message.stream.as_deref()?.trim();
    LOADED.iter().find_map(|prefix| line.strip_prefix(prefix)).map(str::to_owned)
}

/// Writes the archive of an image to a file.
pub(super) async fn save_to_file(
    connection: &Connection,
    image: &ImageName,
    file: &Path,
) -> Result<(), EngineError> {
    let mut output = tokio::fs::File::create(file).await.map_err(|e| write_error(file, e))?;
    let mut archive = Box::pin(saved_archive(connection, image));
    while let Some(part) = archive.try_next().await? {
        output.write_all(&part).await.map_err(|e| write_error(file, e))?;
    }
    output.flush().await.map_err(|e| write_error(file, e))
}

fn write_error(file: &Path, source: io::Error) -> EngineError {
    EngineError::File { doing: "cannot write", path: file.to_owned(), source }
}

/// The archive of an image as the engine sends it.
pub(crate) fn saved_archive(
    connection: &Connection,
    image: &ImageName,
) -> impl Stream<Item = Result<Bytes, EngineError>> + Send + use<> {
    let name = image.to_string();
    let engine_error = connection.error_while(&format!("save image {name}"));
    let stream = connection.patient_client().export_image(&name);
    stream.map_err(move |error| engine_error(error).for_image(&name))
}
