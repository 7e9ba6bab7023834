use std::{fmt, time::Duration};

use crate::{
    ClusterError, ClusterImageUse, Kubeconfig, connection::ApiServer, images::list_images_in_use,
};

/// One cluster, read only.
pub struct Cluster {
    server: ApiServer,
}

impl Cluster {
    /// Prepares to query the cluster of a context. A credential plugin runs here,
    /// without a terminal; nothing is sent yet. `timeout` limits the plugin, and
    /// later each single response of the server.
    ///
    /// # Errors
    /// `UnknownContext`, `UnusableContext`, `NoCredentials`.
    pub async fn connect(
        kubeconfig: &Kubeconfig,
        context: &str,
        timeout: Duration,
    ) -> Result<Self, ClusterError> {
        Ok(Self { server: ApiServer::connect(kubeconfig, context, timeout).await? })
    }

    /// The context's name.
    #[must_use]
    pub fn context(&self) -> &str {
        self.server.context()
    }

    /// The server's address, without credentials.
    #[must_use]
    pub fn server(&self) -> &str {
        self.server.address()
    }

    /// Every image that a pod runs, or that an object with a template may make a pod
    /// run, in all namespaces; including objects that are scaled to zero and
    /// revisions that a rollback returns to.
    ///
    /// A list that cannot be read is an error: an image that is not known to be used
    /// must not count as unused.
    ///
    /// # Errors
    /// `Unreachable`, `TimedOut`, `Tls`, `Unauthorized`, `Forbidden` with everything
    /// that is forbidden, `UnexpectedStatus`, `InvalidResponse`.
    pub async fn images_in_use(&self) -> Result<Vec<ClusterImageUse>, ClusterError> {
        list_images_in_use(&self.server).await
    }
}

/// The client holds credentials.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("context", &self.context())
            .field("server", &self.server())
            .finish_non_exhaustive()
    }
}
