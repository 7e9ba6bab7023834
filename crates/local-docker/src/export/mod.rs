//! From the engine's archives to an image layout, and back.

mod archive;
mod assemble;
mod entry;
mod reload;

use image_ref::{Digest, Platform};
use tokio::task::spawn_blocking;

use crate::{
    Descriptor, Engine, EngineError, ImageName, OciLayout,
    byte_channel::{ChannelReader, to_blocking},
};
use futures_util::TryStreamExt as _;

/// The image of one platform in a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformImage {
    /// What it runs on, as asked for.
    pub platform: Platform,
    /// Its manifest, with the platform that the config states.
    pub manifest: Descriptor,
    /// Digest of its config: the image's ID in a graph-driver store.
    pub config: Digest,
}

impl Engine {
    /// Writes the image of one platform into a layout, as it would be pushed.
    /// The containerd store's manifest and blobs are kept to the byte; the
    /// graph-driver store's layers are compressed, always to the same bytes.
    /// `index.json` is left alone.
    ///
    /// # Errors
    /// `ImageNotFound`, `WrongPlatform`, `Archive`, `File`, `NoSpace`, or when
    /// the engine goes away.
    pub async fn export(
        &self,
        image: impl Into<ImageName>,
        platform: &Platform,
        layout: &OciLayout,
    ) -> Result<PlatformImage, EngineError> {
        let (sender, reader) = to_blocking();
        let (wanted, target) = (platform.clone(), layout.clone());
        let reading = spawn_blocking(move || import(reader, &wanted, &target));
        let mut archive = Box::pin(self.saved(&image.into()));
        while let Some(part) = archive.try_next().await? {
            if sender.send(part).await.is_err() {
                break; // The reading side has failed and says why.
            }
        }
        drop(sender);
        reading
            .await
            .unwrap_or_else(|error| Err(EngineError::Archive { reason: error.to_string() }))
    }
}

/// The blocking half: reads the archive to its end, then decides.
fn import(
    reader: ChannelReader,
    platform: &Platform,
    layout: &OciLayout,
) -> Result<PlatformImage, EngineError> {
    let contents = archive::read(reader, layout)?;
    assemble::assemble(&contents, platform, layout)
}
