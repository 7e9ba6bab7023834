//! The paths of the index.

use percent_encoding::percent_decode_str;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
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

impl Route {
    /// The route of a path, if there is one.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let rest = decoded.strip_prefix('/')?;
        let parts: Vec<&str> = rest.split('/').collect();
        let owned = |text: &str| text.to_owned();
        Some(match parts[..] {
            ["legacy"] => Self::Upload { slash: false },
            ["legacy", ""] => Self::Upload { slash: true },
            ["simple"] => Self::SimpleIndex { slash: false },
            ["simple", ""] => Self::SimpleIndex { slash: true },
            ["simple", name] => Self::SimpleProject { name: owned(name), slash: false },
            ["simple", name, ""] => Self::SimpleProject { name: owned(name), slash: true },
            ["pypi", name, "json"] => Self::ProjectJson { name: owned(name) },
            ["pypi", name, version, "json"] => {
                Self::ReleaseJson { name: owned(name), version: owned(version) }
            }
            ["integrity", name, _, filename, "provenance"] => {
                Self::Provenance { name: owned(name), filename: owned(filename) }
            }
            ["_", "oidc", "audience"] => Self::Audience,
            ["_", "oidc", "mint-token"] | ["_", "oidc", _, "mint-token"] => Self::MintToken,
            ["_", "rehearsal", "identity-token"] => Self::IdentityToken,
            ["files", ..] => Self::File { path: owned(rest.strip_prefix("files/")?) },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_paths_apart_by_their_trailing_slash() {
        assert_eq!(Route::parse("/legacy"), Some(Route::Upload { slash: false }));
        assert_eq!(Route::parse("/legacy/"), Some(Route::Upload { slash: true }));
        let name = "my-project".to_owned();
        assert_eq!(
            Route::parse("/simple/my-project"),
            Some(Route::SimpleProject { name, slash: false })
        );
        assert_eq!(Route::parse("/simple"), Some(Route::SimpleIndex { slash: false }));
    }

    #[test]
    fn versions_and_files_may_be_escaped() {
        let (name, version) = ("greeter".to_owned(), "1!2.0".to_owned());
        assert_eq!(
            Route::parse("/pypi/greeter/1%212.0/json"),
            Some(Route::ReleaseJson { name, version })
        );
        let path = "ab/cd/ef/a b.whl".to_owned();
        assert_eq!(Route::parse("/files/ab/cd/ef/a%20b.whl"), Some(Route::File { path }));
    }
}
