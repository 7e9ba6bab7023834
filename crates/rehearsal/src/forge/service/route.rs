//! The paths of the forge.

use percent_encoding::percent_decode_str;

/// What a path asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    User,
    Repository,
    Releases,
    LatestRelease,
    ReleaseByTag(String),
    Release(u64),
    ReleaseAssets(u64),
    Upload(u64),
    Asset(u64),
    Download {
        tag: String,
        name: String,
    },
    /// A ref without `refs/`.
    Ref(String),
    /// The beginning of refs, without `refs/`.
    MatchingRefs(String),
    AnnotatedTag(String),
    Commit(String),
    CommitStatus(String),
    CheckRuns(String),
    Runs,
    Run(u64),
}

impl Route {
    /// The route of a path; owner and repository are compared without regard to case.
    pub(super) fn parse(path: &str, owner: &str, repository: &str) -> Option<Self> {
        if path == "/user" {
            return Some(Self::User);
        }
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let (area, rest) = ["/repos/", "/uploads/repos/", "/web/"]
            .into_iter()
            .find_map(|area| Some((area, decoded.strip_prefix(area)?)))?;
        let (found_owner, rest) = rest.split_once('/')?;
        let (found_repository, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let ours = found_owner.eq_ignore_ascii_case(owner)
            && found_repository.eq_ignore_ascii_case(repository);
        match area {
            _ if !ours => None,
            "/repos/" => Self::in_api(rest),
            "/web/" => Self::in_web(rest),
            _ => match rest.split('/').collect::<Vec<_>>()[..] {
                ["releases", id, "assets"] => Some(Self::Upload(id.parse().ok()?)),
                _ => None,
            },
        }
    }

    fn in_api(rest: &str) -> Option<Self> {
        let parts: Vec<&str> = rest.split('/').collect();
        Some(match parts[..] {
            [""] => Self::Repository,
            ["releases"] => Self::Releases,
            ["releases", "latest"] => Self::LatestRelease,
            ["releases", "tags", ..] => Self::ReleaseByTag(rest["releases/tags/".len()..].into()),
            ["releases", "assets", id] => Self::Asset(id.parse().ok()?),
            ["releases", id] => Self::Release(id.parse().ok()?),
            ["releases", id, "assets"] => Self::ReleaseAssets(id.parse().ok()?),
            ["git", "ref", ..] => Self::Ref(rest["git/ref/".len()..].into()),
            ["git", "matching-refs", ..] => {
                Self::MatchingRefs(rest["git/matching-refs/".len()..].into())
            }
            ["git", "tags", sha] => Self::AnnotatedTag(sha.into()),
            ["commits", ..] => Self::of_commit(rest.strip_prefix("commits/")?),
            ["actions", "runs"] => Self::Runs,
            ["actions", "runs", id] => Self::Run(id.parse().ok()?),
            _ => return None,
        })
    }

    /// A revision may contain slashes, as branch names do.
    fn of_commit(rest: &str) -> Self {
        if let Some(revision) = rest.strip_suffix("/status") {
            return Self::CommitStatus(revision.into());
        }
        match rest.strip_suffix("/check-runs") {
            Some(revision) => Self::CheckRuns(revision.into()),
            None => Self::Commit(rest.into()),
        }
    }

    fn in_web(rest: &str) -> Option<Self> {
        let (tag, name) = rest.strip_prefix("releases/download/")?.rsplit_once('/')?;
        Some(Self::Download { tag: tag.into(), name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Option<Route> {
        Route::parse(path, "octo", "greeter")
    }

    #[test]
    fn finds_releases_by_number_tag_and_as_latest() {
        assert_eq!(route("/repos/octo/greeter"), Some(Route::Repository));
        assert_eq!(route("/repos/Octo/Greeter/releases"), Some(Route::Releases));
        assert_eq!(route("/repos/octo/greeter/releases/7"), Some(Route::Release(7)));
        let tag = Route::ReleaseByTag("cli/v1".into());
        assert_eq!(route("/repos/octo/greeter/releases/tags/cli%2Fv1"), Some(tag.clone()));
        assert_eq!(route("/repos/octo/greeter/releases/tags/cli/v1"), Some(tag));
        assert_eq!(route("/repos/octo/greeter/releases/latest"), Some(Route::LatestRelease));
    }

    #[test]
    fn uploads_have_a_base_of_their_own() {
        assert_eq!(route("/uploads/repos/octo/greeter/releases/7/assets"), Some(Route::Upload(7)));
        assert_eq!(route("/repos/octo/greeter/releases/7/assets"), Some(Route::ReleaseAssets(7)));
    }

    #[test]
    fn other_repositories_do_not_exist() {
        assert_eq!(route("/repos/octo/other/releases"), None);
        assert_eq!(route("/repos/octo"), None);
        assert_eq!(route("/nothing"), None);
    }

    #[test]
    fn a_revision_may_contain_slashes() {
        let status = Route::CommitStatus("feature/x".into());
        assert_eq!(route("/repos/octo/greeter/commits/feature/x/status"), Some(status));
    }
}
