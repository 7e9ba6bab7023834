//! Containers that a program of this product needs for its own work.

use std::collections::{BTreeMap, HashMap};

use bollard::{
    models::{
        ContainerCreateBody, ContainerCreateResponse, HostConfig, RestartPolicy,
        RestartPolicyNameEnum,
    },
    query_parameters::{
        CreateContainerOptionsBuilder, StartContainerOptions, UploadToContainerOptionsBuilder,
    },
};
use bytes::Bytes;
use image_ref::ImageId;
use tar::{Builder, Header};

use super::{ContainerId, ContainerRemoveOptions, Containers};
use crate::{client::Connection, error::EngineError};

/// A container to be started, of an image that the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContainer {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: ImageId,
    /// What runs instead of the image's entry point and command.
    pub command: Vec<String>,
    /// The network that it is in.
    pub network: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// A file at the top of its file system that everybody in it may read: name and
    /// content.
    pub file: (String, String),
}

/// Creates containers, and writes files into them; see
/// [`Engine::creation`](crate::Engine::creation).
#[derive(Debug, Clone, Copy)]
pub struct Creation<'a> {
    pub(super) connection: &'a Connection,
}

impl<'a> Creation<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Creates a container and starts it; the engine starts it again when it ends, until
    /// it is stopped. When it cannot be started, it is removed.
    ///
    /// # Errors
    /// `Refused` when another container has the name or it cannot be started, or when the
    /// engine does not answer.
    pub async fn start(self, container: &NewContainer) -> Result<ContainerId, EngineError> {
        let doing = format!("create the container {}", container.name);
        let options = CreateContainerOptionsBuilder::new().name(&container.name).build();
        let client = self.connection.client();
        let created = client.create_container(Some(options), body_of(container)).await;
        let created = created.map_err(self.connection.error_while(&doing))?;
        let id = self.id_of(&created, doing)?;
        let started = self.fill_and_start(&id, container).await;
        self.keep_if(started, id).await
    }

    pub(super) fn id_of(
        self,
        created: &ContainerCreateResponse,
        doing: String,
    ) -> Result<ContainerId, EngineError> {
        created.id.parse().map_err(|error: super::InvalidContainerId| {
            EngineError::InvalidResponse { doing, source: error.into() }
        })
    }

    /// A container that was created, unless what makes it complete failed: then it is removed.
    pub(super) async fn keep_if(
        self,
        completed: Result<(), EngineError>,
        id: ContainerId,
    ) -> Result<ContainerId, EngineError> {
        let Err(error) = completed else { return Ok(id) };
        let options = ContainerRemoveOptions { force: true, volumes: true };
        // Why it is not complete matters more.
        let _ = Containers::new(self.connection).remove(&id, options).await;
        Err(error)
    }

    async fn fill_and_start(
        self,
        id: &ContainerId,
        container: &NewContainer,
    ) -> Result<(), EngineError> {
        let (name, content) = &container.file;
        self.write_file(id, "/", name, content.as_bytes(), 0o644).await?;
        let client = self.connection.patient_client();
        let started = client.start_container(id.as_str(), None::<StartContainerOptions>).await;
        let doing = format!("start the container {}", container.name);
        started.map_err(self.connection.error_while(&doing))
    }

    /// Writes a file of root into a folder of a container, which exists.
    ///
    /// # Errors
    /// `Refused` when the folder does not exist or cannot be written, or when the engine
    /// does not answer.
    pub async fn write_file(
        self,
        id: &ContainerId,
        folder: &str,
        name: &str,
        content: &[u8],
        mode: u32,
    ) -> Result<(), EngineError> {
        let doing = format!("write a file in container {}", id.short());
        let archive = archive_of(name, content, mode).map_err(|error| {
            EngineError::InvalidResponse { doing: doing.clone(), source: error.into() }
        })?;
        let options = UploadToContainerOptionsBuilder::new().path(folder).build();
        let body = bollard::body_full(Bytes::from(archive));
        let client = self.connection.client();
        let written = client.upload_to_container(id.as_str(), Some(options), body).await;
        written.map_err(self.connection.error_while(&doing))
    }
}

fn body_of(container: &NewContainer) -> ContainerCreateBody {
    let (program, arguments) = container.command.split_at(container.command.len().min(1));
    ContainerCreateBody {
        image: Some(container.image.to_string()),
        entrypoint: Some(program.to_vec()),
        cmd: Some(arguments.to_vec()),
        labels: Some(container.labels.clone().into_iter().collect::<HashMap<_, _>>()),
        host_config: Some(HostConfig {
            network_mode: Some(container.network.clone()),
            restart_policy: Some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
                maximum_retry_count: None,
            }),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

/// An archive with one file of root.
pub(crate) fn archive_of(name: &str, content: &[u8], mode: u32) -> std::io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let mut header = Header::new_ustar();
    header.set_size(content.len() as u64);
    header.set_mode(mode);
    archive.append_data(&mut header, name, content)?;
    archive.into_inner()
}
