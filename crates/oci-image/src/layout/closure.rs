use std::collections::BTreeMap;

use image_ref::Digest;

use super::image_layout::Layout;
use crate::{Descriptor, ImageError, Manifest, ManifestView};

/// Everything that one manifest or index needs, in the order of pushing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Closure {
    /// Configs and layers, each once, foreign layers left out.
    pub blobs: Vec<Descriptor>,
    /// Manifests by height above their deepest child: all of one level may be
    /// sent at once when the levels before are complete. The last one is the
    /// root alone.
    pub levels: Vec<Vec<Manifest>>,
}

impl Closure {
    /// Works out what has to be in a registry for this digest to be complete.
    ///
    /// # Errors
    /// [`ImageError`]; `ContentMissing` when the layout lacks a part.
    pub fn new(layout: &Layout, digest: &Digest) -> Result<Self, ImageError> {
        let mut walk = Walk { layout, blobs: BTreeMap::new(), heights: BTreeMap::new() };
        walk.visit(layout.find(digest)?, 0)?;
        Ok(walk.finish())
    }

    /// Bytes of all blobs.
    #[must_use]
    pub fn blob_bytes(&self) -> u64 {
        self.blobs.iter().map(|blob| blob.size).sum()
    }

    /// All manifests, children before their parents.
    pub fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.levels.iter().flatten()
    }
}

/// How deep indexes may be nested; there is no use for more.
const DEPTH: usize = 4;

struct Walk<'a> {
    layout: &'a Layout,
    blobs: BTreeMap<Digest, Descriptor>,
    heights: BTreeMap<Digest, (usize, Manifest)>,
}

impl Walk<'_> {
    /// The height of this manifest above its deepest child.
    fn visit(&mut self, manifest: Manifest, depth: usize) -> Result<usize, ImageError> {
        if let Some((height, _)) = self.heights.get(manifest.digest()) {
            return Ok(*height);
        }
        if depth > DEPTH {
            let what = format!("manifest {}", manifest.digest().short());
            let reason = "indexes are nested too deep".to_owned();
            return Err(ImageError::Malformed { what, reason });
        }
        let mut height = 0;
        match manifest.view()? {
            ManifestView::Image(image) => {
                let own = image.blobs().filter(|blob| !blob.is_foreign());
                own.into_iter().try_for_each(|blob| self.add_blob(blob))?;
            }
            ManifestView::Index(index) => {
                for entry in &index.manifests {
                    let child = self.layout.manifest(entry)?;
                    height = height.max(self.visit(child, depth + 1)? + 1);
                }
            }
        }
        self.heights.insert(manifest.digest().clone(), (height, manifest));
        Ok(height)
    }

    fn add_blob(&mut self, blob: &Descriptor) -> Result<(), ImageError> {
        let Some(content) = self.layout.content(&blob.digest) else {
            return Err(ImageError::ContentMissing { digest: blob.digest.clone() });
        };
        if content.length() != blob.size {
            return Err(ImageError::Malformed {
                what: format!("blob {}", blob.digest),
                reason: format!("it has {} bytes, not {}", content.length(), blob.size),
            });
        }
        self.blobs.insert(blob.digest.clone(), blob.clone());
        Ok(())
    }

    fn finish(self) -> Closure {
        let mut levels: Vec<Vec<Manifest>> = Vec::new();
        for (height, manifest) in self.heights.into_values() {
            levels.resize(levels.len().max(height + 1), Vec::new());
            levels[height].push(manifest);
        }
        Closure { blobs: self.blobs.into_values().collect(), levels }
    }
}
