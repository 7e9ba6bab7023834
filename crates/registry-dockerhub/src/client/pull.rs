use std::collections::BTreeMap;

use image_ref::{Digest, Platform, Repository};
use oci_image::{
    Descriptor, DescriptorPlatform, ImageView, IndexView, Manifest, ManifestHead, ManifestView,
};

use super::{
    blobs::CONFIG_LIMIT,
    connection::Connection,
    manifest_name::ManifestName,
    manifests::Manifests,
    pull_source::{PullClient, PullSource},
};
use crate::{RegistryError, auth::Access, concurrency::try_all};

/// Longest manifest that is read.
const MANIFEST_LIMIT: u64 = 4 << 20;

/// One image of one platform that was downloaded and verified as a whole.
#[derive(Debug, Clone)]
pub struct PulledImage {
    /// Which client downloaded it.
    pub client: PullClient,
    /// What the digest asked for names: an index, or the image itself.
    pub root: ManifestHead,
    /// The image.
    pub manifest: Manifest,
    /// Its config.
    pub config: Descriptor,
    /// The bytes of its config.
    pub config_bytes: Vec<u8>,
    /// Its layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// Bytes downloaded: manifests, config and layers.
    pub bytes: u64,
}

/// A pull that verifies and stores nothing.
pub(super) struct ImagePull<'a> {
    connection: &'a Connection,
    access: Access,
}

impl<'a> ImagePull<'a> {
    pub(super) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// Our own client logs in and asks for the digest; everything else is read
    /// by the independent client.
    pub(super) async fn verify(
        &self,
        digest: &Digest,
        platform: &Platform,
    ) -> Result<PulledImage, RegistryError> {
        let repository = &self.access.repository;
        let head = self.head(digest).await?;
        let source = PullSource::new(self.connection, &self.access, digest)?;
        let root = source.manifest(digest, &head.media_type).await?;
        let (manifest, stated) = match root.view()? {
            ManifestView::Image(_) => (root.clone(), None),
            ManifestView::Index(index) => {
                let entry = choose(&index, platform, repository, digest)?;
                check_size(repository, &entry.digest, entry.size, MANIFEST_LIMIT)?;
                let manifest = source.manifest(&entry.digest, &entry.media_type).await?;
                (manifest, entry.platform.clone())
            }
        };
        let ManifestView::Image(image) = manifest.view()? else {
            return Err(malformed(repository, manifest.digest(), "an index inside an index"));
        };
        check_size(repository, &image.config.digest, image.config.size, CONFIG_LIMIT)?;
        let mut config_bytes = Vec::new();
        source.blob(&image.config, &mut config_bytes).await?;
        check_platform(&config_bytes, stated.as_ref(), platform, repository, &manifest)?;
        let bytes = self.hash_layers(&source, &image).await?;
        Ok(PulledImage::new(source.client(), &root, manifest, *image, config_bytes, bytes))
    }

    async fn head(&self, digest: &Digest) -> Result<ManifestHead, RegistryError> {
        let repository = &self.access.repository;
        let manifests = Manifests::new(self.connection, self.access.clone());
        let head = manifests.head(digest).await?;
        let head =
            head.ok_or_else(|| RegistryError::NotFound { what: label(repository, digest) })?;
        check_size(repository, digest, head.size.unwrap_or(0), MANIFEST_LIMIT)?;
        Ok(head)
    }

    /// Downloads each layer once; foreign ones are not of this registry.
    async fn hash_layers(
        &self,
        source: &PullSource<'_>,
        image: &ImageView,
    ) -> Result<u64, RegistryError> {
        let own = image.layers.iter().filter(|layer| !layer.is_foreign());
        let distinct: BTreeMap<&Digest, &Descriptor> =
            own.map(|layer| (&layer.digest, layer)).collect();
        let pulls = distinct.into_values().map(|layer| async move {
            source.blob(layer, &mut tokio::io::sink()).await?;
            Ok::<_, RegistryError>(layer.size)
        });
        let sizes = try_all(self.connection.limits().transfers, pulls.collect()).await?;
        Ok(sizes.into_iter().sum())
    }
}

/// Documents are read into memory.
fn check_size(
    repository: &Repository,
    digest: &Digest,
    size: u64,
    limit: u64,
) -> Result<(), RegistryError> {
    match size > limit {
        true => {
            let reason = format!("{size} bytes are more than the {limit} allowed");
            Err(malformed(repository, digest, &reason))
        }
        false => Ok(()),
    }
}

impl PulledImage {
    fn new(
        client: PullClient,
        root: &Manifest,
        manifest: Manifest,
        image: ImageView,
        config_bytes: Vec<u8>,
        layer_bytes: u64,
    ) -> Self {
        let own = manifest.bytes().len() + config_bytes.len();
        let above = if root.digest() == manifest.digest() { 0 } else { root.bytes().len() };
        Self {
            client,
            root: root.head(),
            manifest,
            config: image.config,
            config_bytes,
            layers: image.layers,
            bytes: (own + above) as u64 + layer_bytes,
        }
    }
}

/// The entry of an index for a platform.
pub(super) fn choose<'a>(
    index: &'a IndexView,
    wanted: &Platform,
    repository: &Repository,
    digest: &Digest,
) -> Result<&'a Descriptor, RegistryError> {
    let mut images = index.images();
    let fitting = images.find(|entry| stated_platform(entry).is_some_and(|p| p.matches(wanted)));
    fitting.ok_or_else(|| RegistryError::PlatformMissing {
        what: label(repository, digest),
        wanted: wanted.clone(),
        available: index.images().filter_map(stated_platform).collect(),
    })
}

fn stated_platform(entry: &Descriptor) -> Option<Platform> {
    entry.platform.as_ref().map(Platform::from)
}

fn label(repository: &Repository, digest: &Digest) -> String {
    ManifestName::from(digest).in_repository(repository)
}

/// The config must state the same machine: a wrong entry of an index would give
/// users an image that does not start.
fn check_platform(
    config: &[u8],
    stated: Option<&DescriptorPlatform>,
    wanted: &Platform,
    repository: &Repository,
    manifest: &Manifest,
) -> Result<(), RegistryError> {
    let found: DescriptorPlatform = serde_json::from_slice(config)
        .map_err(|error| malformed(repository, manifest.digest(), &error.to_string()))?;
    // Artifacts that are no images have a config without a platform.
    let found = if found.is_stated() { Some(&found) } else { stated };
    match found.map(Platform::from) {
        Some(found) if found.matches(wanted) => Ok(()),
        found => Err(RegistryError::PlatformMissing {
            what: label(repository, manifest.digest()),
            wanted: wanted.clone(),
            available: found.into_iter().collect(),
        }),
    }
}

fn malformed(repository: &Repository, digest: &Digest, reason: &str) -> RegistryError {
    let what = label(repository, digest);
    RegistryError::Malformed { what, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oci_image::MediaType;

    fn entry(platform: Option<&str>, attestation: bool) -> Descriptor {
        let mut entry = Descriptor::new(MediaType::oci_manifest(), Digest::of(b"x"), 1);
        entry.platform = platform.map(|text| (&text.parse::<Platform>().unwrap()).into());
        if attestation {
            let kind = ("vnd.docker.reference.type", "attestation-manifest");
            entry.annotations = BTreeMap::from([(kind.0.to_owned(), kind.1.to_owned())]);
        }
        entry
    }

    #[test]
    fn attestations_are_no_platform() {
        let manifests =
            vec![entry(Some("linux/amd64"), false), entry(Some("unknown/unknown"), true)];
        let index = IndexView { manifests };
        let repository: Repository = "a/b".parse().unwrap();
        let wanted = "linux/arm64".parse().unwrap();
        let error = choose(&index, &wanted, &repository, &Digest::of(b"i")).unwrap_err();
        assert!(
            error.to_string().ends_with("no image for linux/arm64; there is linux/amd64"),
            "{error}"
        );
    }

    #[test]
    fn a_config_of_another_machine_than_the_index_states_is_found_out() {
        let repository: Repository = "a/b".parse().unwrap();
        let manifest = Manifest::new("{}", MediaType::oci_manifest());
        let wanted: Platform = "linux/arm64".parse().unwrap();
        let stated = DescriptorPlatform::from(&wanted);
        for (config, fits) in [
            (r#"{"os":"linux","architecture":"amd64"}"#, false),
            (r#"{"os":"linux","architecture":"arm64","variant":"v8"}"#, true),
            ("{}", true),
        ] {
            let (config, stated) = (config.as_bytes(), Some(&stated));
            let checked = check_platform(config, stated, &wanted, &repository, &manifest);
            assert_eq!(checked.is_ok(), fits);
        }
    }
}
