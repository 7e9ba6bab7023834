//! Short ways to write engines, policies and plans.

use std::collections::BTreeMap;

use image_ref::{Digest, ImageId, Reference};
use image_retention::{
    EngineState, Image, ImageUse, ImageUser, Plan, Policy, Scope, UsedImage, plan,
};
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

/// A reference by the digest of this content.
pub(crate) fn pinned(repository: &str, content: &str) -> Reference {
    reference(repository).repository().pinned(Digest::of(content.as_bytes()))
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

/// Changes to an image, for tables.
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

/// A use by a running container.
pub(crate) fn container(name: &str, used: UsedImage) -> ImageUse {
    let user = ImageUser::Container {
        name: name.to_owned(),
        state: "running".to_owned(),
        running: true,
        service: None,
    };
    ImageUse { used, user }
}

/// A use of a reference by a service of a Compose file.
pub(crate) fn service(name: &str, text: &str) -> ImageUse {
    let user =
        ImageUser::ComposeService { file: "compose.yaml".to_owned(), service: name.to_owned() };
    ImageUse { used: UsedImage::Reference(reference(text)), user }
}

/// Everything of these repositories, and dangling images of Compose project `p`.
pub(crate) fn policy_for(repositories: &[&str]) -> Policy {
    let label = ("com.docker.compose.project".to_owned(), "p".to_owned());
    Policy::all(Scope::Repositories {
        repositories: repositories.iter().map(|text| text.parse().unwrap()).collect(),
        labels: [label].into(),
    })
}

pub(crate) fn engine_state(images: &[Image], uses: &[ImageUse]) -> EngineState {
    EngineState { images: images.to_vec(), uses: uses.to_vec() }
}

/// The plan for a state, which keeps every rule.
pub(crate) fn checked_plan(state: &EngineState, policy: &Policy) -> Plan {
    let plan = plan(state, policy, now());
    assert_eq!(image_retention::violations(state, &plan), [], "{plan:#?}");
    plan
}

/// One line for each decision: `- owner/app:1: not used`, `+ …` for what is kept.
pub(crate) fn plan_lines(plan: &Plan) -> Vec<String> {
    plan.decisions
        .iter()
        .map(|decision| {
            let sign = if decision.is_removal() { '-' } else { '+' };
            format!("{sign} {}: {}", decision.target, decision.verdict)
        })
        .collect()
}

/// The lines of the plan for these images and uses.
pub(crate) fn lines(images: &[Image], uses: &[ImageUse], policy: &Policy) -> Vec<String> {
    plan_lines(&checked_plan(&engine_state(images, uses), policy))
}
