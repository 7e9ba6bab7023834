//! Parsing what an index lists.

mod address;
mod html;
mod json;
mod page;
mod project;
mod release_document;

pub(crate) use page::{PageFormat, parse_page, parse_release};
pub use project::{CoreMetadataFile, IndexFile, ListedVersions, Listing, ListingFormat};
pub use release_document::{RecordedFile, Release};
