//! The engine's images.

pub(crate) mod archive;
mod deletion;
mod details;
mod history;
mod name;
mod pull;
mod summary;

use std::path::Path;

use bollard::query_parameters::TagImageOptionsBuilder;
use image_ref::{ImageId, Platform, Reference};
use oci_image::{Descriptor, LayoutFolder};
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

pub use deletion::ImageDeletion;
pub use details::ImageDetails;
pub use history::HistoryStep;
pub use name::ImageName;
pub use pull::{PullLogin, PullProgress, PulledImage};
pub use summary::ImageSummary;

use crate::{
    client::{Connection, fetch_all, label_filter},
    error::EngineError,
    export::{PlatformImage, export_image, load_manifest},
};
use deletion::{delete_image, has_several_repositories};
use details::ImageInspectResponse;
use summary::ImageListEntry;

/// Bytes that are read from an archive at a time.
const READ_BUFFER: usize = 1 << 18;

/// The images of one engine; see [`Engine::images`](crate::Engine::images).
#[derive(Debug, Clone, Copy)]
pub struct Images<'a> {
    connection: &'a Connection,
}

impl<'a> Images<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// Images without the intermediate ones of builds; with `label`, those that
    /// have it (`name` or `name=value`). Images whose ID is unreadable are left
    /// out, and so are unreadable references.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn list(self, label: Option<&str>) -> Result<Vec<ImageSummary>, EngineError> {
        self.list_matching(&label_filter(label)).await
    }

    /// All images, including the intermediate ones of builds. Images whose ID is
    /// unreadable are left out, so that they are not removed, and so are unreadable
    /// references.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn list_all(self) -> Result<Vec<ImageSummary>, EngineError> {
        self.list_matching("all=true").await
    }

    async fn list_matching(self, query: &str) -> Result<Vec<ImageSummary>, EngineError> {
        let path = format!("/images/json?{query}");
        let entries: Vec<ImageListEntry> = self.connection.get(&path, "list images").await?;
        Ok(entries.into_iter().filter_map(ImageListEntry::into_summary).collect())
    }

    /// The image of this name, which must exist and be whole.
    ///
    /// # Errors
    /// `ImageNotFound`, also when a part of it is missing; `InvalidResponse`, also
    /// when one of its names is not a reference; or when the engine does not answer.
    pub async fn get(self, name: impl Into<ImageName>) -> Result<ImageDetails, EngineError> {
        let name = name.into().to_string();
        let (path, doing) = (format!("/images/{name}/json"), format!("inspect image {name}"));
        let response = self.connection.get_once::<ImageInspectResponse>(&path, &doing).await;
        let image = ImageDetails::from(response.map_err(|error| error.for_image(&name))?);
        match image.unreadable_names.first() {
            None => Ok(image),
            Some(name) => {
                let source = format!("`{name}` is not an image reference").into();
                Err(EngineError::InvalidResponse { doing, source })
            }
        }
    }

    /// Like [`Images::get`]; `None` when the image does not exist.
    ///
    /// # Errors
    /// Those of [`Images::get`], except `ImageNotFound`.
    pub async fn find(
        self,
        name: impl Into<ImageName>,
    ) -> Result<Option<ImageDetails>, EngineError> {
        match self.get(name).await {
            Ok(image) => Ok(Some(image)),
            Err(EngineError::ImageNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Details of an image for deciding about its removal: `None` only when the
    /// engine has no such image, and an image with names that are not references
    /// is described, too.
    ///
    /// # Errors
    /// `InvalidResponse` when a layer's digest cannot be read, `Refused` when a part
    /// of the image is missing, or when the engine does not answer.
    pub async fn inspect(
        self,
        name: impl Into<ImageName>,
    ) -> Result<Option<ImageDetails>, EngineError> {
        let name = name.into();
        let (path, doing) = (format!("/images/{name}/json"), format!("inspect image {name}"));
        let response: Option<ImageInspectResponse> =
            self.connection.get_optional(&path, &doing).await?;
        Ok(response.map(ImageDetails::from))
    }

    /// Details of many images in their order, requested a few at a time. Those
    /// that do not exist are left out.
    ///
    /// # Errors
    /// Those of [`Images::inspect`].
    pub async fn inspect_all(
        self,
        ids: impl IntoIterator<Item = &ImageId>,
    ) -> Result<Vec<ImageDetails>, EngineError> {
        let ids = ids.into_iter().cloned().collect();
        fetch_all(ids, |id| async move { self.inspect(&id).await }).await
    }

    /// The steps of an image's build, the newest first; `None` when the image does
    /// not exist. Empty for an image whose layers the containerd store has not
    /// unpacked, such as one whose load was interrupted.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn history(self, id: &ImageId) -> Result<Option<Vec<HistoryStep>>, EngineError> {
        history::image_history(self.connection, id).await
    }

    /// Adds a reference to an image. Another image that had it loses it.
    ///
    /// # Errors
    /// `ImageNotFound`, or when the engine does not answer.
    pub async fn tag(
        self,
        image: impl Into<ImageName>,
        reference: &Reference,
    ) -> Result<(), EngineError> {
        let image = image.into().to_string();
        let tag = reference.tag().map_or("latest", |tag| tag.as_str());
        let repository = reference.repository().to_string();
        let options = TagImageOptionsBuilder::new().repo(&repository).tag(tag).build();
        let response = self.connection.client().tag_image(&image, Some(options)).await;
        response
            .map_err(self.connection.error_while(&format!("tag {image} as {reference}")))
            .map_err(|error| error.for_image(&image))
    }

    /// Removes a reference, and the image with its last one. Never forced: an
    /// image that a container uses keeps its last reference.
    ///
    /// # Errors
    /// `ImageNotFound`, `ImageInUse`, or when the engine does not answer.
    pub async fn untag(self, reference: &Reference) -> Result<ImageDeletion, EngineError> {
        delete_image(self.connection, &reference.to_string()).await
    }

    /// Removes an image without tags, and the intermediate ones of its build that
    /// nothing else needs. Never forced: an image that a container uses, or that
    /// has got a tag meanwhile, stays. So does an image that others were built
    /// from, but only in a graph-driver store: the containerd store removes it and
    /// keeps the layers that the others need, so check [`ImageSummary::parent`]
    /// first.
    ///
    /// # Errors
    /// `ImageNotFound`, `ImageInUse`, or when the engine does not answer.
    pub async fn remove(self, id: &ImageId) -> Result<ImageDeletion, EngineError> {
        // By its ID the engine would remove an image together with its only tag.
        let image = self.inspect(id).await?;
        let (tags, unreadable, digests) = image
            .map(|image| (image.tags, image.unreadable_names, image.digests))
            .unwrap_or_default();
        if let Some(name) = tags.iter().map(ToString::to_string).chain(unreadable).next() {
            let (image, message) = (id.to_string(), format!("it has the name {name}"));
            return Err(EngineError::ImageInUse { image, message });
        }
        match delete_image(self.connection, &id.to_string()).await {
            Err(error) if has_several_repositories(&error) => self.untag_all(&digests).await,
            outcome => outcome,
        }
    }

    /// The last one removes the image, too.
    async fn untag_all(self, references: &[Reference]) -> Result<ImageDeletion, EngineError> {
        let mut all = ImageDeletion::default();
        for reference in references {
            let deletion = self.untag(reference).await?;
            all.untagged.extend(deletion.untagged);
            all.deleted.extend(deletion.deleted);
        }
        Ok(all)
    }

    /// Loads an archive (`docker save`, or OCI for the containerd store); names or
    /// IDs of its images.
    ///
    /// # Errors
    /// `Refused`, `NoSpace`, or when the engine goes away.
    pub async fn load(
        self,
        archive: impl AsyncRead + Send + 'static,
    ) -> Result<Vec<String>, EngineError> {
        let parts = ReaderStream::with_capacity(archive, READ_BUFFER);
        archive::load_archive(self.connection, parts).await
    }

    /// Writes an image to a file, as `docker save` does.
    ///
    /// # Errors
    /// `ImageNotFound`, `NoSpace`, `File`, or when the engine goes away.
    pub async fn save(self, image: impl Into<ImageName>, file: &Path) -> Result<(), EngineError> {
        archive::save_to_file(self.connection, &image.into(), file).await
    }

    /// Writes the image of one platform into a layout, as it would be pushed.
    /// Manifest and blobs of the containerd store are kept byte for byte; layers
    /// of a graph-driver store are compressed, always to the same bytes.
    /// `index.json` is not changed.
    ///
    /// # Errors
    /// `ImageNotFound`, `WrongPlatform`, `Archive`, `File`, `NoSpace`, or when
    /// the engine goes away.
    pub async fn export(
        self,
        image: impl Into<ImageName>,
        platform: &Platform,
        layout: &LayoutFolder,
    ) -> Result<PlatformImage, EngineError> {
        export_image(self.connection, &image.into(), platform, layout).await
    }

    /// Loads one manifest of a layout under a name. The archive that is sent has
    /// both Docker's list, which every engine reads, and the OCI index, by which
    /// the containerd store keeps the manifest's digest as the image's ID.
    ///
    /// # Errors
    /// `File`, `Layout`, `Refused`, `NoSpace`, or when the engine goes away.
    pub async fn load_from_layout(
        self,
        layout: &LayoutFolder,
        manifest: &Descriptor,
        name: &Reference,
    ) -> Result<ImageDetails, EngineError> {
        load_manifest(self.connection, layout, manifest, name).await?;
        self.get(name).await
    }

    /// Pulls a tag or a digest without credentials. The engine uses plain HTTP for
    /// a registry on loopback.
    ///
    /// # Errors
    /// `NotPullable`, `RegistryUnreachable`, `NoSpace`, or when the engine goes away.
    pub async fn pull(
        self,
        reference: &Reference,
        platform: Option<&Platform>,
        on_progress: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> Result<PulledImage, EngineError> {
        self.pull_as(None, reference, platform, on_progress).await
    }

    /// As [`Images::pull`], with credentials.
    ///
    /// # Errors
    /// As [`Images::pull`].
    pub async fn pull_as(
        self,
        login: Option<&PullLogin>,
        reference: &Reference,
        platform: Option<&Platform>,
        on_progress: &(dyn Fn(PullProgress) + Send + Sync),
    ) -> Result<PulledImage, EngineError> {
        let existed = self.find(reference).await?.is_some();
        pull::pull_image(self.connection, reference, platform, login, on_progress).await?;
        let image = self.get(reference).await?;
        Ok(PulledImage { reference: reference.clone(), image, existed })
    }

    /// Removes what a pull added; what existed before stays.
    ///
    /// # Errors
    /// `ImageInUse`, or when the engine does not answer.
    pub async fn remove_pulled(self, pulled: &PulledImage) -> Result<(), EngineError> {
        if pulled.existed {
            return Ok(());
        }
        self.untag(&pulled.reference).await.map(|_| ())
    }
}
