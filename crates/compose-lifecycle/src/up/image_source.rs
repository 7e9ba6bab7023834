//! Where the image of a service comes from.

use compose::Service;
use image_ref::Reference;

/// Where the image of a service comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ImageSource {
    /// A registry serves it.
    Registry(Reference),
    /// It is built on this machine. As for Compose, the local image is used even if it
    /// has a reference.
    Build,
    /// A rollback has brought the local image back, and only a deployment moves it on.
    RolledBack,
    /// `pull_policy: never`: only the local image is used.
    LocalOnly(Reference),
    /// A provider runs the service, without an image.
    Provider,
}

impl ImageSource {
    /// The source of a service in Compose's model.
    ///
    /// # Errors
    /// What is wrong with the service's image.
    pub(super) fn of_service(service: &Service) -> Result<Self, String> {
        if service.has_provider {
            return Ok(Self::Provider);
        }
        if service.build {
            return Ok(Self::Build);
        }
        let image = service.image.as_deref().filter(|image| !image.is_empty());
        let Some(image) = image else { return Err("has neither image nor build".to_owned()) };
        // An unset variable leaves a gap: `web:`.
        let reference: Reference = image.parse().map_err(|_| {
            format!("`{image}` is not a valid image reference; is a variable unset?")
        })?;
        match service.pull_policy.as_deref() {
            Some("never") => Ok(Self::LocalOnly(reference)),
            _ => Ok(Self::Registry(reference)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(image: &str) -> Service {
        Service { image: Some(image.to_owned()), ..Service::default() }
    }

    fn source_with_policy(policy: &str) -> Result<ImageSource, String> {
        let pull_policy = Some(policy.to_owned());
        ImageSource::of_service(&Service { pull_policy, ..service("demo/web") })
    }

    #[test]
    fn images_come_from_a_registry_unless_the_file_says_otherwise() {
        let web = service("demo/web");
        let reference: Reference = "demo/web".parse().unwrap();
        let registry = Ok(ImageSource::Registry(reference.clone()));
        assert_eq!(ImageSource::of_service(&web), registry);
        for policy in ["always", "missing", "if_not_present", "daily", "every_12h"] {
            assert_eq!(source_with_policy(policy), registry, "{policy}");
        }
        assert_eq!(source_with_policy("never"), Ok(ImageSource::LocalOnly(reference)));
        let built = Service { build: true, ..web.clone() };
        assert_eq!(ImageSource::of_service(&built), Ok(ImageSource::Build));
        let provided = Service { has_provider: true, ..web };
        assert_eq!(ImageSource::of_service(&provided), Ok(ImageSource::Provider));
    }

    #[test]
    fn a_gap_in_a_reference_is_an_error() {
        let error = ImageSource::of_service(&service("demo/web:")).unwrap_err();
        assert!(error.contains("variable"));
        assert!(ImageSource::of_service(&service("")).is_err());
    }
}
