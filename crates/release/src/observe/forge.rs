use github::{BranchProtection, GitHubError};
use operation::error_chain;
use release_plan::{Access, BranchState, ObservedForge};

use super::access_check::AccessCheck;
use crate::clients::Clients;

/// Observes whether releases can be published; `None` for a project without a forge.
pub(super) async fn observe_forge(clients: &Clients, check: AccessCheck) -> Option<ObservedForge> {
    let client = clients.github().ok()?;
    let access = match check {
        AccessCheck::Skip => Access::Unchecked,
        AccessCheck::Perform => match client.check_access().await {
            Ok(_) => Access::Granted,
            Err(GitHubError::NoToken { .. }) => {
                Access::NoCredentials("GH_TOKEN, GITHUB_TOKEN and `gh auth token`".to_owned())
            }
            Err(GitHubError::Http { source, .. }) => Access::Unreachable(error_chain(&source)),
            Err(error) => Access::Refused(error_chain(&error)),
        },
    };
    Some(ObservedForge { access, branch: BranchState::Unchecked })
}

/// Asks whether the forge takes a pushed commit on a branch. Everyone may see that of a
/// public repository, so it needs no credentials; where those are missing or refused, that
/// blocks the release already.
pub(super) async fn observe_branch(
    clients: &Clients,
    forge: &ObservedForge,
    branch: &str,
) -> BranchState {
    let Ok(client) = clients.github() else { return BranchState::Unchecked };
    if !matches!(forge.access, Access::Granted | Access::Unchecked) {
        return BranchState::Unchecked;
    }
    match client.branch_protection(branch).await {
        Ok(BranchProtection::Open) => BranchState::Open,
        Ok(BranchProtection::Refused(required)) => BranchState::Protected(required),
        Ok(BranchProtection::Unclear(reason)) => BranchState::Unclear(reason),
        Err(error) => BranchState::Unreadable(error_chain(&error)),
    }
}
