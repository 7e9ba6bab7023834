use std::collections::HashSet;

use image_ref::{Digest, ImageId, ImageTag, Reference, Repository};

use crate::{Image, ImageUse, UsedImage};

/// The images that uses name, indexed by each way of naming one.
#[derive(Default)]
pub(super) struct NamedImages<'a> {
    everything: bool,
    ids: HashSet<&'a ImageId>,
    /// Repository and tag of references; a reference without tag and digest has
    /// `latest`.
    tags: HashSet<(&'a Repository, &'a str)>,
    digests: HashSet<&'a Digest>,
    digests_in_repository: HashSet<(&'a Repository, &'a Digest)>,
    digests_in_any_repository: HashSet<&'a Digest>,
    repositories: HashSet<&'a Repository>,
    id_prefixes: Vec<&'a str>,
}

impl<'a> NamedImages<'a> {
    pub(super) fn new(uses: &'a [ImageUse]) -> Self {
        let mut named = Self::default();
        for ImageUse { used, .. } in uses {
            match used {
                UsedImage::Everything => named.everything = true,
                UsedImage::Image(id) => {
                    named.ids.insert(id);
                }
                UsedImage::Repository(repository) => {
                    named.repositories.insert(repository);
                }
                UsedImage::Digest(digest) => {
                    named.digests.insert(digest);
                    named.digests_in_any_repository.insert(digest);
                }
                UsedImage::Reference(reference) => named.add_reference(reference),
            }
        }
        named
    }

    fn add_reference(&mut self, reference: &'a Reference) {
        let repository = reference.repository();
        match (reference.tag(), reference.digest()) {
            (Some(tag), _) => self.tags.insert((repository, tag.as_str())),
            (None, None) => self.tags.insert((repository, "latest")),
            (None, Some(_)) => false,
        };
        if let Some(digest) = reference.digest() {
            self.digests.insert(digest);
            self.digests_in_repository.insert((repository, digest));
        }
        self.id_prefixes.extend(id_prefix(reference));
    }

    /// Whether a use names this tag, or may name it.
    pub(super) fn names_tag(&self, tag: &Reference) -> bool {
        let text = tag.tag().map_or("", ImageTag::as_str);
        self.everything
            || self.repositories.contains(tag.repository())
            || self.tags.contains(&(tag.repository(), text))
    }

    /// Whether a use names this digest in this repository, or may name it.
    pub(super) fn pins(&self, repository: &Repository, digest: &Digest) -> bool {
        self.digests_in_repository.contains(&(repository, digest))
            || self.digests_in_any_repository.contains(digest)
    }

    /// Whether a use names the image, or may name it.
    pub(super) fn names_image(&self, image: &Image) -> bool {
        let id_digits = &image.id.as_str()["sha256:".len()..];
        self.everything
            || self.ids.contains(&image.id)
            || self.digests.iter().any(|digest| digest.as_str() == image.id.as_str())
            || image.tags.iter().any(|tag| self.names_tag(tag))
            || image.names().any(|name| self.repositories.contains(name.repository()))
            || self.names_digest_of(image)
            || self.id_prefixes.iter().any(|prefix| id_digits.starts_with(prefix))
    }

    fn names_digest_of(&self, image: &Image) -> bool {
        let mut digests = image.digests.iter().filter_map(Reference::digest);
        digests.any(|digest| self.digests.contains(digest))
    }
}

/// The digits of an image ID, if the reference may be one: `1a2b3c`, `sha256:1a2b…`.
fn id_prefix(reference: &Reference) -> Option<&str> {
    let repository = reference.repository();
    let name = repository.path().strip_prefix("library/")?;
    let digits = match reference.tag() {
        Some(tag) => Some(tag.as_str()).filter(|_| name == "sha256")?,
        None => name,
    };
    let is_hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (repository.registry().is_docker_hub() && digits.len() >= 4 && is_hex).then_some(digits)
}
