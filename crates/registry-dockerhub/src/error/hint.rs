use std::time::Duration;

use oci_image::ImageError;

use super::registry_error::RegistryError;

impl RegistryError {
    /// What to do next, where there is more to add to the text.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        access_hint(self).or_else(|| content_hint(self).map(str::to_owned))
    }
}

/// About rights, connections and servers.
fn access_hint(error: &RegistryError) -> Option<String> {
    use RegistryError as E;
    Some(match error {
        E::Unauthorized { registry, has_credentials: false, .. } => {
            format!("log in with `docker login {registry}`")
        }
        E::Unauthorized { registry, .. } => {
            format!(
                "the token may be wrong, expired or revoked; log in again with `docker login {registry}`"
            )
        }
        E::MissingRight { right, repository, .. } => format!(
            "use an access token that may {right} and an account that may {right} {repository}"
        ),
        E::Denied { .. } => "a rule of the registry stands against it: immutable tags, \
             a manifest still in use, or the account's plan"
            .to_owned(),
        E::RateLimited { retry_after: Some(wait), .. } if *wait != Duration::MAX => {
            format!("try again after {} s; nothing was changed by this request", wait.as_secs())
        }
        E::RateLimited { .. } => {
            "try again later, or log in: limits are wider for known accounts".to_owned()
        }
        E::ServerFailed { .. } | E::Interrupted { .. } | E::TimedOut { .. } => {
            "run the same command again: what is already there is found and not repeated".to_owned()
        }
        E::Unreachable { registry, .. } => {
            format!("check the network, the proxy variables and the name `{registry}`")
        }
        E::Garbage { registry, .. } => format!(
            "check that `{registry}` is a registry and that no proxy or login page answers for it"
        ),
        E::UntrustedRealm { .. } => {
            "no credentials were sent there; check the address of the registry".to_owned()
        }
        E::CredentialHelper { helper, .. } => {
            format!("check that `{helper}` is on PATH and works, or remove it from Docker's config")
        }
        _ => return None,
    })
}

/// About tags, manifests and blobs.
fn content_hint(error: &RegistryError) -> Option<&'static str> {
    use RegistryError as E;
    Some(match error {
        E::TagMoved { .. } => {
            "somebody else publishes to this repository; look at it and plan again"
        }
        E::NotVisible { .. } => "verify again in a minute; the registry may show it late",
        E::NotFound { .. } => {
            "check the name; private repositories are not shown to those who may not pull"
        }
        E::DigestMismatch { .. }
        | E::Malformed { .. }
        | E::Image(ImageError::DigestMismatch { .. } | ImageError::Malformed { .. }) => {
            "do not use this content; compare it with where it comes from"
        }
        E::Unsupported { .. } => {
            "registries that run distribution need `storage.delete.enabled` for deletions"
        }
        _ => return None,
    })
}
