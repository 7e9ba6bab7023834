use std::collections::{BTreeSet, HashMap, HashSet};

use image_ref::{Digest, Reference, Repository};

use crate::{ImageUse, ImageUser, UsedImage, inventory::Inventory, with_default_tag};

/// Shortest text that is taken for the beginning of an image ID.
const SHORTEST_ID: usize = 4;

/// The users of each image: uses, resolved against the images of the engine.
pub(crate) struct Usage<'a> {
    users: Vec<BTreeSet<&'a ImageUser>>,
    users_of_everything: BTreeSet<&'a ImageUser>,
    named_tags: HashSet<Reference>,
    named_repositories: HashSet<&'a Repository>,
    /// Repositories in which an image is used by digest: the engine drops the
    /// digest with the last tag of that repository.
    pinned_repositories: HashMap<usize, BTreeSet<&'a Repository>>,
}

impl<'a> Usage<'a> {
    pub(crate) fn new(inventory: &Inventory<'a>, uses: &'a [ImageUse]) -> Self {
        let mut usage = Self {
            users: vec![BTreeSet::new(); inventory.len()],
            users_of_everything: BTreeSet::new(),
            named_tags: HashSet::new(),
            named_repositories: HashSet::new(),
            pinned_repositories: HashMap::new(),
        };
        for ImageUse { used, user } in uses {
            usage.add_use(inventory, used, user);
        }
        usage
    }

    fn add_use(&mut self, inventory: &Inventory<'a>, used: &'a UsedImage, user: &'a ImageUser) {
        match used {
            UsedImage::Image(id) => self.add_user(inventory.find(id), user),
            UsedImage::Reference(reference) => self.add_reference_use(inventory, reference, user),
            UsedImage::Digest(digest) => self.add_digest_use(inventory, digest, None, user),
            UsedImage::Repository(repository) => {
                self.named_repositories.insert(repository);
                self.add_user(inventory.in_repository(repository).iter().copied(), user);
            }
            UsedImage::Everything => {
                self.users_of_everything.insert(user);
            }
        }
    }

    fn add_user(&mut self, images: impl IntoIterator<Item = usize>, user: &'a ImageUser) {
        for image in images {
            self.users[image].insert(user);
        }
    }

    fn add_reference_use(
        &mut self,
        inventory: &Inventory<'a>,
        reference: &'a Reference,
        user: &'a ImageUser,
    ) {
        if let Some(digest) = reference.digest() {
            self.add_digest_use(inventory, digest, Some(reference.repository()), user);
        }
        if let Some(prefix) = image_id_prefix(reference) {
            self.add_user(inventory.with_id_prefix(&prefix), user);
        }
        if let Some(tag) = with_default_tag(reference.clone()).tag() {
            let name = reference.repository().tagged(tag.clone());
            self.add_user(inventory.with_tag(&name).iter().copied(), user);
            self.named_tags.insert(name);
        }
    }

    /// `repository`: in which the digest was named; `None`: unknown.
    fn add_digest_use(
        &mut self,
        inventory: &Inventory<'a>,
        digest: &Digest,
        repository: Option<&'a Repository>,
        user: &'a ImageUser,
    ) {
        for image in inventory.with_digest(digest) {
            self.users[image].insert(user);
            let pinned = self.pinned_repositories.entry(image).or_default();
            match repository {
                Some(repository) => {
                    pinned.insert(repository);
                }
                None => pinned.extend(
                    inventory
                        .image(image)
                        .digests
                        .iter()
                        .filter(|name| name.digest() == Some(digest))
                        .map(Reference::repository),
                ),
            }
        }
    }

    /// Whether the image has a user.
    pub(crate) fn is_used(&self, image: usize) -> bool {
        !self.users_of_everything.is_empty() || !self.users[image].is_empty()
    }

    /// All users of the image.
    pub(crate) fn users(&self, image: usize) -> Vec<ImageUser> {
        self.users[image].union(&self.users_of_everything).map(|user| (*user).clone()).collect()
    }

    /// Whether a use names this very tag, or may do so.
    pub(crate) fn names_tag(&self, tag: &Reference) -> bool {
        !self.users_of_everything.is_empty()
            || self.named_tags.contains(tag)
            || self.named_repositories.contains(tag.repository())
    }

    /// The repositories in which the image is used by digest.
    pub(crate) fn pinned_repositories(&self, image: usize) -> impl Iterator<Item = &'a Repository> {
        self.pinned_repositories.get(&image).into_iter().flatten().copied()
    }
}

/// The beginning of an image ID that a reference may stand for: `docker run 1a2b3c`
/// and `image: sha256:1a2b…` name no repository.
fn image_id_prefix(reference: &Reference) -> Option<String> {
    let repository = reference.repository().to_string();
    let digits = match (repository.as_str(), reference.tag()) {
        ("sha256", Some(tag)) => tag.as_str(),
        (name, None) => name,
        _ => return None,
    };
    let is_id = digits.len() >= SHORTEST_ID
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_id.then(|| format!("sha256:{digits}"))
}
