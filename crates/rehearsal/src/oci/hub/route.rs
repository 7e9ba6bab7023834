//! The paths of Docker Hub's API.

/// A path of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::oci) enum HubRoute {
    /// A login, which issues a token.
    Login(LoginForm),
    /// The repositories of a namespace.
    Repositories(String),
    /// A resource in the repository `namespace/name`.
    InRepository(String, HubResource),
}

/// The fields of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::oci) enum LoginForm {
    /// `/v2/auth/token`: `identifier`, `secret` → `access_token`
    Current,
    /// `/v2/users/login`: `username`, `password` → `token`; deprecated
    Deprecated,
}

/// A path inside a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::oci) enum HubResource {
    Repository,
    Tags,
    Tag(String),
    ImmutableTags,
    VerifyImmutableTags,
}

impl HubRoute {
    /// `None` for paths of the registry; a trailing slash makes no difference.
    pub(in crate::oci) fn from_path(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/v2/")?;
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        match parts.as_slice() {
            ["auth", "token"] => Some(Self::Login(LoginForm::Current)),
            ["users", "login"] => Some(Self::Login(LoginForm::Deprecated)),
            ["namespaces", namespace, "repositories"] => {
                Some(Self::Repositories((*namespace).to_owned()))
            }
            ["namespaces", namespace, "repositories", name, rest @ ..]
            | ["repositories", namespace, name, rest @ ..] => {
                let resource = HubResource::from_parts(rest)?;
                Some(Self::InRepository(format!("{namespace}/{name}"), resource))
            }
            _ => None,
        }
    }
}

impl HubResource {
    fn from_parts(parts: &[&str]) -> Option<Self> {
        match parts {
            [] => Some(Self::Repository),
            ["tags"] => Some(Self::Tags),
            ["tags", tag] => Some(Self::Tag((*tag).to_owned())),
            ["immutabletags"] => Some(Self::ImmutableTags),
            ["immutabletags", "verify"] => Some(Self::VerifyImmutableTags),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_current_and_older_paths() {
        let tag = HubRoute::InRepository("a/b".into(), HubResource::Tag("1.0".into()));
        let paths = ["/v2/namespaces/a/repositories/b/tags/1.0", "/v2/repositories/a/b/tags/1.0/"];
        for path in paths {
            assert_eq!(HubRoute::from_path(path), Some(tag.clone()), "{path}");
        }
    }

    #[test]
    fn leaves_the_paths_of_the_registry_alone() {
        for path in ["/v2/", "/v2/a/b/tags/list", "/v2/a/b/manifests/x", "/token"] {
            assert_eq!(HubRoute::from_path(path), None, "{path}");
        }
    }
}
