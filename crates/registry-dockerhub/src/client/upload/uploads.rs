use std::sync::Arc;

use image_ref::{Digest, Repository};
use oci_image::BlobContent;
use transport::Request;

use super::{
    blob_upload::{BlobOutcome, BlobUpload},
    session::{ANSWER_LIMIT, Opened, open_session},
};
use crate::{RegistryError, auth::Access, client::connection::Connection};

/// Sends blobs to a repository; see
/// [`RegistryClient::uploads`](crate::RegistryClient::uploads).
#[derive(Clone)]
pub struct Uploads<'a> {
    connection: &'a Connection,
    access: Access,
}

impl<'a> Uploads<'a> {
    pub(in crate::client) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// Sends a blob unless the repository has it; verified by the registry.
    /// `on_sent` gets the number of bytes sent so far.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn send(
        &self,
        digest: &Digest,
        content: &BlobContent,
        on_sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<BlobOutcome, RegistryError> {
        let upload = BlobUpload {
            connection: self.connection,
            access: &self.access,
            digest,
            content,
            mount_from: None,
            on_sent: Arc::new(on_sent),
        };
        upload.run().await
    }

    /// Makes a blob of `from` a blob of this repository too, in the same
    /// registry, without sending it. `false` when the registry does not want to;
    /// the upload that it opens instead is cancelled.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn mount(&self, digest: &Digest, from: &Repository) -> Result<bool, RegistryError> {
        let access = self.access.clone().also_pulling(from);
        match open_session(self.connection, &access, digest, Some(from)).await? {
            Opened::Mounted => Ok(true),
            Opened::Session(session) => {
                // distribution goes by the method and wants the right to delete.
                // Without it the session stays open until it expires.
                let access = Access::delete(&self.access.repository);
                let request = Request::delete(session.location);
                let _ = self.connection.fetch(request, &access, ANSWER_LIMIT).await;
                Ok(false)
            }
        }
    }
}
