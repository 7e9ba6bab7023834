//! Requests and their answers.

mod actions;
mod assets;
mod refs;
mod releases;
mod route;
mod storage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};

use super::access::{Allowance, Caller};
use super::git::Git;
use super::options::ForgeToken;
use super::paging::{Page, Query};
use super::refusal::Refusal;
use super::releases::Releases;
use super::render::Addresses;
use super::workflow::Runs;
use crate::clock::Clock;
use crate::server::{Body, Request, Response, Service, reply};
use route::Route;
pub(crate) use storage::StorageService;

/// Larger than any release notes.
const LARGEST_DOCUMENT: usize = 1024 * 1024;

/// What the services and the handle of a forge share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) private: bool,
    pub(crate) default_branch: String,
    pub(crate) tokens: Vec<ForgeToken>,
    pub(crate) clock: Clock,
    pub(crate) git: Git,
    pub(crate) folder: tempfile::TempDir,
    /// Held while a release is planned, tagged and kept.
    pub(crate) writing: tokio::sync::Mutex<()>,
    pub(crate) desk: Mutex<Desk>,
}

/// What changes while the forge runs.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) releases: Releases,
    pub(crate) runs: Runs,
    /// State by commit and context.
    pub(crate) statuses: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) allowance: Allowance,
}

impl Shared {
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the bytes of an asset lie.
    pub(crate) fn place(&self, asset: u64) -> PathBuf {
        self.folder.path().join(asset.to_string())
    }
}

/// The API, the uploads and the web pages that lead to downloads.
#[derive(Debug)]
pub(crate) struct ForgeService {
    pub(crate) shared: Arc<Shared>,
    pub(crate) addresses: Addresses,
}

/// One request, as far as it is the same for all of them.
struct Call {
    caller: Caller,
    query: Query,
    accept: String,
    content_type: String,
    length: Option<u64>,
    body: Body,
}

type Answer = Result<Response, Refusal>;

#[async_trait::async_trait]
impl Service for ForgeService {
    async fn respond(&self, request: Request) -> Response {
        let outcome = self.answer(request).await;
        let mut response = outcome.unwrap_or_else(|refusal| refusal.answer(&self.addresses.base));
        self.shared.desk().allowance.tell(response.headers_mut());
        response
    }
}

impl ForgeService {
    async fn answer(&self, request: Request) -> Answer {
        let (head, body) = request.into_parts();
        let permitted = self.permitted(&head);
        let (caller, route) = match permitted {
            Ok(permitted) => permitted,
            Err(refusal) => {
                // Clients listen only when they have sent everything.
                let _ = body.discard().await;
                return Err(refusal);
            }
        };
        let text =
            |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let call = Call {
            caller,
            query: Query::of(&head.uri),
            accept: text(header::ACCEPT).unwrap_or_default().to_owned(),
            content_type: text(header::CONTENT_TYPE).unwrap_or_default().to_owned(),
            length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
            body,
        };
        self.route(&head.method, route, call).await
    }

    fn permitted(&self, head: &http::request::Parts) -> Result<(Caller, Route), Refusal> {
        if !head.headers.contains_key(header::USER_AGENT) && !head.uri.path().starts_with("/web/") {
            return Err(Refusal::NoUserAgent);
        }
        self.shared.desk().allowance.spend(self.shared.clock.now())?;
        let caller = Caller::identify(&head.headers, &self.shared.tokens)?;
        let Addresses { owner, repository, .. } = &self.addresses;
        let route = Route::parse(head.uri.path(), owner, repository).ok_or(Refusal::NotFound)?;
        if route == Route::User {
            caller.login.as_ref().ok_or(Refusal::RequiresAuthentication)?;
            return Ok((caller, route));
        }
        caller.check_read(self.shared.private)?;
        if !matches!(head.method, Method::GET | Method::HEAD) {
            caller.check_write()?;
        }
        Ok((caller, route))
    }

    async fn route(&self, method: &Method, route: Route, call: Call) -> Answer {
        let get = matches!(*method, Method::GET | Method::HEAD);
        match (route, method) {
            (Route::User, _) if get => Ok(self.user(&call)),
            (Route::Repository, _) if get => Ok(self.repository(&call)),
            (Route::Releases, _) if get => Ok(self.list_releases(&call)),
            (Route::Releases, &Method::POST) => self.write_release(None, call).await,
            (Route::LatestRelease, _) if get => self.latest_release(),
            (Route::ReleaseByTag(tag), _) if get => self.release_by_tag(&tag),
            (Route::Release(id), _) if get => self.release(id, &call),
            (Route::Release(id), &Method::PATCH) => self.write_release(Some(id), call).await,
            (Route::Release(id), &Method::DELETE) => self.delete_release(id),
            (Route::ReleaseAssets(id), _) if get => self.list_assets(id, &call),
            (Route::Upload(id), &Method::POST) => self.upload(id, call).await,
            (Route::Asset(id), _) if get => self.asset(id, &call),
            (Route::Asset(id), &Method::PATCH) => self.edit_asset(id, call).await,
            (Route::Asset(id), &Method::DELETE) => self.delete_asset(id),
            (Route::Download { tag, name }, _) if get => self.download(&tag, &name),
            (Route::Ref(name), _) if get => self.git_ref(&name).await,
            (Route::MatchingRefs(prefix), _) if get => self.matching_refs(&prefix).await,
            (Route::AnnotatedTag(sha), _) if get => self.annotated_tag(&sha).await,
            (Route::Commit(revision), _) if get => self.commit(&revision).await,
            (Route::CommitStatus(revision), _) if get => self.commit_status(&revision).await,
            (Route::CheckRuns(revision), _) if get => self.check_runs(&revision).await,
            (Route::Runs, _) if get => Ok(self.runs(&call.query).await),
            (Route::Run(id), _) if get => self.run(id),
            _ => {
                let _ = call.body.discard().await;
                Err(Refusal::NotFound)
            }
        }
    }

    fn user(&self, call: &Call) -> Response {
        let login = call.caller.login.as_deref().unwrap_or_default();
        reply::json(StatusCode::OK, &self.addresses.user(login))
    }

    fn repository(&self, call: &Call) -> Response {
        let Shared { private, default_branch, .. } = &*self.shared;
        let document = self.addresses.repository_document(&call.caller, *private, default_branch);
        reply::json(StatusCode::OK, &document)
    }

    /// A list as the page that was asked for, with links to the others.
    fn page(&self, call: &Call, path: &str, entries: &[Value]) -> Response {
        let page = Page::of(&call.query);
        let mut response = reply::json(StatusCode::OK, &page.cut(entries));
        let address = format!("{}{path}", self.addresses.repository());
        page.link(&mut response, &address, &call.query, entries.len());
        response
    }
}

impl Call {
    async fn document<T: serde::de::DeserializeOwned>(self) -> Result<T, Refusal> {
        let bytes = self.body.bytes(LARGEST_DOCUMENT).await.map_err(|_| Refusal::MalformedJson)?;
        serde_json::from_slice(&bytes).map_err(|_| Refusal::MalformedJson)
    }
}

/// A list with its length in front, as the Actions and Checks interfaces have it.
fn counted(name: &str, entries: Vec<Value>) -> Response {
    let mut document = json!({ "total_count": entries.len() });
    document[name] = entries.into();
    reply::json(StatusCode::OK, &document)
}

fn redirect(location: &str) -> Response {
    let mut response = reply::empty(StatusCode::FOUND);
    if let Ok(value) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}
