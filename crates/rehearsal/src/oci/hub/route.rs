//! What a path of Docker Hub's own API means.

/// A path of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum HubRoute {
    /// Getting a token.
    Login(LoginForm),
    /// The repositories of a namespace.
    Repositories(String),
    /// Something in the repository `namespace/name`.
    In(String, Target),
}

/// Which fields a login has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum LoginForm {
    /// `/v2/auth/token`: `identifier`, `secret` → `access_token`
    Current,
    /// `/v2/users/login`: `username`, `password` → `token`; deprecated
    Deprecated,
}

/// A path inside a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Target {
    Repository,
    Tags,
    Tag(String),
    ImmutableTags,
    VerifyImmutableTags,
}

impl HubRoute {
    /// `None` for paths of the registry; a slash at the end makes no difference.
    pub(in super::super) fn of(path: &str) -> Option<Self> {
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
                Some(Self::In(format!("{namespace}/{name}"), target(rest)?))
            }
            _ => None,
        }
    }
}

fn target(rest: &[&str]) -> Option<Target> {
    match rest {
        [] => Some(Target::Repository),
        ["tags"] => Some(Target::Tags),
        ["tags", tag] => Some(Target::Tag((*tag).to_owned())),
        ["immutabletags"] => Some(Target::ImmutableTags),
        ["immutabletags", "verify"] => Some(Target::VerifyImmutableTags),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_current_and_older_paths() {
        let tag = HubRoute::In("a/b".into(), Target::Tag("1.0".into()));
        let paths = ["/v2/namespaces/a/repositories/b/tags/1.0", "/v2/repositories/a/b/tags/1.0/"];
        for path in paths {
            assert_eq!(HubRoute::of(path), Some(tag.clone()), "{path}");
        }
    }

    #[test]
    fn leaves_the_paths_of_the_registry_alone() {
        for path in ["/v2/", "/v2/a/b/tags/list", "/v2/a/b/manifests/x", "/token"] {
            assert_eq!(HubRoute::of(path), None, "{path}");
        }
    }
}
