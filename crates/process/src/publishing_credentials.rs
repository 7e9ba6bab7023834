use crate::Command;

/// Variables with credentials for publishing, by name.
const NAMES: [&str; 9] = [
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "DOCKER_AUTH_CONFIG",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "PYPI_ID_TOKEN",
    "TESTPYPI_ID_TOKEN",
    "SIGSTORE_ID_TOKEN",
    "FLIT_PASSWORD",
    "FLIT_USERNAME",
];

/// Beginnings of their names: Tidegate, twine, uv, hatch and poetry.
const BEGINNINGS: [&str; 6] = [
    "TIDEGATE_INDEX_",
    "TWINE_",
    "UV_PUBLISH_",
    "HATCH_INDEX_",
    "POETRY_PYPI_TOKEN_",
    "POETRY_HTTP_BASIC_",
];

/// Whether a variable holds credentials for publishing, which build backends,
/// hooks, checks and freshly installed packages have no business with.
#[must_use]
pub fn is_publishing_credential(variable: &str) -> bool {
    NAMES.contains(&variable) || BEGINNINGS.iter().any(|begin| variable.starts_with(begin))
}

impl Command {
    /// Keeps all credentials for publishing from the child.
    #[must_use]
    pub fn without_publishing_credentials(self) -> Self {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.filter(|name| is_publishing_credential(name)).fold(self, Self::without_env)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_publishing_tools_are_credentials_and_others_are_not() {
        for name in ["GH_TOKEN", "TIDEGATE_INDEX_PYPI_TOKEN", "TWINE_PASSWORD", "UV_PUBLISH_TOKEN"]
        {
            assert!(is_publishing_credential(name), "{name}");
        }
        for name in ["PATH", "UV_CACHE_DIR", "DATABASE_PASSWORD", "PIP_INDEX_URL"] {
            assert!(!is_publishing_credential(name), "{name}");
        }
    }
}
