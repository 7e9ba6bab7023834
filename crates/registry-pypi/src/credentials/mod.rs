//! Finding the credentials of an index where users store them.

mod credential;
mod environment;
mod ini;
mod keyring;
mod pypirc;
mod trusted_publishing;

use std::path::Path;

use transport::HttpClient;

pub(crate) use credential::without_body;
pub use credential::{CredentialSource, Credentials};
pub use environment::Environment;
pub use keyring::{Keyring, KeyringProgram};

use self::{
    environment::{index_credentials, index_user, other_tools_credentials},
    keyring::keyring_credentials,
    pypirc::read_entry,
    trusted_publishing::mint_credentials,
};
use crate::{IndexEndpoints, IndexError};

/// The places to search. Nothing is read from this process implicitly.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Variables.
    pub environment: &'a Environment,
    /// Whether `TWINE_*` and `UV_PUBLISH_*`, which name no index, apply to this one.
    pub other_tools_variables: bool,
    /// The folder of `.pypirc`.
    pub home: Option<&'a Path>,
    /// The keyring.
    pub keyring: Option<&'a dyn Keyring>,
    /// The client for trusted publishing, if the index may issue a token to
    /// this CI job.
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

/// The credentials of an index, from the first source that has any: variables of
/// the index, variables of twine and uv if they apply, `.pypirc`, keyring,
/// trusted publishing.
///
/// # Errors
/// [`IndexError::Pypirc`] and [`IndexError::Read`] for a `.pypirc` that cannot be
/// read, [`IndexError::TrustedPublishing`] when the index refuses this CI job.
pub async fn find(
    endpoints: &IndexEndpoints,
    sources: Sources<'_>,
) -> Result<Option<Credentials>, IndexError> {
    let (environment, index) = (sources.environment, endpoints.name.as_str());
    if let Some(credentials) = index_credentials(index, environment) {
        return Ok(Some(credentials));
    }
    if sources.other_tools_variables
        && let Some(credentials) = other_tools_credentials(environment)
    {
        return Ok(Some(credentials));
    }
    let entry = sources.home.map(|home| read_entry(home, endpoints)).transpose()?;
    let entry = entry.unwrap_or_default();
    if entry.credentials.is_some() {
        return Ok(entry.credentials);
    }
    let user = index_user(index, environment).or(entry.user);
    if let Some(keyring) = sources.keyring
        && let Some(credentials) =
            keyring_credentials(keyring, &endpoints.upload, user.as_deref()).await
    {
        return Ok(Some(credentials));
    }
    match sources.trusted_publishing {
        Some(http) => mint_credentials(http, endpoints, environment).await,
        None => Ok(None),
    }
}
