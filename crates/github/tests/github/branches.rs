//! Whether branches take pushes, as the embedded forge shows it.

use std::{path::Path, process::Command};

use github::{BranchProtection, GitHubError};
use rehearsal::forge::{BranchProtection as Protection, ForgeOptions};

use crate::world::{World, options};

fn git(folder: &Path, arguments: &[&str]) -> String {
    let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    let mut command = Command::new("git");
    let output = command.current_dir(folder).args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// What a caller sees of `branch` in a repository that has `main`.
async fn protection_of(
    branch: &str,
    options: ForgeOptions,
    token: Option<&str>,
) -> Result<BranchProtection, GitHubError> {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--bare"]);
    let tree = git(folder.path(), &["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let commit = git(folder.path(), &["commit-tree", &tree, "-m", "Start"]);
    git(folder.path(), &["update-ref", "refs/heads/main", &commit]);
    let world = World::new(options.git_repository(folder.path()));
    world.client(token).branch_protection(branch).await
}

#[tokio::test]
async fn everyone_sees_whether_a_branch_of_a_public_repository_is_protected() {
    let unclear = |reason: &str| BranchProtection::Unclear(reason.to_owned());
    let by_rule = || options().protect(Protection::rule("main", "pull_request"));
    let by_settings = || options().protect(Protection::settings("main", true));
    let rule = "it requires a pull request (ruleset `protect main`)";
    let settings = "only administrators may read its settings";
    for (branch, options, expected) in [
        ("main", options(), BranchProtection::Open),
        ("new", options(), BranchProtection::Open),
        ("main", by_rule(), unclear(rule)),
        ("main", by_settings(), unclear(settings)),
        ("new", by_settings(), BranchProtection::Open),
    ] {
        let found = protection_of(branch, options, None).await.unwrap();
        assert_eq!(found, expected, "{branch}");
    }
    let with_token = protection_of("main", by_rule(), Some("canary-push")).await.unwrap();
    let required = "a pull request (ruleset `protect main`)".to_owned();
    assert_eq!(with_token, BranchProtection::Refused(vec![required]));
}

/// Its branches are not there for the caller, like those that nobody protects.
#[tokio::test]
async fn a_private_repository_is_not_taken_for_one_without_protection() {
    let options = || options().private().protect(Protection::settings("main", true));
    let error = protection_of("main", options(), None).await.unwrap_err();
    assert!(matches!(error, GitHubError::NotFound { .. }), "{error}");
    assert!(protection_of("main", options(), Some("canary-push")).await.is_ok());
}
