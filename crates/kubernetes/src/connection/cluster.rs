use std::{fmt, time::Duration};

use http::{
    HeaderValue, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
};
use http_body_util::{BodyExt as _, Limited};
use kube::{Client, client::Body};
use tokio::time::{sleep, timeout};

use super::{
    Answer,
    failure::{self, Failure},
    login::{self, Login},
};
use crate::{ClusterError, Clusters};

/// No page of a list comes near; an answer without an end shall not fill the memory.
const LARGEST_ANSWER: usize = 256 << 20;
/// Pauses before a busy server is asked again.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// One cluster, read only.
pub struct Cluster {
    context: String,
    user: String,
    server: String,
    limit: Duration,
    client: Client,
    authorization: Option<HeaderValue>,
}

impl Cluster {
    /// Prepares to ask the cluster of a context. A credential plugin runs here,
    /// without a terminal; nothing is sent yet. `limit` is the time that the
    /// plugin has, and later each single answer of the server.
    ///
    /// # Errors
    /// `UnknownContext`, `UnusableContext`, `NoCredentials`.
    pub async fn connect(
        clusters: &Clusters,
        context: &str,
        limit: Duration,
    ) -> Result<Self, ClusterError> {
        let context = clusters.context(context)?;
        let Login { client, authorization, server } =
            login::log_in(clusters, context, limit).await?;
        let user = context.user.as_ref().map(|user| format!("user `{user}`"));
        Ok(Self {
            context: context.name.clone(),
            user: user.unwrap_or_else(|| "a stranger (the context has no user)".to_owned()),
            server,
            limit,
            client,
            authorization,
        })
    }

    /// The context's name.
    #[must_use]
    pub fn context(&self) -> &str {
        &self.context
    }

    /// The server's address, without credentials.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The answer to a GET. A server that is busy or starting is asked again,
    /// within the time that one answer has.
    pub(crate) async fn get(&self, path_and_query: &str) -> Result<Answer, ClusterError> {
        let patient = timeout(self.limit, self.get_patiently(path_and_query)).await;
        patient.unwrap_or_else(|_| {
            let (context, server) = (self.context.clone(), self.server.clone());
            Err(ClusterError::NoAnswer { context, server, limit: self.limit })
        })
    }

    async fn get_patiently(&self, path_and_query: &str) -> Result<Answer, ClusterError> {
        for pause in PAUSES {
            let answer = self.get_once(path_and_query).await?;
            if !is_busy(answer.status) {
                return Ok(answer);
            }
            sleep(pause).await;
        }
        self.get_once(path_and_query).await
    }

    async fn get_once(&self, path_and_query: &str) -> Result<Answer, ClusterError> {
        let request = Request::get(path_and_query).header(ACCEPT, "application/json");
        let request = request.body(Body::empty());
        let mut request = request.map_err(|error| self.failed(&error))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let response = self.client.send(request).await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
        let body = body.map_err(|error| self.failed(&*error))?.to_bytes();
        Ok(Answer { status, body })
    }

    fn failed(&self, error: &(dyn std::error::Error + 'static)) -> ClusterError {
        let (context, server) = (self.context.clone(), self.server.clone());
        match failure::explain(error) {
            Failure::Tls(reason) => ClusterError::Tls { context, server, reason },
            Failure::Connection(reason) => ClusterError::Unreachable { context, server, reason },
        }
    }
}

fn is_busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// The client holds credentials.
impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("context", &self.context)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
