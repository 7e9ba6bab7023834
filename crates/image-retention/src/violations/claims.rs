use std::collections::HashSet;

use image_ref::{Digest, ImageId, ImageTag, Reference, Repository};

use crate::{Image, Use, Used};

/// What is said to be used, put so that an image can be asked whether it is meant.
pub(super) struct Claims<'a> {
    everything: bool,
    ids: HashSet<&'a ImageId>,
    /// Repository and tag of references; a reference without both has `latest`.
    tags: HashSet<(&'a Repository, &'a str)>,
    digests: HashSet<&'a Digest>,
    pinned: HashSet<(&'a Repository, &'a Digest)>,
    anywhere: HashSet<&'a Digest>,
    repositories: HashSet<&'a Repository>,
    beginnings: Vec<&'a str>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(uses: &'a [Use]) -> Self {
        let used = || uses.iter().map(|one| &one.used);
        let references: Vec<&Reference> = used().filter_map(as_reference).collect();
        let pinned: HashSet<_> = references
            .iter()
            .filter_map(|reference| Some((reference.repository(), reference.digest()?)))
            .collect();
        let anywhere: HashSet<&Digest> = used().filter_map(as_digest).collect();
        Self {
            everything: used().any(|used| *used == Used::Everything),
            ids: used().filter_map(as_image).collect(),
            tags: references.iter().filter_map(|reference| tag_meant(reference)).collect(),
            digests: pinned.iter().map(|(_, digest)| *digest).chain(anywhere.clone()).collect(),
            pinned,
            anywhere,
            repositories: used().filter_map(as_repository).collect(),
            beginnings: references.iter().filter_map(|reference| id_meant(reference)).collect(),
        }
    }

    /// Whether this tag is named, or may be.
    pub(super) fn name(&self, tag: &Reference) -> bool {
        let text = tag.tag().map_or("", ImageTag::as_str);
        self.everything
            || self.repositories.contains(tag.repository())
            || self.tags.contains(&(tag.repository(), text))
    }

    /// Whether the image is named by this digest in this repository, or may be.
    pub(super) fn pin(&self, repository: &Repository, digest: &Digest) -> bool {
        self.pinned.contains(&(repository, digest)) || self.anywhere.contains(digest)
    }

    /// Whether somebody uses the image.
    pub(super) fn on(&self, image: &Image) -> bool {
        let names = || image.tags.iter().chain(&image.digests);
        let hex = || &image.id.as_str()["sha256:".len()..];
        self.everything
            || self.ids.contains(&image.id)
            || self.digests.iter().any(|digest| digest.as_str() == image.id.as_str())
            || image.tags.iter().any(|tag| self.name(tag))
            || names().any(|name| self.repositories.contains(name.repository()))
            || image
                .digests
                .iter()
                .filter_map(Reference::digest)
                .any(|it| self.digests.contains(it))
            || self.beginnings.iter().any(|beginning| hex().starts_with(beginning))
    }
}

fn as_reference(used: &Used) -> Option<&Reference> {
    if let Used::Reference(reference) = used { Some(reference) } else { None }
}

fn as_digest(used: &Used) -> Option<&Digest> {
    if let Used::Digest(digest) = used { Some(digest) } else { None }
}

fn as_image(used: &Used) -> Option<&ImageId> {
    if let Used::Image(id) = used { Some(id) } else { None }
}

fn as_repository(used: &Used) -> Option<&Repository> {
    if let Used::Repository(repository) = used { Some(repository) } else { None }
}

fn tag_meant(reference: &Reference) -> Option<(&Repository, &str)> {
    match (reference.tag(), reference.digest()) {
        (Some(tag), _) => Some((reference.repository(), tag.as_str())),
        (None, None) => Some((reference.repository(), "latest")),
        (None, Some(_)) => None,
    }
}

/// The digits of an image ID, if the reference may be one: `1a2b3c`, `sha256:1a2b…`.
fn id_meant(reference: &Reference) -> Option<&str> {
    let repository = reference.repository();
    let name = repository.path().strip_prefix("library/")?;
    let digits = match reference.tag() {
        Some(tag) => Some(tag.as_str()).filter(|_| name == "sha256")?,
        None => name,
    };
    let hex = digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (repository.registry().is_docker_hub() && digits.len() >= 4 && hex).then_some(digits)
}
