use std::{io, path::Path};

use bollard::{models::BuildInfo, query_parameters::ImportImageOptionsBuilder};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::ImageName;
use crate::{Engine, EngineError};

/// What precedes the name in the engine's answer to a load.
const LOADED: [&str; 2] = ["Loaded image ID: ", "Loaded image: "];

impl Engine {
    /// Loads an archive (`docker save`, or OCI for the containerd store), and
    /// tells the names or IDs of the images in it.
    ///
    /// # Errors
    /// `Refused`, `NoSpace`, or when the engine goes away.
    pub async fn load(
        &self,
        archive: impl AsyncRead + Send + 'static,
    ) -> Result<Vec<String>, EngineError> {
        self.load_stream(ReaderStream::with_capacity(archive, 1 << 18)).await
    }

    pub(crate) async fn load_stream(
        &self,
        archive: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Result<Vec<String>, EngineError> {
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let client = self.patient_client();
        let mut answers = client.import_image_stream(options, archive, None);
        let mut loaded = Vec::new();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(self.failed("load an image"))?;
            loaded.extend(loaded_name(&answer));
        }
        Ok(loaded)
    }

    /// Writes an image to a file, as `docker save` does.
    ///
    /// # Errors
    /// `ImageNotFound`, `NoSpace`, `File`, or when the engine goes away.
    pub async fn save(&self, image: impl Into<ImageName>, file: &Path) -> Result<(), EngineError> {
        let failed = |source: io::Error| EngineError::File {
            doing: "cannot write",
            path: file.to_owned(),
            source,
        };
        let mut out = tokio::fs::File::create(file).await.map_err(failed)?;
        let mut archive = Box::pin(self.saved(&image.into()));
        while let Some(part) = archive.try_next().await? {
            out.write_all(&part).await.map_err(failed)?;
        }
        out.flush().await.map_err(failed)
    }

    /// The archive of an image as it comes.
    pub(crate) fn saved(
        &self,
        image: &ImageName,
    ) -> impl Stream<Item = Result<Bytes, EngineError>> + Send + use<> {
        let (engine, name) = (self.clone(), image.to_string());
        let stream = self.patient_client().export_image(&name);
        stream.map_err(move |error| {
            engine.failed(format!("save image {name}"))(error).for_image(&name)
        })
    }
}

fn loaded_name(answer: &BuildInfo) -> Option<String> {
    let line = answer.stream.as_deref()?.trim();
    LOADED.iter().find_map(|prefix| line.strip_prefix(prefix)).map(str::to_owned)
}
