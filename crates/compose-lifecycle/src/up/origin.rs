//! Where the containers of a service get their image from.

use compose::Service;
use image_ref::Reference;

/// Where the containers of a service get their image from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// A registry serves it.
    Registry(Reference),
    /// It is built here: the local one wins, also where it has a reference, as
    /// for Compose.
    Built,
    /// `pull_policy: never`: only what is here counts.
    Never(Reference),
    /// Another program runs the service, without an image.
    Provider,
}

/// Reads the origin from the model; the error says what is wrong with the
/// service's image.
pub(super) fn origin(service: &Service) -> Result<Origin, String> {
    if service.has_provider {
        return Ok(Origin::Provider);
    }
    if service.build {
        return Ok(Origin::Built);
    }
    let stated = service.image.as_deref().filter(|image| !image.is_empty());
    let Some(image) = stated else { return Err("has neither image nor build".to_owned()) };
    // An unset variable leaves a gap: `web:`.
    let reference: Reference = image
        .parse()
        .map_err(|_| format!("`{image}` is no image reference; is a variable not set?"))?;
    match service.pull_policy.as_deref() {
        Some("never") => Ok(Origin::Never(reference)),
        _ => Ok(Origin::Registry(reference)),
    }
}

/// Whether the Compose file wants `docker compose pull` to leave an image that
/// is here, so that it must be told to pull all the same.
pub(super) fn keeps_what_is_here(pull_policy: Option<&str>) -> bool {
    pull_policy.is_some_and(|policy| policy != "always")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(image: &str) -> Service {
        Service { image: Some(image.to_owned()), ..Service::default() }
    }

    #[test]
    fn a_registry_is_asked_unless_the_file_says_otherwise() {
        let web = service("demo/web");
        let reference: Reference = "demo/web".parse().unwrap();
        assert_eq!(origin(&web), Ok(Origin::Registry(reference.clone())));
        let policy =
            |policy: &str| origin(&Service { pull_policy: Some(policy.to_owned()), ..web.clone() });
        for other in ["always", "missing", "if_not_present", "daily", "every_12h"] {
            assert_eq!(policy(other), Ok(Origin::Registry(reference.clone())), "{other}");
        }
        assert_eq!(policy("never"), Ok(Origin::Never(reference)));
        assert_eq!(origin(&Service { build: true, ..web.clone() }), Ok(Origin::Built));
        assert_eq!(origin(&Service { has_provider: true, ..web }), Ok(Origin::Provider));
    }

    #[test]
    fn a_gap_in_a_reference_is_told() {
        assert!(origin(&service("demo/web:")).unwrap_err().contains("variable"));
        assert!(origin(&service("")).is_err());
    }
}
