//! The paths of the forge.

use percent_encoding::percent_decode_str;

/// The resource of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ForgeRoute {
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
    /// A prefix of refs, without `refs/`.
    MatchingRefs(String),
    AnnotatedTag(String),
    Commit(String),
    CommitStatus(String),
    CheckRuns(String),
    Branch(String),
    BranchSettings(String),
    BranchRules(String),
    Ruleset(u64),
    Runs,
    Run(u64),
    RunArtifacts(u64),
    ArtifactArchive(u64),
    RunJobs(u64),
    JobLog(u64),
}

impl ForgeRoute {
    /// The route of a path; owner and repository are compared case-insensitively.
    pub(super) fn from_path(path: &str, owner: &str, repository: &str) -> Option<Self> {
        if path == "/user" {
            return Some(Self::User);
        }
        let decoded = percent_decode_str(path).decode_utf8().ok()?;
        let (area, rest) = ["/repos/", "/uploads/repos/", "/web/"]
            .into_iter()
            .find_map(|area| Some((area, decoded.strip_prefix(area)?)))?;
        let (path_owner, rest) = rest.split_once('/')?;
        let (path_repository, rest) = rest.split_once('/').unwrap_or((rest, ""));
        if !path_owner.eq_ignore_ascii_case(owner)
            || !path_repository.eq_ignore_ascii_case(repository)
        {
            return None;
        }
        match area {
            "/repos/" => Self::from_api_path(rest),
            "/web/" => Self::from_web_path(rest),
            _ => Self::from_upload_path(rest),
        }
    }

    fn from_api_path(rest: &str) -> Option<Self> {
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
            ["commits", ..] => Self::from_commit_path(rest.strip_prefix("commits/")?),
            ["branches", ..] => Self::from_branch_path(rest.strip_prefix("branches/")?),
            ["rules", "branches", ..] => Self::BranchRules(rest["rules/branches/".len()..].into()),
            ["rulesets", id] => Self::Ruleset(id.parse().ok()?),
            ["actions", "runs"] => Self::Runs,
            ["actions", "runs", id] => Self::Run(id.parse().ok()?),
            ["actions", "runs", id, "artifacts"] => Self::RunArtifacts(id.parse().ok()?),
            ["actions", "runs", id, "jobs"] => Self::RunJobs(id.parse().ok()?),
            ["actions", "jobs", id, "logs"] => Self::JobLog(id.parse().ok()?),
            ["actions", "artifacts", id, "zip"] => Self::ArtifactArchive(id.parse().ok()?),
            _ => return None,
        })
    }

    /// A revision may contain slashes, as branch names do.
    fn from_commit_path(rest: &str) -> Self {
        if let Some(revision) = rest.strip_suffix("/status") {
            return Self::CommitStatus(revision.into());
        }
        match rest.strip_suffix("/check-runs") {
            Some(revision) => Self::CheckRuns(revision.into()),
            None => Self::Commit(rest.into()),
        }
    }

    fn from_branch_path(rest: &str) -> Self {
        match rest.strip_suffix("/protection") {
            Some(branch) => Self::BranchSettings(branch.into()),
            None => Self::Branch(rest.into()),
        }
    }

    fn from_upload_path(rest: &str) -> Option<Self> {
        let id = rest.strip_prefix("releases/")?.strip_suffix("/assets")?;
        Some(Self::Upload(id.parse().ok()?))
    }

    fn from_web_path(rest: &str) -> Option<Self> {
        let (tag, name) = rest.strip_prefix("releases/download/")?.rsplit_once('/')?;
        Some(Self::Download { tag: tag.into(), name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(path: &str) -> Option<ForgeRoute> {
        ForgeRoute::from_path(path, "octo", "greeter")
    }

    #[test]
    fn finds_releases_by_number_tag_and_as_latest() {
        assert_eq!(route("/repos/octo/greeter"), Some(ForgeRoute::Repository));
        assert_eq!(route("/repos/Octo/Greeter/releases"), Some(ForgeRoute::Releases));
        assert_eq!(route("/repos/octo/greeter/releases/7"), Some(ForgeRoute::Release(7)));
        let tag = ForgeRoute::ReleaseByTag("cli/v1".into());
        assert_eq!(route("/repos/octo/greeter/releases/tags/cli%2Fv1"), Some(tag.clone()));
        assert_eq!(route("/repos/octo/greeter/releases/tags/cli/v1"), Some(tag));
        assert_eq!(route("/repos/octo/greeter/releases/latest"), Some(ForgeRoute::LatestRelease));
    }

    #[test]
    fn uploads_have_a_separate_base() {
        assert_eq!(
            route("/uploads/repos/octo/greeter/releases/7/assets"),
            Some(ForgeRoute::Upload(7))
        );
        assert_eq!(
            route("/repos/octo/greeter/releases/7/assets"),
            Some(ForgeRoute::ReleaseAssets(7))
        );
    }

    #[test]
    fn other_repositories_do_not_exist() {
        assert_eq!(route("/repos/octo/other/releases"), None);
        assert_eq!(route("/repos/octo"), None);
        assert_eq!(route("/nothing"), None);
    }

    #[test]
    fn a_revision_may_contain_slashes() {
        let status = ForgeRoute::CommitStatus("feature/x".into());
        assert_eq!(route("/repos/octo/greeter/commits/feature/x/status"), Some(status));
        let settings = ForgeRoute::BranchSettings("feature/x".into());
        assert_eq!(route("/repos/octo/greeter/branches/feature%2Fx/protection"), Some(settings));
        let rules = ForgeRoute::BranchRules("feature/x".into());
        assert_eq!(route("/repos/octo/greeter/rules/branches/feature%2Fx"), Some(rules));
    }
}
