//! The proof that a container runs what its registry serves, by digests.

use image_ref::{Digest, Reference};
use serde::Serialize;

use crate::{EngineImage, ExpectedImage, ServiceContainer, UncheckedReason};

/// What a container runs, compared with what the registry serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerProof {
    /// The service.
    pub service: String,
    /// The container's number in the service, from 1.
    pub number: u32,
    /// The container's name.
    pub container: String,
    /// The container's identifier.
    pub id: String,
    /// The image's reference in the Compose file.
    pub image: Option<Reference>,
    /// The digest that the registry serves under it.
    pub served: Option<Digest>,
    /// The digest under which a registry served what the container runs; none if the
    /// image was built or loaded.
    pub runs: Option<Digest>,
    /// The engine's identifier of that image.
    pub image_id: Option<String>,
    /// The result of the comparison.
    pub verdict: ImageVerdict,
}

/// The result of comparing an image with what the registry serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageVerdict {
    /// It is exactly what the registry serves.
    Served,
    /// It is something else.
    Differs,
    /// The image no longer exists in the engine.
    Unknown,
    /// There is no registry to compare it with.
    NotCompared(UncheckedReason),
    /// The service was not selected.
    NotSelected,
}

impl ContainerProof {
    /// Compares a container and its image with what its service is expected to run;
    /// nothing is expected of a service that was not selected.
    #[must_use]
    pub fn new(
        container: &ServiceContainer,
        image: Option<&EngineImage>,
        reference: Option<&Reference>,
        expected: Option<&ExpectedImage>,
    ) -> Self {
        let served = expected.and_then(ExpectedImage::expected_digest);
        Self {
            service: container.service.clone(),
            number: container.number,
            container: container.details.name.clone(),
            id: container.details.id.to_string(),
            image: reference.cloned(),
            served: served.cloned(),
            runs: image.and_then(|image| best_digest(image, served, reference)),
            image_id: container.details.image_id.as_ref().map(ToString::to_string),
            verdict: compare_image(image, expected),
        }
    }

    /// The difference between what the container runs and what it should run.
    #[must_use]
    pub fn difference(&self) -> Option<String> {
        let runs = match self.verdict {
            ImageVerdict::Differs => format!("runs {}", self.image_label()),
            ImageVerdict::Unknown => "runs an image that is no longer in the engine".to_owned(),
            ImageVerdict::Served | ImageVerdict::NotCompared(_) | ImageVerdict::NotSelected => {
                return None;
            }
        };
        let (service, container) = (&self.service, &self.container);
        let served = self.served.as_ref().map(Digest::short).unwrap_or_default();
        let image = self.image.as_ref().map(Reference::to_string).unwrap_or_default();
        Some(format!("{service} ({container}) {runs}; the registry serves {image} as {served}"))
    }

    /// The image that the container runs, as a short digest or ID.
    #[must_use]
    pub fn image_label(&self) -> String {
        if let Some(digest) = &self.runs {
            return digest.short().to_owned();
        }
        let id = self.image_id.as_deref().unwrap_or_default().trim_start_matches("sha256:");
        let short: String = id.chars().take(12).collect();
        format!("image {short}, not from a registry")
    }
}

fn compare_image(image: Option<&EngineImage>, expected: Option<&ExpectedImage>) -> ImageVerdict {
    match (expected, image) {
        (None, _) => ImageVerdict::NotSelected,
        (Some(ExpectedImage::Unchecked(reason)), _) => ImageVerdict::NotCompared(*reason),
        (Some(ExpectedImage::Digest(_)), None) => ImageVerdict::Unknown,
        (Some(ExpectedImage::Digest(digest)), Some(image)) if image.has_digest(digest) => {
            ImageVerdict::Served
        }
        (Some(ExpectedImage::Digest(_)), Some(_)) => ImageVerdict::Differs,
    }
}

/// An image may have been served under several digests: the one that is compared is
/// the most telling, then the one in the reference.
fn best_digest(
    image: &EngineImage,
    served: Option<&Digest>,
    reference: Option<&Reference>,
) -> Option<Digest> {
    let pinned = reference.and_then(Reference::digest);
    let mut preferred = [served, pinned].into_iter().flatten();
    preferred.find(|digest| image.has_digest(digest)).or(image.digests.first()).cloned()
}

#[cfg(test)]
mod tests {
    use image_ref::ImageId;
    use local_docker::ContainerState;

    use super::*;
    use crate::fixtures::container;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    /// An image with this ID and these digests.
    fn image(id: &str, digests: &[&str]) -> Option<EngineImage> {
        let digests = digests.iter().map(|text| digest(text)).collect();
        Some(EngineImage { id: ImageId::new(digest(id)), digests, platform: None })
    }

    fn expected() -> ExpectedImage {
        ExpectedImage::Digest(digest("new"))
    }

    fn proof(image: Option<&EngineImage>, expected: &ExpectedImage) -> ContainerProof {
        let mut web = container("web", 'b', ContainerState::Running);
        web.details.image_id = Some(ImageId::new(digest("config")));
        ContainerProof::new(&web, image, "demo/web".parse().ok().as_ref(), Some(expected))
    }

    #[test]
    fn a_container_is_proved_by_the_image_that_it_was_created_from() {
        use ImageVerdict::{Differs, Served, Unknown};
        let table = [
            ("what is served", image("config", &["new"]), Served),
            ("also served under an older digest", image("config", &["old", "new"]), Served),
            ("containerd", image("new", &["new"]), Served),
            ("an older image", image("config", &["old"]), Differs),
            ("an image that no registry served", image("config", &[]), Differs),
            ("an image that no longer exists", None, Unknown),
        ];
        for (case, image, verdict) in table {
            assert_eq!(proof(image.as_ref(), &expected()).verdict, verdict, "{case}");
        }
    }

    #[test]
    fn an_older_image_is_a_difference() {
        let proof = proof(image("config", &["old"]).as_ref(), &expected());
        let (old, new) = (digest("old"), digest("new"));
        let (old, new) = (old.short(), new.short());
        let difference =
            format!("web (demo-web-1) runs {old}; the registry serves demo/web as {new}");
        assert_eq!(proof.difference(), Some(difference));
    }

    #[test]
    fn a_served_image_is_shown_by_the_served_digest() {
        let proof = proof(image("config", &["old", "new"]).as_ref(), &expected());
        assert_eq!((proof.runs.clone(), proof.difference()), (Some(digest("new")), None));
    }

    #[test]
    fn an_image_that_is_not_compared_is_no_difference() {
        let built = ExpectedImage::Unchecked(UncheckedReason::Built);
        let proof = proof(image("config", &[]).as_ref(), &built);
        assert_eq!(proof.verdict, ImageVerdict::NotCompared(UncheckedReason::Built));
        assert!(proof.image_label().ends_with("not from a registry"));
        assert_eq!(proof.difference(), None);
    }

    #[test]
    fn nothing_is_expected_of_a_service_that_was_not_selected() {
        let web = container("web", 'b', ContainerState::Running);
        let proof = ContainerProof::new(&web, image("config", &["old"]).as_ref(), None, None);
        assert_eq!((proof.verdict, proof.difference()), (ImageVerdict::NotSelected, None));
    }
}
