use serde::Deserialize;

use crate::{GitHubError, connection::Connection, refusal::CONTENTS_WRITE};

/// The repository and the rights of the token in it, as far as the service
/// shows them. The rights are those of the account; a fine-grained token may
/// have fewer, which only the first writing request shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The repository as the service spells it, `owner/name`.
    pub repository: String,
    /// Its default branch.
    pub default_branch: String,
    /// Whether it is visible only to accounts with rights.
    pub private: bool,
    /// Whether the account may push. False without a token.
    pub push: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// Scopes of a classic token; `None` for other kinds.
    pub scopes: Option<Vec<String>>,
}

impl Access {
    fn has_sufficient_scope(&self) -> bool {
        let Some(scopes) = &self.scopes else { return true };
        // An installation token comes with an empty list.
        scopes.is_empty()
            || scopes.iter().any(|scope| match scope.as_str() {
                "repo" => true,
                "public_repo" => !self.private,
                _ => false,
            })
    }
}

#[derive(Deserialize)]
struct RepositoryDocument {
    full_name: String,
    #[serde(default)]
    default_branch: String,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    archived: bool,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Deserialize, Default)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

pub(crate) async fn read_access(connection: &Connection) -> Result<Access, GitHubError> {
    let purpose = format!("read repository {}", connection.requests.repository);
    let response = connection.send(connection.requests.repository(), &purpose).await?;
    let scopes = response.header("x-oauth-scopes").map(parse_scopes);
    let document: RepositoryDocument =
        response.json().map_err(|error| GitHubError::request_failed(&purpose, error))?;
    Ok(Access {
        repository: document.full_name,
        default_branch: document.default_branch,
        private: document.private,
        push: document.permissions.push,
        archived: document.archived,
        scopes,
    })
}

pub(crate) async fn check_access(connection: &Connection) -> Result<Access, GitHubError> {
    let purpose = format!("make releases of {}", connection.requests.repository);
    connection.require_token(&purpose)?;
    let access = read_access(connection).await?;
    let repository = access.repository.clone();
    if access.archived {
        return Err(GitHubError::Archived { repository });
    }
    if !access.push {
        return Err(GitHubError::NoPushRight { repository });
    }
    if !access.has_sufficient_scope() {
        let message = format!("its scopes are: {}", access.scopes.unwrap_or_default().join(", "));
        let needs = CONTENTS_WRITE;
        return Err(GitHubError::Forbidden { purpose, message, needs });
    }
    Ok(access)
}

fn parse_scopes(header: &str) -> Vec<String> {
    header.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(private: bool, scopes: Option<&str>) -> Access {
        Access {
            repository: String::new(),
            default_branch: String::new(),
            private,
            push: true,
            archived: false,
            scopes: scopes.map(parse_scopes),
        }
    }

    #[test]
    fn the_scopes_of_classic_tokens_decide() {
        for (private, scopes, sufficient) in [
            (true, None, true),
            (true, Some("gist, repo"), true),
            (false, Some("public_repo"), true),
            (true, Some("public_repo"), false),
            (false, Some("gist"), false),
            (true, Some(""), true),
        ] {
            assert_eq!(access(private, scopes).has_sufficient_scope(), sufficient, "{scopes:?}");
        }
    }
}
