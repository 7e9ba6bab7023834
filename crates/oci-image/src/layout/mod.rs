//! OCI image layouts: what is in a folder or tar, without changing a byte of it.

mod blob_writer;
mod closure;
mod folder;
mod image_layout;
mod platform_images;
mod reader;
mod writer;

pub use blob_writer::BlobWriter;
pub use closure::Closure;
pub use folder::LayoutFolder;
pub use image_layout::Layout;

#[cfg(test)]
mod tests;
