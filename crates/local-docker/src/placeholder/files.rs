use std::{
    collections::{BTreeMap, HashMap},
    io::Read as _,
};

use bollard::{
    models::VolumeCreateRequest,
    query_parameters::{DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder},
};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use tar::Archive;

use super::{MOUNT, create_placeholder, remove_once_created, remove_placeholder};
use crate::{client::Connection, containers::archive_of, error::EngineError};

/// Small files in a volume of the engine, at its top. See
/// [`Engine::volume_files`](crate::Engine::volume_files).
#[derive(Debug, Clone)]
pub struct VolumeFiles<'a> {
    connection: &'a Connection,
    volume: String,
    labels: BTreeMap<String, String>,
}

impl<'a> VolumeFiles<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        volume: &str,
        labels: BTreeMap<String, String>,
    ) -> Self {
        Self { connection, volume: volume.to_owned(), labels }
    }

    /// Every file, by name. None when the volume does not exist.
    ///
    /// # Errors
    /// When the engine does not answer, or answers no archive.
    pub async fn read_all(&self) -> Result<BTreeMap<String, Vec<u8>>, EngineError> {
        if !self.exists().await? {
            return Ok(BTreeMap::new());
        }
        let container = self.create_container().await?;
        let archive = self.download(&container).await;
        remove_placeholder(self.connection, &container).await?;
        files_of(&archive?).map_err(|error| self.invalid(error))
    }

    /// Writes a file, or replaces it. The volume is created when it does not exist.
    ///
    /// # Errors
    /// When the engine does not answer, or has no space.
    pub async fn write(&self, name: &str, content: &[u8]) -> Result<(), EngineError> {
        self.create_volume().await?;
        let archive = archive_of(name, content, 0o600).map_err(|error| self.invalid(error))?;
        let container = self.create_container().await?;
        let options = UploadToContainerOptionsBuilder::new().path(MOUNT).build();
        let body = bollard::body_full(Bytes::from(archive));
        let written =
            self.connection.client().upload_to_container(&container, Some(options), body).await;
        let written = written.map_err(self.connection.error_while(&self.doing("write to")));
        remove_placeholder(self.connection, &container).await?;
        written
    }

    async fn exists(&self) -> Result<bool, EngineError> {
        let volumes = crate::volumes::Volumes::new(self.connection).list(None).await?;
        Ok(volumes.iter().any(|volume| volume.name == self.volume))
    }

    /// An engine returns a volume of this name when there is one.
    async fn create_volume(&self) -> Result<(), EngineError> {
        let request = VolumeCreateRequest {
            name: Some(self.volume.clone()),
            labels: Some(self.labels.clone().into_iter().collect::<HashMap<_, _>>()),
            ..VolumeCreateRequest::default()
        };
        let created = self.connection.client().create_volume(request).await;
        created.map(drop).map_err(self.connection.error_while(&self.doing("create")))
    }

    async fn create_container(&self) -> Result<String, EngineError> {
        let name = format!("tidegate-files-{:016x}", fastrand::u64(..));
        let volume = Some(self.volume.as_str());
        let created = create_placeholder(self.connection, &name, &self.labels, volume).await;
        match &created {
            Err(
                EngineError::ConnectionLost { .. }
                | EngineError::EngineGone { .. }
                | EngineError::NoAnswer { .. },
            ) => remove_once_created(self.connection, &name).await,
            Err(_) => drop(remove_placeholder(self.connection, &name).await),
            Ok(()) => {}
        }
        created.map(|()| name)
    }

    async fn download(&self, container: &str) -> Result<Vec<u8>, EngineError> {
        let options = DownloadFromContainerOptionsBuilder::new().path(MOUNT).build();
        let parts = self.connection.client().download_from_container(container, Some(options));
        let parts: Vec<Bytes> =
            parts.try_collect().await.map_err(self.connection.error_while(&self.doing("read")))?;
        Ok(parts.concat())
    }

    fn doing(&self, verb: &str) -> String {
        format!("{verb} the volume {}", self.volume)
    }

    fn invalid(&self, source: std::io::Error) -> EngineError {
        EngineError::InvalidResponse { doing: self.doing("read"), source: source.into() }
    }
}

/// The archive has the folder itself, and the files below its name.
fn files_of(archive: &[u8]) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in Archive::new(archive).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path()?.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.extend(name.map(|name| (name, content)));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let archive = archive_of("20261129.plan.json", b"{}", 0o600).unwrap();
        let files = files_of(&archive).unwrap();
        assert_eq!(files, BTreeMap::from([("20261129.plan.json".to_owned(), b"{}".to_vec())]));
        assert!(files_of(b"no archive, but long enough to be read as one").is_err());
    }
}
