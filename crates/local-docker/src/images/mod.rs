//! The engine's images: look, name, load, save.

mod archive;
mod details;
mod history;
mod inventory;
mod local_image;
mod naming;

pub use details::ImageDetails;
pub use history::HistoryEntry;
pub use inventory::ListedImage;
pub use local_image::{ImageName, LocalImage};
pub use naming::Removal;
