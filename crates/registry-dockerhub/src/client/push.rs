use std::sync::Arc;

use image_ref::{Digest, ImageTag, Repository};
use oci_image::{Closure, Descriptor, ImageError, Layout, Manifest};

use super::{BlobOutcome, ManifestName, RegistryClient, upload::Upload};
use crate::{RegistryError, auth::Access, concurrency::try_all};

/// Something that happened while an image is pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushEvent {
    /// How much the image has in all.
    Planned {
        /// Number of configs and layers.
        blobs: usize,
        /// Their bytes.
        bytes: u64,
    },
    /// So much of a blob has been sent.
    Sent {
        /// The blob.
        digest: Digest,
        /// Bytes sent of it so far.
        sent: u64,
        /// Bytes that it has.
        size: u64,
    },
    /// A blob is in the repository.
    BlobDone {
        /// The blob.
        digest: Digest,
        /// Bytes that it has.
        size: u64,
        /// How it came there.
        outcome: BlobOutcome,
    },
    /// A manifest is in the repository.
    ManifestDone {
        /// The manifest.
        digest: Digest,
    },
}

/// Hears about a push. Called from within it: must not block.
pub type PushObserver = Arc<dyn Fn(PushEvent) + Send + Sync>;

/// How to push.
#[derive(Clone, Default)]
pub struct PushOptions {
    /// A repository of the same registry that may have some of the blobs.
    pub mount_from: Option<Repository>,
    /// Hears about progress.
    pub observer: Option<PushObserver>,
}

impl PushOptions {
    fn tell(&self, event: PushEvent) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }
}

/// What a push did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushOutcome {
    /// Each blob, and how it came to be there.
    pub blobs: Vec<(Digest, BlobOutcome)>,
    /// Manifests that were sent.
    pub manifests_sent: Vec<Digest>,
    /// Manifests that were there.
    pub manifests_existing: Vec<Digest>,
}

impl PushOutcome {
    /// Whether everything was there before.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.manifests_sent.is_empty()
            && self.blobs.iter().all(|(_, outcome)| *outcome == BlobOutcome::Existing)
    }
}

impl RegistryClient {
    /// Pushes an image or index of a layout by its digest: blobs first, all at
    /// once (bounded), then manifests, children before parents. What is there
    /// is not sent again, so a broken push is continued by pushing again.
    /// Nothing is tagged: nobody sees it yet.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn push_layout(
        &self,
        repository: &Repository,
        layout: &Layout,
        digest: &Digest,
        options: &PushOptions,
    ) -> Result<PushOutcome, RegistryError> {
        let closure = Closure::new(layout, digest)?;
        let (blobs, bytes) = (closure.blobs.len(), closure.blob_bytes());
        options.tell(PushEvent::Planned { blobs, bytes });
        let access = Access::push(repository);
        let push = Push { client: self, access: &access, layout, options };
        push.run(&closure).await
    }

    /// Points a tag to a manifest of the repository, and looks whether it does.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when there is no such manifest.
    pub async fn tag(
        &self,
        repository: &Repository,
        digest: &Digest,
        tag: &ImageTag,
    ) -> Result<(), RegistryError> {
        let (_, outcome) = self.retag(repository, digest, std::slice::from_ref(tag)).await?;
        outcome.complete().map(drop)
    }
}

struct Push<'a> {
    client: &'a RegistryClient,
    access: &'a Access,
    layout: &'a Layout,
    options: &'a PushOptions,
}

impl Push<'_> {
    async fn run(&self, closure: &Closure) -> Result<PushOutcome, RegistryError> {
        let transfers = self.client.limits().transfers;
        let blobs = closure.blobs.iter().map(|blob| self.blob(blob));
        let blobs = try_all(transfers, blobs.collect()).await?;
        let mut outcome = PushOutcome { blobs, ..PushOutcome::default() };
        for level in &closure.levels {
            let sent = level.iter().map(|manifest| self.manifest(manifest));
            for (digest, sent) in try_all(transfers, sent.collect()).await? {
                let list = match sent {
                    true => &mut outcome.manifests_sent,
                    false => &mut outcome.manifests_existing,
                };
                list.push(digest);
            }
        }
        Ok(outcome)
    }

    async fn blob(&self, blob: &Descriptor) -> Result<(Digest, BlobOutcome), RegistryError> {
        let Some(content) = self.layout.content(&blob.digest) else {
            return Err(ImageError::ContentMissing { digest: blob.digest.clone() }.into());
        };
        let upload = Upload {
            access: self.access,
            digest: &blob.digest,
            content,
            mount_from: self.options.mount_from.as_ref(),
            progress: self.progress(blob),
        };
        let outcome = self.client.upload_with(&upload).await?;
        let (digest, size) = (blob.digest.clone(), blob.size);
        self.options.tell(PushEvent::BlobDone { digest: digest.clone(), size, outcome });
        Ok((digest, outcome))
    }

    fn progress(&self, blob: &Descriptor) -> Arc<dyn Fn(u64) + Send + Sync> {
        let (digest, size) = (blob.digest.clone(), blob.size);
        match self.options.observer.clone() {
            None => Arc::new(|_| ()),
            // A repeated request tells its bytes again.
            Some(observer) => Arc::new(move |sent| {
                let sent = sent.min(size);
                observer(PushEvent::Sent { digest: digest.clone(), sent, size });
            }),
        }
    }

    /// Whether it had to be sent.
    async fn manifest(&self, manifest: &Manifest) -> Result<(Digest, bool), RegistryError> {
        let name = ManifestName::from(manifest.digest());
        let there = self.client.head_with(self.access, &name).await?.is_some();
        if !there {
            self.client.put_with(self.access, &name, manifest).await?;
        }
        let digest = manifest.digest().clone();
        self.options.tell(PushEvent::ManifestDone { digest: digest.clone() });
        Ok((digest, !there))
    }
}
