//! The images that a cluster uses.

mod image_identity;
mod image_name;
mod image_use;
mod list;
mod object_kind;
mod objects;

pub use image_identity::ImageIdentity;
pub use image_name::ImageName;
pub use image_use::{ClusterImageUse, PodPart};
pub use object_kind::ObjectKind;

pub(crate) use list::list_images_in_use;
