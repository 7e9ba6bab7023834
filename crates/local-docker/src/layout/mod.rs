//! OCI image layout folders (image specification 1.1, `image-layout.md`):
//! written so that the same content always gives the same digests.

mod blob;
mod descriptor;
mod document;
mod folder;
mod gzip;

pub(crate) use blob::BlobWriter;
pub use descriptor::{Descriptor, media_type};
pub(crate) use document::{Index, Manifest, config_facts, image_manifest};
pub use folder::OciLayout;
pub(crate) use folder::written;
pub(crate) use gzip::compress;
