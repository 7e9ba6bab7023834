use std::collections::{BTreeSet, HashMap, HashSet};

use image_ref::{Digest, Reference, Repository};

use crate::{Use, Used, User, inventory::Inventory, uses::with_default_tag};

/// Shortest beginning of an image ID that is taken for one.
const SHORTEST_ID: usize = 4;

/// Who uses which image, resolved against what the engine holds.
pub(crate) struct Usage<'a> {
    users: Vec<BTreeSet<&'a User>>,
    of_everything: BTreeSet<&'a User>,
    named: HashSet<Reference>,
    named_repositories: HashSet<&'a Repository>,
    /// Repositories in which somebody names an image by digest: the engine drops
    /// the digest with the last tag of that repository.
    pinned: HashMap<usize, BTreeSet<&'a Repository>>,
}

impl<'a> Usage<'a> {
    pub(crate) fn new(inventory: &Inventory<'a>, uses: &'a [Use]) -> Self {
        let mut usage = Self {
            users: vec![BTreeSet::new(); inventory.len()],
            of_everything: BTreeSet::new(),
            named: HashSet::new(),
            named_repositories: HashSet::new(),
            pinned: HashMap::new(),
        };
        for Use { used, user } in uses {
            usage.add(inventory, used, user);
        }
        usage
    }

    fn add(&mut self, inventory: &Inventory<'a>, used: &'a Used, user: &'a User) {
        match used {
            Used::Image(id) => self.used_by(inventory.find(id), user),
            Used::Reference(reference) => self.add_reference(inventory, reference, user),
            Used::Digest(digest) => self.add_digest(inventory, digest, None, user),
            Used::Repository(repository) => {
                self.named_repositories.insert(repository);
                self.used_by(inventory.of_repository(repository).iter().copied(), user);
            }
            Used::Everything => {
                self.of_everything.insert(user);
            }
        }
    }

    fn used_by(&mut self, images: impl IntoIterator<Item = usize>, user: &'a User) {
        for image in images {
            self.users[image].insert(user);
        }
    }

    fn add_reference(
        &mut self,
        inventory: &Inventory<'a>,
        reference: &'a Reference,
        user: &'a User,
    ) {
        if let Some(digest) = reference.digest() {
            self.add_digest(inventory, digest, Some(reference.repository()), user);
        }
        if let Some(beginning) = as_id(reference) {
            self.used_by(inventory.beginning_with(&beginning), user);
        }
        let tag = with_default_tag(reference.clone()).tag().cloned();
        if let Some(name) = tag.map(|tag| reference.repository().tagged(tag)) {
            self.used_by(inventory.tagged(&name).iter().copied(), user);
            self.named.insert(name);
        }
    }

    /// `repository`: where it was named, if that is known.
    fn add_digest(
        &mut self,
        inventory: &Inventory<'a>,
        digest: &Digest,
        repository: Option<&'a Repository>,
        user: &'a User,
    ) {
        for image in inventory.with_digest(digest) {
            self.users[image].insert(user);
            let pinned = self.pinned.entry(image).or_default();
            let same = inventory.image(image).digests.iter();
            let same = same.filter(|one| one.digest() == Some(digest)).map(Reference::repository);
            pinned.extend(repository);
            pinned.extend(same.filter(|_| repository.is_none()));
        }
    }

    /// Whether somebody uses the image.
    pub(crate) fn is_used(&self, image: usize) -> bool {
        !self.of_everything.is_empty() || !self.users[image].is_empty()
    }

    /// Everybody who uses the image.
    pub(crate) fn users(&self, image: usize) -> Vec<User> {
        self.users[image].union(&self.of_everything).map(|user| (*user).clone()).collect()
    }

    /// Whether somebody names this very tag, or may do so.
    pub(crate) fn names(&self, tag: &Reference) -> bool {
        !self.of_everything.is_empty()
            || self.named.contains(tag)
            || self.named_repositories.contains(tag.repository())
    }

    /// The repositories in which the image is named by digest.
    pub(crate) fn pinned(&self, image: usize) -> impl Iterator<Item = &'a Repository> {
        self.pinned.get(&image).into_iter().flatten().copied()
    }
}

/// The beginning of an image ID that a reference may mean: `docker run 1a2b3c`
/// and `image: sha256:1a2b…` name no repository.
fn as_id(reference: &Reference) -> Option<String> {
    let name = reference.repository().to_string();
    let digits = match (name.as_str(), reference.tag()) {
        ("sha256", Some(tag)) => tag.as_str(),
        (name, None) => name,
        _ => return None,
    };
    let is_id = digits.len() >= SHORTEST_ID
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    is_id.then(|| format!("sha256:{digits}"))
}
