//! From a request to the endpoint that answers it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{HeaderValue, Method, StatusCode, header};
use serde_json::json;

use super::access::{Action, Gate, Right};
use super::call::{API_VERSION, Answer, Call, bare};
use super::hub::{HubBook, HubRoute};
use super::limits::Limits;
use super::options::RegistryOptions;
use super::profile::Profile;
use super::refusal::{Code, Refusal};
use super::route::{Place, Route};
use super::state::{Blobs, State};
use super::uploads::Uploads;
use crate::server::{Body, Request, Response, Service, reply};

/// One registry; its endpoints are in the modules of [`super::endpoint`] and [`super::hub`].
#[derive(Debug)]
pub(super) struct RegistryService {
    pub(super) options: RegistryOptions,
    pub(super) uploads: Uploads,
    pub(super) gate: Option<Gate>,
    pub(super) limits: Limits,
    pub(super) hub_book: Mutex<HubBook>,
    state: Mutex<State>,
}

#[async_trait::async_trait]
impl Service for RegistryService {
    async fn respond(&self, request: Request) -> Response {
        let call = Call::of(&request);
        let mut body = request.into_body();
        let answer = self.answer(&call, &mut body).await;
        // A client that is still sending would miss the answer if the connection closed now.
        let _ = body.discard().await;
        let mut response = answer.unwrap_or_else(Refusal::into_response);
        let version = HeaderValue::from_static("registry/2.0");
        response.headers_mut().insert(API_VERSION, version);
        response
    }
}

impl RegistryService {
    pub(super) fn new(options: RegistryOptions) -> std::io::Result<Self> {
        let mut hub_book = HubBook::new();
        for tags in &options.immutable {
            let facts = hub_book.entry(tags.repository.clone()).or_default();
            facts.add_rule(tags.rule.clone());
        }
        Ok(Self {
            hub_book: Mutex::new(hub_book),
            state: Mutex::new(State::new(Blobs::new(options.folder.as_deref())?)),
            uploads: Uploads::default(),
            gate: options.access.clone().map(Gate::new),
            limits: Limits::new(options.api_limit, options.pull_limit),
            options,
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn profile(&self) -> Profile {
        self.options.profile
    }

    async fn answer(&self, call: &Call, body: &mut Body) -> Answer {
        if self.profile() == Profile::DockerHub
            && let Some(route) = HubRoute::of(&call.path)
        {
            return self.hub(call, route, body).await;
        }
        match Route::of(&call.path) {
            Route::Root => Ok(reply::empty(StatusCode::OK)),
            Route::Token => self.token(call, body).await,
            Route::Base => {
                self.admit(call, &[])?;
                Ok(reply::json(StatusCode::OK, &json!({})))
            }
            Route::BaseWithoutSlash => Ok(moved("/v2/")),
            Route::Catalog if self.profile().has_catalog() => {
                self.admit(call, &[Right::catalog()])?;
                self.catalog(call)
            }
            Route::In(name, place) => {
                self.admit(call, &self.rights(call, &name, &place))?;
                self.inside(call, &name, place, body).await
            }
            Route::InvalidName if !self.profile().answers_unknown_paths_in_text() => {
                Err(Refusal::new(Code::NameInvalid))
            }
            Route::Catalog | Route::InvalidName | Route::Unknown => Err(page_not_found()),
        }
    }

    async fn inside(&self, call: &Call, name: &str, place: Place, body: &mut Body) -> Answer {
        match place {
            Place::Tags => self.tags(call, name),
            Place::Manifest(reference) => self.manifest(call, name, &reference, body).await,
            Place::Blob(Some(digest)) => self.blob(call, name, &digest).await,
            Place::Blob(None) => Err(Refusal::new(Code::DigestInvalid)),
            Place::Uploads => self.start_upload(call, name, body).await,
            Place::Upload(id) => self.upload(call, name, &id, body).await,
            Place::Referrers(_) if !self.options.referrers => Err(page_not_found()),
            Place::Referrers(Some(subject)) => self.referrers(call, name, &subject),
            Place::Referrers(None) => Err(Refusal::new(Code::DigestInvalid)),
        }
    }

    /// What a request needs, by its method; a mount needs its source too.
    fn rights(&self, call: &Call, name: &str, place: &Place) -> Vec<Right> {
        let cancels = call.method == Method::DELETE && matches!(place, Place::Upload(_));
        let actions: &[Action] = match call.method {
            Method::GET | Method::HEAD => &[Action::Pull],
            Method::DELETE if cancels && !self.profile().cancels_with_delete_right() => {
                &[Action::Pull, Action::Push]
            }
            Method::DELETE if self.profile() == Profile::DockerHub => {
                &[Action::Pull, Action::Push, Action::Delete]
            }
            Method::DELETE => &[Action::Delete],
            _ => &[Action::Pull, Action::Push],
        };
        let mut rights = vec![Right::repository(name, actions)];
        if let (Place::Uploads, Some(source)) = (place, call.query("from")) {
            rights.push(Right::repository(source, &[Action::Pull]));
        }
        rights
    }

    fn admit(&self, call: &Call, rights: &[Right]) -> Result<(), Refusal> {
        self.gate.as_ref().map_or(Ok(()), |gate| gate.admit(call, rights))
    }

    async fn token(&self, call: &Call, body: &mut Body) -> Answer {
        match &self.gate {
            Some(gate) => gate.token(call, body).await,
            None => Err(page_not_found()),
        }
    }
}

pub(super) fn page_not_found() -> Refusal {
    Refusal::text(StatusCode::NOT_FOUND, "404 page not found\n")
}

fn moved(path: &str) -> Response {
    let location = (header::LOCATION, path.to_owned());
    bare(StatusCode::MOVED_PERMANENTLY, [location])
}
