use std::sync::Arc;

use image_ref::{Digest, Repository};
use oci_image::{Closure, Descriptor, ImageError, Layout, Manifest};

use super::{
    connection::Connection,
    manifests::Manifests,
    push_event::{PushEvent, PushObserver},
    upload::{BlobOutcome, BlobUpload, SentObserver},
};
use crate::{RegistryError, auth::Access, concurrency::try_all};

/// How to push.
#[derive(Clone, Default)]
pub struct PushOptions {
    /// A repository of the same registry that may have some of the blobs.
    pub mount_from: Option<Repository>,
    /// Gets the progress.
    pub observer: Option<PushObserver>,
}

impl PushOptions {
    fn notify(&self, event: PushEvent) {
        if let Some(observer) = &self.observer {
            observer(event);
        }
    }
}

/// What a push did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushOutcome {
    /// Each blob, and how it came to be in the repository.
    pub blobs: Vec<(Digest, BlobOutcome)>,
    /// Manifests that were sent.
    pub manifests_sent: Vec<Digest>,
    /// Manifests that the repository had.
    pub manifests_existing: Vec<Digest>,
}

impl PushOutcome {
    /// Whether the repository had everything before.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        self.manifests_sent.is_empty()
            && self.blobs.iter().all(|(_, outcome)| *outcome == BlobOutcome::Existing)
    }
}

/// Pushes to a repository; see [`RegistryClient::push`](crate::RegistryClient::push).
pub struct Push<'a> {
    connection: &'a Connection,
    access: Access,
    options: PushOptions,
}

impl<'a> Push<'a> {
    pub(super) fn new(connection: &'a Connection, access: Access, options: PushOptions) -> Self {
        Self { connection, access, options }
    }

    /// Pushes an image or index of a layout by its digest: blobs first, all at
    /// once (bounded), then manifests, children before parents. What the
    /// repository has is not sent again, so a broken push is continued by
    /// pushing again. Nothing is tagged: nobody sees it yet.
    ///
    /// # Errors
    /// [`RegistryError`].
    pub async fn layout(
        &self,
        layout: &Layout,
        digest: &Digest,
    ) -> Result<PushOutcome, RegistryError> {
        let closure = Closure::new(layout, digest)?;
        let (blobs, bytes) = (closure.blobs.len(), closure.blob_bytes());
        self.options.notify(PushEvent::Planned { blobs, bytes });
        let blobs = closure.blobs.iter().map(|blob| self.send_blob(layout, blob));
        let blobs = try_all(self.transfers(), blobs.collect()).await?;
        let mut outcome = PushOutcome { blobs, ..PushOutcome::default() };
        for level in &closure.levels {
            self.send_level(level, &mut outcome).await?;
        }
        Ok(outcome)
    }

    /// Manifests of one height: none of them needs another.
    async fn send_level(
        &self,
        level: &[Manifest],
        outcome: &mut PushOutcome,
    ) -> Result<(), RegistryError> {
        let sent = level.iter().map(|manifest| self.send_manifest(manifest));
        for (digest, sent) in try_all(self.transfers(), sent.collect()).await? {
            let list = match sent {
                true => &mut outcome.manifests_sent,
                false => &mut outcome.manifests_existing,
            };
            list.push(digest);
        }
        Ok(())
    }

    async fn send_blob(
        &self,
        layout: &Layout,
        blob: &Descriptor,
    ) -> Result<(Digest, BlobOutcome), RegistryError> {
        let Some(content) = layout.content(&blob.digest) else {
            return Err(ImageError::ContentMissing { digest: blob.digest.clone() }.into());
        };
        let upload = BlobUpload {
            connection: self.connection,
            access: &self.access,
            digest: &blob.digest,
            content,
            mount_from: self.options.mount_from.as_ref(),
            on_sent: self.observe_sent(blob),
        };
        let outcome = upload.run().await?;
        let (digest, size) = (blob.digest.clone(), blob.size);
        self.options.notify(PushEvent::BlobDone { digest: digest.clone(), size, outcome });
        Ok((digest, outcome))
    }

    fn observe_sent(&self, blob: &Descriptor) -> SentObserver {
        let (digest, size) = (blob.digest.clone(), blob.size);
        match self.options.observer.clone() {
            None => Arc::new(|_| ()),
            // A repeated request reports its bytes again.
            Some(observer) => Arc::new(move |sent| {
                let sent = sent.min(size);
                observer(PushEvent::Sent { digest: digest.clone(), sent, size });
            }),
        }
    }

    /// Whether it had to be sent.
    async fn send_manifest(&self, manifest: &Manifest) -> Result<(Digest, bool), RegistryError> {
        let manifests = Manifests::new(self.connection, self.access.clone());
        let digest = manifest.digest();
        let exists = manifests.head(digest).await?.is_some();
        if !exists {
            manifests.put(digest, manifest).await?;
        }
        self.options.notify(PushEvent::ManifestDone { digest: digest.clone() });
        Ok((digest.clone(), !exists))
    }

    fn transfers(&self) -> usize {
        self.connection.limits().transfers
    }
}
