//! The paths of the index.

use percent_encoding::percent_decode_str;

/// The resource of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IndexRoute {
    Upload { slash: bool },
    SimpleIndex { slash: bool },
    SimpleProject { name: String, slash: bool },
    ProjectJson { name: String },
    ReleaseJson { name: String, version: String },
    Provenance { name: String, filename: String },
    File { path: String },
    Audience,
    MintToken,
    IdentityToken,
}

impl IndexRoute {
    pub(super) fn from_path(path: &str) -> Option<Self> {
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let rest = decoded.strip_prefix('/')?;
        let parts: Vec<&str> = rest.split('/').collect();
        Some(match parts[..] {
            ["legacy"] => Self::Upload { slash: false },
            ["legacy", ""] => Self::Upload { slash: true },
            ["simple"] => Self::SimpleIndex { slash: false },
            ["simple", ""] => Self::SimpleIndex { slash: true },
            ["simple", name] => Self::SimpleProject { name: name.into(), slash: false },
            ["simple", name, ""] => Self::SimpleProject { name: name.into(), slash: true },
            ["pypi", name, "json"] => Self::ProjectJson { name: name.into() },
            ["pypi", name, version, "json"] => {
                Self::ReleaseJson { name: name.into(), version: version.into() }
            }
            ["integrity", name, _, filename, "provenance"] => {
                Self::Provenance { name: name.into(), filename: filename.into() }
            }
            ["_", "oidc", "audience"] => Self::Audience,
            ["_", "oidc", "mint-token"] | ["_", "oidc", _, "mint-token"] => Self::MintToken,
            ["_", "rehearsal", "identity-token"] => Self::IdentityToken,
            ["files", ..] => Self::File { path: rest.strip_prefix("files/")?.into() },
            _ => return None,
        })
    }

    /// Whether private indexes have it, too.
    pub(super) fn is_of_every_index(&self) -> bool {
        matches!(
            self,
            Self::Upload { .. }
                | Self::SimpleIndex { .. }
                | Self::SimpleProject { .. }
                | Self::File { .. }
        )
    }

    /// Whether the method must be `POST` instead of `GET` or `HEAD`.
    pub(super) fn requires_post(&self) -> bool {
        matches!(self, Self::Upload { .. } | Self::MintToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinguishes_paths_by_their_trailing_slash() {
        let upload = IndexRoute::from_path("/legacy");
        assert_eq!(upload, Some(IndexRoute::Upload { slash: false }));
        let upload = IndexRoute::from_path("/legacy/");
        assert_eq!(upload, Some(IndexRoute::Upload { slash: true }));
        let name = "my-project".to_owned();
        assert_eq!(
            IndexRoute::from_path("/simple/my-project"),
            Some(IndexRoute::SimpleProject { name, slash: false })
        );
        let list = IndexRoute::from_path("/simple");
        assert_eq!(list, Some(IndexRoute::SimpleIndex { slash: false }));
    }

    #[test]
    fn versions_and_files_may_be_escaped() {
        let (name, version) = ("greeter".to_owned(), "1!2.0".to_owned());
        assert_eq!(
            IndexRoute::from_path("/pypi/greeter/1%212.0/json"),
            Some(IndexRoute::ReleaseJson { name, version })
        );
        let path = "ab/cd/ef/a b.whl".to_owned();
        let file = IndexRoute::from_path("/files/ab/cd/ef/a%20b.whl");
        assert_eq!(file, Some(IndexRoute::File { path }));
    }
}
