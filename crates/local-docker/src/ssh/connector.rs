use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;
use tower_service::Service;

use super::{destination::SshDestination, error::SshError, greeting::greet, stream::SshStream};

/// Connections that are being made at the same time. An ssh server drops some of those that have
/// not authenticated yet when there are more than 10 (`MaxStartups`).
const STARTING: usize = 4;

/// Makes connections to one engine, each of which has answered.
#[derive(Debug, Clone)]
pub(crate) struct SshConnector {
    destination: SshDestination,
    starting: Arc<Semaphore>,
}

impl SshConnector {
    pub(crate) fn new(destination: SshDestination) -> Self {
        Self { destination, starting: Arc::new(Semaphore::new(STARTING)) }
    }

    async fn connect(self) -> Result<TokioIo<SshStream>, SshError> {
        // It is never closed.
        let _permit = self.starting.acquire().await.ok();
        let mut stream = self.destination.open()?;
        greet(&mut stream).await?;
        Ok(TokioIo::new(stream))
    }
}

impl Service<Uri> for SshConnector {
    type Response = TokioIo<SshStream>;
    type Error = SshError;
    type Future = BoxFuture<'static, Result<Self::Response, SshError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), SshError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}
