//! Finding the credentials of an index where users already keep them.

mod acceptance;
mod environment;
mod ini;
mod keyring;
mod model;
mod pypirc;
mod trusted;

use std::path::Path;

use transport::HttpClient;

pub use acceptance::Acceptance;
pub use environment::Environment;
pub use keyring::{Keyring, KeyringProgram};
pub(crate) use model::without_page;
pub use model::{CredentialSource, Credentials};

use crate::{IndexEndpoints, IndexError};

/// Where to look. Nothing is read from this process by itself.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Variables.
    pub environment: &'a Environment,
    /// Whether `TWINE_*` and `UV_PUBLISH_*`, which name no index, are meant for this one.
    pub other_tools_variables: bool,
    /// The folder that holds `.pypirc`.
    pub home: Option<&'a Path>,
    /// The keyring.
    pub keyring: Option<&'a dyn Keyring>,
    /// What asks the index for a token, if a CI job may.
    pub trusted_publishing: Option<&'a HttpClient>,
}

impl<'a> Sources<'a> {
    /// Only these variables.
    #[must_use]
    pub fn variables(environment: &'a Environment) -> Self {
        Self {
            environment,
            other_tools_variables: false,
            home: None,
            keyring: None,
            trusted_publishing: None,
        }
    }
}

/// The credentials of an index, from the first place that has any: variables of
/// the index, variables of twine and uv if they are meant for it, `.pypirc`,
/// keyring, trusted publishing.
///
/// # Errors
/// [`IndexError::Pypirc`] and [`IndexError::Read`] for a `.pypirc` that cannot be
/// read, [`IndexError::TrustedPublishing`] when the index turns this CI job away.
pub async fn find(
    endpoints: &IndexEndpoints,
    sources: Sources<'_>,
) -> Result<Option<Credentials>, IndexError> {
    let environment = sources.environment;
    let index = endpoints.name.as_str();
    let general =
        || environment::of_other_tools(environment).filter(|_| sources.other_tools_variables);
    if let Some(found) = environment::for_index(index, environment).or_else(general) {
        return Ok(Some(found));
    }
    let entry = sources.home.map(|home| pypirc::find(home, endpoints)).transpose()?;
    let entry = entry.unwrap_or_default();
    if entry.credentials.is_some() {
        return Ok(entry.credentials);
    }
    let user = environment::user_of_index(index, environment).or(entry.user);
    if let Some(keyring) = sources.keyring
        && let Some(found) = keyring::find(keyring, &endpoints.upload, user.as_deref()).await
    {
        return Ok(Some(found));
    }
    match sources.trusted_publishing {
        Some(http) => trusted::mint(http, endpoints, environment).await,
        None => Ok(None),
    }
}
