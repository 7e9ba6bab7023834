//! The connection to one engine.

mod api_version;
mod connect;
mod description;
pub(crate) mod failure;
mod get;
pub(crate) mod lenient;

use std::time::Duration;

use bollard::Docker;

pub use api_version::ApiVersion;
pub use description::{EngineDescription, ImageStore};
pub(crate) use get::{about_all, filter, segment};

use crate::{Endpoint, EngineError};

/// How long a call may take that ends when the work does: builds, loads, pulls.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// One Docker Engine that answered. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Engine {
    client: Docker,
    endpoint: Endpoint,
    api: ApiVersion,
    server: String,
}

impl Engine {
    /// Where the engine is.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The version of the API that is spoken with it.
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        self.api
    }

    /// The engine's own version, such as `20.10.24`.
    #[must_use]
    pub fn server_version(&self) -> &str {
        &self.server
    }

    /// Whether the engine still answers.
    ///
    /// # Errors
    /// `EngineAbsent`, `PermissionDenied`, `NoAnswer`.
    pub async fn ping(&self) -> Result<(), EngineError> {
        self.client.ping().await.map_err(self.failed("ask the engine whether it is there"))?;
        Ok(())
    }

    pub(crate) fn client(&self) -> &Docker {
        &self.client
    }

    /// For calls whose answer begins only when the work is done.
    pub(crate) fn patient_client(&self) -> Docker {
        self.client.clone().with_timeout(PATIENCE)
    }

    /// Turns the client's error into ours; `doing` reads like `list images`.
    pub(crate) fn failed(
        &self,
        doing: impl Into<String>,
    ) -> impl Fn(bollard::errors::Error) -> EngineError {
        let (endpoint, doing) = (self.endpoint.clone(), doing.into());
        move |error| failure::from_client(error, doing.clone(), &endpoint)
    }
}
