//! From the engine's archives to an image layout, and back.

mod archive;
mod assemble;
mod entry;
mod platform_image;
mod reload;

use image_ref::Platform;
use oci_image::LayoutFolder;
use tokio::task::spawn_blocking;

pub use platform_image::PlatformImage;
pub(crate) use reload::load_manifest;

use crate::{
    EngineError, ImageName,
    byte_channel::{ChannelReader, to_blocking},
    client::Connection,
    images::archive::saved_archive,
};
use futures_util::TryStreamExt as _;

/// Writes the image of one platform into a layout.
pub(crate) async fn export_image(
    connection: &Connection,
    image: &ImageName,
    platform: &Platform,
    layout: &LayoutFolder,
) -> Result<PlatformImage, EngineError> {
    let (sender, reader) = to_blocking();
    let (wanted, target) = (platform.clone(), layout.clone());
    let reading = spawn_blocking(move || import(reader, &wanted, &target));
    let mut archive = Box::pin(saved_archive(connection, image));
    while let Some(part) = archive.try_next().await? {
        if sender.send(part).await.is_err() {
            break; // The reading side has failed and returns the reason.
        }
    }
    drop(sender);
    reading.await.unwrap_or_else(|error| Err(EngineError::Archive { reason: error.to_string() }))
}

/// The blocking half: reads the archive to its end, then decides.
fn import(
    reader: ChannelReader,
    platform: &Platform,
    layout: &LayoutFolder,
) -> Result<PlatformImage, EngineError> {
    let contents = archive::read(reader, layout)?;
    assemble::assemble(&contents, platform, layout)
}
