//! The engine's images: look, name, load, save.

mod archive;
mod local_image;
mod naming;

pub(crate) use local_image::about_image;
pub use local_image::{ImageName, LocalImage};
pub use naming::Removal;
