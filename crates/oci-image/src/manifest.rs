use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use image_ref::Digest;
use serde::{Deserialize, Serialize};

use crate::{Descriptor, ImageError, ManifestView, MediaType};

/// A manifest or index as the registry serves it: the bytes, their type, their
/// digest. The bytes are never parsed and written again, so the digest stays.
///
/// It serialises with its bytes in base64: a journal that holds one can put a
/// tag back exactly.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Manifest {
    bytes: Bytes,
    media_type: MediaType,
    digest: Digest,
}

impl Manifest {
    /// Wraps bytes; the digest is computed.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>, media_type: MediaType) -> Self {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        Self { bytes, media_type, digest }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The type that the registry serves them with.
    #[must_use]
    pub fn media_type(&self) -> &MediaType {
        &self.media_type
    }

    /// The sha256 of the bytes.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Type, digest and size, as a registry states them on HEAD.
    #[must_use]
    pub fn head(&self) -> ManifestHead {
        ManifestHead {
            digest: self.digest.clone(),
            media_type: self.media_type.clone(),
            size: Some(self.bytes.len() as u64),
        }
    }

    /// Type, digest and size, as an index lists them.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        let size = self.bytes.len() as u64;
        Descriptor::new(self.media_type.clone(), self.digest.clone(), size)
    }

    /// The content of the bytes, for reading only.
    ///
    /// # Errors
    /// [`ImageError::Malformed`] when they are not a manifest or index, or
    /// could be read as both.
    pub fn view(&self) -> Result<ManifestView, ImageError> {
        ManifestView::parse(&self.bytes, &self.media_type).map_err(|reason| ImageError::Malformed {
            what: format!("manifest {}", self.digest.short()),
            reason,
        })
    }
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manifest({}, {}, {} bytes)", self.digest, self.media_type, self.bytes.len())
    }
}

/// What a registry states about a manifest without sending it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestHead {
    /// Digest.
    pub digest: Digest,
    /// Type.
    pub media_type: MediaType,
    /// Length in bytes, where stated.
    pub size: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    digest: Digest,
    media_type: MediaType,
    bytes: String,
}

impl From<Manifest> for Stored {
    fn from(manifest: Manifest) -> Self {
        let bytes = BASE64_STANDARD.encode(&manifest.bytes);
        Self { digest: manifest.digest, media_type: manifest.media_type, bytes }
    }
}

impl TryFrom<Stored> for Manifest {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let bytes = BASE64_STANDARD.decode(&stored.bytes).map_err(|error| error.to_string())?;
        let manifest = Self::new(bytes, stored.media_type);
        if manifest.digest == stored.digest {
            return Ok(manifest);
        }
        Err(format!("stored bytes have digest {}, not {}", manifest.digest, stored.digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journalled_manifest_comes_back_byte_for_byte() {
        let odd = b"{ \"schemaVersion\":2,\n\t\"layers\" : [] }\n".to_vec();
        let manifest = Manifest::new(odd, MediaType::docker_manifest());
        let text = serde_json::to_string(&manifest).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&text).unwrap(), manifest);
    }

    #[test]
    fn a_journal_whose_bytes_were_changed_is_refused() {
        let text = serde_json::to_string(&Manifest::new("x", MediaType::oci_index())).unwrap();
        let changed = text.replace(&BASE64_STANDARD.encode("x"), &BASE64_STANDARD.encode("y"));
        assert!(serde_json::from_str::<Manifest>(&changed).is_err());
    }
}
