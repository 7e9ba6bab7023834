//! Engines, policies and plans in few words.

use std::collections::BTreeMap;

use image_ref::{Digest, ImageId, Reference};
use image_retention::{Image, Observed, Plan, Policy, Scope, Use, Used, User, plan};
use jiff::{SignedDuration, Timestamp};

/// The moment at which all plans are made.
pub(crate) fn now() -> Timestamp {
    "2026-08-01T12:00:00Z".parse().unwrap()
}

/// The ID of the image with this name.
pub(crate) fn id(name: &str) -> ImageId {
    ImageId::new(Digest::of(name.as_bytes()))
}

pub(crate) fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

/// A reference by digest: `owner/app` and a word stand for the digest of the word.
pub(crate) fn pinned(repository: &str, word: &str) -> Reference {
    reference(repository).repository().pinned(Digest::of(word.as_bytes()))
}

/// An image whose ID, and one layer of its own, come from its name.
pub(crate) fn image(name: &str, tags: &[&str]) -> Image {
    Image {
        id: id(name),
        tags: tags.iter().map(|tag| reference(tag)).collect(),
        digests: Vec::new(),
        parent: None,
        layers: vec![Digest::of(format!("layer of {name}").as_bytes())],
        created: Some(Timestamp::UNIX_EPOCH),
        tagged: Some(now() - SignedDuration::from_hours(24 * 100)),
        size: 1_000_000,
        labels: BTreeMap::new(),
    }
}

/// Changes to an image that one in a table needs.
pub(crate) trait With: Sized {
    fn parent(self, name: &str) -> Self;
    fn layers(self, names: &[&str]) -> Self;
    fn digests(self, digests: &[Reference]) -> Self;
    fn label(self, name: &str, value: &str) -> Self;
    fn hours_old(self, hours: Option<i64>) -> Self;
}

impl With for Image {
    fn parent(self, name: &str) -> Self {
        Self { parent: Some(id(name)), ..self }
    }

    fn layers(self, names: &[&str]) -> Self {
        Self { layers: names.iter().map(|name| Digest::of(name.as_bytes())).collect(), ..self }
    }

    fn digests(self, digests: &[Reference]) -> Self {
        Self { digests: digests.to_vec(), ..self }
    }

    fn label(mut self, name: &str, value: &str) -> Self {
        self.labels.insert(name.to_owned(), value.to_owned());
        self
    }

    fn hours_old(self, hours: Option<i64>) -> Self {
        Self { tagged: hours.map(|hours| now() - SignedDuration::from_hours(hours)), ..self }
    }
}

/// A running container that uses this.
pub(crate) fn container(name: &str, used: Used) -> Use {
    let user = User::Container {
        name: name.to_owned(),
        state: "running".to_owned(),
        running: true,
        service: None,
    };
    Use { used, user }
}

/// A use of a reference by a service of a Compose file.
pub(crate) fn service(name: &str, text: &str) -> Use {
    let user = User::ComposeService { file: "compose.yaml".to_owned(), service: name.to_owned() };
    Use { used: Used::Reference(reference(text)), user }
}

/// Everything of these repositories, and dangling images of Compose project `p`.
pub(crate) fn of(repositories: &[&str]) -> Policy {
    let label = ("com.docker.compose.project".to_owned(), "p".to_owned());
    Policy::all(Scope::Repositories {
        repositories: repositories.iter().map(|text| text.parse().unwrap()).collect(),
        labels: [label].into(),
    })
}

pub(crate) fn observed(images: &[Image], uses: &[Use]) -> Observed {
    Observed { images: images.to_vec(), uses: uses.to_vec() }
}

/// The plan for a world, which keeps every rule.
pub(crate) fn planned(observed: &Observed, policy: &Policy) -> Plan {
    let plan = plan(observed, policy, now());
    assert_eq!(image_retention::violations(observed, &plan), [], "{plan:#?}");
    plan
}

/// One line for each decision: `- owner/app:1: not used`, `+ …` for what stays.
pub(crate) fn told(plan: &Plan) -> Vec<String> {
    let line = |one: &image_retention::Decision| {
        format!("{} {}: {}", if one.is_removal() { '-' } else { '+' }, one.target, one.verdict)
    };
    plan.decisions.iter().map(line).collect()
}

/// The lines of the plan for these images and uses.
pub(crate) fn lines(images: &[Image], uses: &[Use], policy: &Policy) -> Vec<String> {
    told(&planned(&observed(images, uses), policy))
}
