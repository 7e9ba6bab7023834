//! What registries store: manifests as opaque bytes, and read-only views of them.

mod descriptor;
mod manifest;
pub(crate) mod media_type;
mod view;

pub use descriptor::{Descriptor, DescriptorPlatform};
pub use manifest::{Manifest, ManifestHead};
pub use media_type::MediaType;
pub use view::{ImageView, IndexView, ManifestView};
