use futures_util::future::join_all;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ClusterUse, Kind, objects::Page};
use crate::{Cluster, ClusterError, connection::Answer};

/// Objects of one answer. kubectl asks for 500; less memory costs few round trips.
const PAGE: usize = 250;

/// The server does not have a path, or has forgotten where a list was interrupted.
enum Interruption {
    NotServed,
    Expired,
    Error(ClusterError),
}

impl From<ClusterError> for Interruption {
    fn from(error: ClusterError) -> Self {
        Self::Error(error)
    }
}

impl Cluster {
    /// Every image that a pod runs, or that an object with a template may make
    /// a pod run, in all namespaces; also of objects that are scaled to zero
    /// and of revisions that a rollback goes back to.
    ///
    /// It is all or nothing: a list that may not be read is an error, because
    /// an image that is not known to be used must not count as unused.
    ///
    /// # Errors
    /// `Unreachable`, `NoAnswer`, `Tls`, `Unauthorized`, `Forbidden` with
    /// everything that is forbidden, `Failed`, `Unreadable`.
    pub async fn images_in_use(&self) -> Result<Vec<ClusterUse>, ClusterError> {
        // Pods first: what made one may be gone while the rest is read. And
        // when the server does not answer, that is known after one question.
        let pods = self.images_of(Kind::Pod).await;
        if let Err(error) = &pods
            && !matches!(error, ClusterError::Forbidden { .. })
        {
            return pods;
        }
        let others = join_all(Kind::OF_TEMPLATES.map(|kind| self.images_of(kind))).await;
        together([pods].into_iter().chain(others))
    }

    async fn images_of(&self, kind: Kind) -> Result<Vec<ClusterUse>, ClusterError> {
        for path in kind.paths() {
            let listed = match self.list(kind, path, Some(PAGE)).await {
                // The answer in one piece needs no memory of the server.
                Err(Interruption::Expired) => self.list(kind, path, None).await,
                other => other,
            };
            match listed {
                Ok(uses) => return Ok(uses),
                Err(Interruption::Error(error)) => return Err(error),
                Err(_) => {}
            }
        }
        Err(self.answered(kind, StatusCode::NOT_FOUND))
    }

    async fn list(
        &self,
        kind: Kind,
        path: &str,
        limit: Option<usize>,
    ) -> Result<Vec<ClusterUse>, Interruption> {
        let mut uses = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let answer = self.get(&question(path, limit, token.as_deref())).await?;
            let page = self.page(kind, &answer, token.is_some())?;
            let next = page.metadata.token.filter(|token| !token.is_empty());
            for object in page.items.unwrap_or_default() {
                if object.is_empty_pod(kind) {
                    return Err(self.unreadable(kind, "a pod without a container").into());
                }
                uses.extend(object.uses(kind));
            }
            match next {
                None => return Ok(uses),
                Some(next) if token.as_ref() == Some(&next) => {
                    return Err(self.unreadable(kind, "the list has no end").into());
                }
                next => token = next,
            }
        }
    }

    fn page(&self, kind: Kind, answer: &Answer, continued: bool) -> Result<Page, Interruption> {
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Err(Interruption::NotServed),
            StatusCode::GONE if continued => return Err(Interruption::Expired),
            status => return Err(self.answered(kind, status).into()),
        }
        // The parser's text may quote the answer.
        let page: Page = serde_json::from_slice(&answer.body).map_err(|error| {
            let place = format!("it breaks the API's form at line {}", error.line());
            self.unreadable(kind, &format!("{place}, column {}", error.column()))
        })?;
        if page.kind != format!("{kind}List") {
            return Err(self.unreadable(kind, "it is no list of that kind").into());
        }
        Ok(page)
    }

    fn answered(&self, kind: Kind, status: StatusCode) -> ClusterError {
        let (context, server) = (self.context().to_owned(), self.server().to_owned());
        let (user, what) = (self.user().to_owned(), kind.resource().to_owned());
        match status {
            StatusCode::UNAUTHORIZED => ClusterError::Unauthorized { context, server, user },
            StatusCode::FORBIDDEN => ClusterError::Forbidden { context, user, what: vec![what] },
            status => ClusterError::Failed { context, server, what, status: status.as_u16() },
        }
    }

    fn unreadable(&self, kind: Kind, reason: &str) -> ClusterError {
        ClusterError::Unreadable {
            context: self.context().to_owned(),
            server: self.server().to_owned(),
            what: kind.resource().to_owned(),
            reason: reason.to_owned(),
        }
    }
}

fn question(path: &str, limit: Option<usize>, token: Option<&str>) -> String {
    let limit = limit.map(|limit| format!("?limit={limit}")).unwrap_or_default();
    let token = token.map(|token| utf8_percent_encode(token, NON_ALPHANUMERIC));
    let token = token.map(|token| format!("&continue={token}")).unwrap_or_default();
    format!("{path}{limit}{token}")
}

/// All uses, or the first error; what is forbidden is told at once.
fn together(
    lists: impl Iterator<Item = Result<Vec<ClusterUse>, ClusterError>>,
) -> Result<Vec<ClusterUse>, ClusterError> {
    let mut uses = Vec::new();
    let mut refusal: Option<ClusterError> = None;
    for list in lists {
        match (list, &mut refusal) {
            (Ok(more), _) => uses.extend(more),
            (
                Err(ClusterError::Forbidden { what: more, .. }),
                Some(ClusterError::Forbidden { what, .. }),
            ) => what.extend(more),
            (Err(error @ ClusterError::Forbidden { .. }), None) => refusal = Some(error),
            (Err(error), _) => return Err(error),
        }
    }
    refusal.map_or(Ok(uses), Err)
}
