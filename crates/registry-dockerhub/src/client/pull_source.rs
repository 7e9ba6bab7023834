use image_ref::Digest;
use oci_image::{Descriptor, Manifest, MediaType};
use tokio::io::AsyncWrite;

use super::{
    blobs::Blobs, connection::Connection, independent_reader::IndependentReader,
    manifests::Manifests,
};
use crate::{RegistryError, auth::Access};

/// Which client downloaded an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullClient {
    /// That of the crate `oci-client`, formerly `oci-distribution`.
    Independent,
    /// Our own: the registry is below a path, which the other cannot address.
    Own,
}

/// Where manifests and blobs of a pull come from.
pub(super) enum PullSource<'a> {
    Independent(Box<IndependentReader<'a>>),
    Own { manifests: Manifests<'a>, blobs: Blobs<'a> },
}

impl<'a> PullSource<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        access: &Access,
        root: &Digest,
    ) -> Result<Self, RegistryError> {
        let independent = IndependentReader::new(connection, access.clone(), root)?;
        Ok(match independent {
            Some(reader) => Self::Independent(Box::new(reader)),
            None => Self::Own {
                manifests: Manifests::new(connection, access.clone()),
                blobs: Blobs::new(connection, access.clone()),
            },
        })
    }

    pub(super) fn client(&self) -> PullClient {
        match self {
            Self::Independent(_) => PullClient::Independent,
            Self::Own { .. } => PullClient::Own,
        }
    }

    pub(super) async fn manifest(
        &self,
        digest: &Digest,
        media_type: &MediaType,
    ) -> Result<Manifest, RegistryError> {
        match self {
            Self::Independent(reader) => reader.manifest(digest, media_type).await,
            Self::Own { manifests, .. } => manifests.get(digest).await,
        }
    }

    pub(super) async fn blob(
        &self,
        wanted: &Descriptor,
        sink: &mut (impl AsyncWrite + Unpin + Send),
    ) -> Result<(), RegistryError> {
        match self {
            Self::Independent(reader) => reader.blob(wanted, sink).await,
            Self::Own { blobs, .. } => blobs.pull(wanted, sink).await,
        }
    }
}
