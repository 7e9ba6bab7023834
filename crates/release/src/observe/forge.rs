use github::GitHubError;
use operation::error_chain;
use release_plan::{Access, ObservedForge};

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
    Some(ObservedForge { access })
}
