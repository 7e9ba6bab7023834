use std::time::Duration;

use http::{
    HeaderValue, Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
};
use http_body_util::{BodyExt as _, Limited};
use kube::{Client, client::Body};
use tokio::time::{sleep, timeout};

use super::{
    failure::ConnectionFailure,
    session::{self, Session},
};
use crate::{ClusterError, Kubeconfig};

/// No page of a list comes close; an endless response must not fill the memory.
const LARGEST_RESPONSE: usize = 256 << 20;
/// Pauses before a request to a busy server is repeated.
const RETRY_PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

/// The API server of one cluster.
pub(crate) struct ApiServer {
    context: String,
    user: String,
    address: String,
    response_timeout: Duration,
    client: Client,
    authorization: Option<HeaderValue>,
}

/// A response that was read to its end.
pub(crate) struct ApiResponse {
    pub(crate) status: StatusCode,
    pub(crate) body: bytes::Bytes,
}

impl ApiServer {
    pub(crate) async fn connect(
        kubeconfig: &Kubeconfig,
        context: &str,
        timeout: Duration,
    ) -> Result<Self, ClusterError> {
        let context = kubeconfig.context(context)?;
        let Session { client, authorization, server } =
            session::open_session(kubeconfig, context, timeout).await?;
        let user = match &context.user {
            Some(user) => format!("user `{user}`"),
            None => "an anonymous user (the context names no user)".to_owned(),
        };
        Ok(Self {
            context: context.name.clone(),
            user,
            address: server,
            response_timeout: timeout,
            client,
            authorization,
        })
    }

    /// The context's name.
    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    /// The server's address, without credentials.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The user, for messages.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The response to a GET. The request is repeated while the server is busy or
    /// starting, within the time for one response.
    pub(crate) async fn get(&self, path_and_query: &str) -> Result<ApiResponse, ClusterError> {
        match timeout(self.response_timeout, self.get_with_retries(path_and_query)).await {
            Ok(response) => response,
            Err(_) => Err(ClusterError::TimedOut {
                context: self.context.clone(),
                server: self.address.clone(),
                timeout: self.response_timeout,
            }),
        }
    }

    async fn get_with_retries(&self, path_and_query: &str) -> Result<ApiResponse, ClusterError> {
        for pause in RETRY_PAUSES {
            let response = self.get_once(path_and_query).await?;
            if !is_busy(response.status) {
                return Ok(response);
            }
            sleep(pause).await;
        }
        self.get_once(path_and_query).await
    }

    async fn get_once(&self, path_and_query: &str) -> Result<ApiResponse, ClusterError> {
        let mut request = Request::get(path_and_query)
            .header(ACCEPT, "application/json")
            .body(Body::empty())
            .map_err(|error| self.connection_error(&error))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        let response =
            self.client.send(request).await.map_err(|error| self.connection_error(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST_RESPONSE).collect().await;
        let body = body.map_err(|error| self.connection_error(&*error))?.to_bytes();
        Ok(ApiResponse { status, body })
    }

    fn connection_error(&self, error: &(dyn std::error::Error + 'static)) -> ClusterError {
        let (context, server) = (self.context.clone(), self.address.clone());
        match ConnectionFailure::from_error(error) {
            ConnectionFailure::Tls(reason) => ClusterError::Tls { context, server, reason },
            ConnectionFailure::Other(reason) => {
                ClusterError::Unreachable { context, server, reason }
            }
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
