use std::sync::Arc;

use transport::{Fetched, HeaderMap, HttpError, Request, Response, StatusCode, Url};

use super::{RegistryClient, refusal};
use crate::{
    RegistryError,
    auth::{Access, Authorized, Authorizer},
};

/// Longest error text of a registry that is read.
const ERROR_LIMIT: usize = 64 << 10;

/// What both kinds of answer tell before their body is read.
pub(super) trait Answer: Sized {
    fn status(&self) -> StatusCode;
    fn headers(&self) -> &HeaderMap;
    fn url(&self) -> &Url;
    fn body(self) -> impl Future<Output = bytes::Bytes> + Send;
}

impl Answer for Fetched {
    fn status(&self) -> StatusCode {
        self.status
    }
    fn headers(&self) -> &HeaderMap {
        &self.headers
    }
    fn url(&self) -> &Url {
        &self.url
    }
    async fn body(self) -> bytes::Bytes {
        self.body
    }
}

impl Answer for Response {
    fn status(&self) -> StatusCode {
        self.status()
    }
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
    fn url(&self) -> &Url {
        self.url()
    }
    async fn body(self) -> bytes::Bytes {
        self.collect(ERROR_LIMIT).await.map(|fetched| fetched.body).unwrap_or_default()
    }
}

impl RegistryClient {
    /// Sends with the authorization that `access` needs, and reads the whole answer.
    /// Any status is returned but 401 and 403.
    pub(super) async fn fetch(
        &self,
        request: Request,
        access: &Access,
        limit: usize,
    ) -> Result<Fetched, RegistryError> {
        let moved = request.body.length();
        self.fetch_long(request, access, limit, moved).await
    }

    /// As [`RegistryClient::fetch`], for a request after which the registry
    /// works through so many bytes before it answers.
    pub(super) async fn fetch_long(
        &self,
        request: Request,
        access: &Access,
        limit: usize,
        bytes: u64,
    ) -> Result<Fetched, RegistryError> {
        let request = request.patience(self.limits().patience(bytes));
        self.exchange(request, access, |request| {
            let http = self.shared.http.clone();
            async move { http.fetch(&request, limit).await }
        })
        .await
    }

    /// As [`RegistryClient::fetch`]; the body is left to the caller.
    pub(super) async fn open(
        &self,
        request: Request,
        access: &Access,
    ) -> Result<Response, RegistryError> {
        let request = request.patience(self.limits().patience(0));
        self.exchange(request, access, |request| {
            let http = self.shared.http.clone();
            async move { http.open(&request).await }
        })
        .await
    }

    async fn exchange<A: Answer, F>(
        &self,
        request: Request,
        access: &Access,
        send: impl Fn(Request) -> F,
    ) -> Result<A, RegistryError>
    where
        F: Future<Output = Result<A, HttpError>>,
    {
        let authorizer = self.authorizer(access.repository.registry())?;
        let failed = |error| self.failed(&access.repository, error);
        let sent = authorize(&authorizer, &request, access).await?;
        let answer = send(with(&request, &sent)).await.map_err(failed)?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return judge(answer, access, &sent).await;
        }
        let renewed = authorizer.renew(access, &sent, answer.url(), answer.headers()).await?;
        let Some(sent) = renewed else { return judge(answer, access, &sent).await };
        let answer = send(with(&request, &sent)).await.map_err(failed)?;
        judge(answer, access, &sent).await
    }
}

/// Addresses that the registry gave us and that are not its own get nothing.
async fn authorize(
    authorizer: &Arc<Authorizer>,
    request: &Request,
    access: &Access,
) -> Result<Authorized, RegistryError> {
    if authorizer.endpoint().is_own(&request.url) {
        return authorizer.authorize(access).await;
    }
    Ok(Authorized::anonymous())
}

fn with(request: &Request, sent: &Authorized) -> Request {
    request.clone().authorization(sent.authorization.clone())
}

async fn judge<A: Answer>(
    answer: A,
    access: &Access,
    sent: &Authorized,
) -> Result<A, RegistryError> {
    match answer.status() {
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            let body = answer.body().await;
            Err(refusal::of_rights(access, sent, status, &body))
        }
        _ => Ok(answer),
    }
}
