use serde::Deserialize;

use crate::{GitHubClient, GitHubError};

/// What the token may do in the repository, as far as the service tells. The
/// rights are those of the account; a fine-grained token may have less, which
/// only the first writing request shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The repository as the service spells it, `owner/name`.
    pub repository: String,
    /// Its usual branch.
    pub default_branch: String,
    /// Whether only those with rights can see it.
    pub private: bool,
    /// Whether the account may push. False without a token.
    pub push: bool,
    /// Whether it is read-only.
    pub archived: bool,
    /// Scopes of a classic token; `None` for other kinds.
    pub scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Document {
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

impl GitHubClient {
    /// The repository, and what may be done there.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`], [`GitHubError::TokenRefused`], [`GitHubError::Http`].
    pub async fn repository(&self) -> Result<Access, GitHubError> {
        let purpose = format!("read repository {}", self.repository_name());
        let answer = self.send(self.requests.repository(), &purpose).await?;
        let scopes = answer.header("x-oauth-scopes").map(scopes);
        let document: Document =
            answer.json().map_err(|error| crate::client::http(&purpose, error))?;
        Ok(Access {
            repository: document.full_name,
            default_branch: document.default_branch,
            private: document.private,
            push: document.permissions.push,
            archived: document.archived,
            scopes,
        })
    }

    /// Whether a release can be made here, as far as that can be known without
    /// making one.
    ///
    /// # Errors
    /// [`GitHubError::NoToken`], [`GitHubError::TokenRefused`], [`GitHubError::NotFound`],
    /// [`GitHubError::NoPushRight`], [`GitHubError::Archived`], [`GitHubError::Forbidden`]
    /// for a classic token without the scope.
    pub async fn check_access(&self) -> Result<Access, GitHubError> {
        let purpose = format!("make releases of {}", self.repository_name());
        self.need_token(&purpose)?;
        let access = self.repository().await?;
        let repository = access.repository.clone();
        if access.archived {
            return Err(GitHubError::Archived { repository });
        }
        if !access.push {
            return Err(GitHubError::NoPushRight { repository });
        }
        if !access.scope_suffices() {
            let said = format!("its scopes are: {}", access.scopes.unwrap_or_default().join(", "));
            return Err(GitHubError::Forbidden { purpose, said });
        }
        Ok(access)
    }
}

impl Access {
    fn scope_suffices(&self) -> bool {
        let Some(scopes) = &self.scopes else { return true };
        let has = |wanted: &str| scopes.iter().any(|scope| scope == wanted);
        // An installation token answers with an empty list.
        scopes.is_empty() || has("repo") || (!self.private && has("public_repo"))
    }
}

fn scopes(header: &str) -> Vec<String> {
    header.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_classic_tokens_are_judged() {
        let access = |private, header: Option<&str>| Access {
            repository: String::new(),
            default_branch: String::new(),
            private,
            push: true,
            archived: false,
            scopes: header.map(scopes),
        };
        for (private, header, enough) in [
            (true, None, true),
            (true, Some("gist, repo"), true),
            (false, Some("public_repo"), true),
            (true, Some("public_repo"), false),
            (false, Some("gist"), false),
            (true, Some(""), true),
        ] {
            assert_eq!(access(private, header).scope_suffices(), enough, "{header:?}");
        }
    }
}
