//! The endpoints of the distribution specification.

mod blob;
mod manifest;
mod manifest_read;
mod manifest_write;
mod referrers;
mod tags;
mod upload;

pub(super) use blob::serve_blob;
pub(super) use manifest::serve_manifest;
pub(super) use manifest_write::{check_manifest, store_manifest};
pub(super) use referrers::serve_referrers;
pub(super) use tags::{serve_catalog, serve_tags};
pub(super) use upload::{serve_upload, start_upload};
