#![doc = include_str!("../README.md")]

mod blob_content;
mod descriptor;
mod descriptor_platform;
mod document;
mod error;
mod gzip;
mod image_config;
mod index_assembly;
mod layout;
mod manifest;
mod manifest_view;
mod media_type;

pub use blob_content::{BlobContent, FileRange};
pub use descriptor::Descriptor;
pub use descriptor_platform::DescriptorPlatform;
pub use document::{LAYOUT_MARKER, index_bytes, manifest_bytes};
pub use error::ImageError;
pub use gzip::gzip_layer;
pub use image_config::ImageConfig;
pub use index_assembly::{IndexEntry, assemble_index};
pub use layout::{BlobWriter, Closure, Layout, LayoutFolder};
pub use manifest::{Manifest, ManifestHead};
pub use manifest_view::{ImageView, IndexView, ManifestView};
pub use media_type::MediaType;
