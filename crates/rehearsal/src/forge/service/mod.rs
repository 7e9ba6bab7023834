//! Authorizes requests, and passes each to the endpoint that serves its path.

mod api;
mod artifacts;
mod assets;
mod branches;
mod commits;
mod jobs;
mod releases;
mod route;
mod storage;

use http::request::Parts;
use http::{Method, StatusCode, header};

pub(super) use api::Api;
use api::{ApiRequest, ApiResult};
use route::ForgeRoute;
pub(super) use storage::StorageService;

use super::access::Caller;
use super::error::ApiError;
use crate::server::{Body, Request, Response, Service, reply};

/// The API, the uploads and the web pages that lead to downloads.
#[derive(Debug)]
pub(super) struct ForgeService(pub(super) Api);

#[async_trait::async_trait]
impl Service for ForgeService {
    async fn respond(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let result = handle_request(&self.0, &head, body).await;
        let mut response =
            result.unwrap_or_else(|error| error.to_response(&self.0.renderer.base_url));
        self.0.backend.content().rate_limit.write_headers(response.headers_mut());
        response
    }
}

async fn handle_request(api: &Api, head: &Parts, body: Body) -> ApiResult {
    match authorize_request(api, head) {
        Ok((caller, route)) => {
            serve_route(api, &head.method, route, ApiRequest::new(caller, head, body)).await
        }
        Err(error) => {
            // Clients read the response only after they have sent everything.
            let _ = body.discard().await;
            Err(error)
        }
    }
}

fn authorize_request(api: &Api, head: &Parts) -> Result<(Caller, ForgeRoute), ApiError> {
    let backend = &api.backend;
    if !head.headers.contains_key(header::USER_AGENT) && !head.uri.path().starts_with("/web/") {
        return Err(ApiError::NoUserAgent);
    }
    backend.content().rate_limit.count_request(backend.clock.now())?;
    let caller = Caller::from_headers(&head.headers, &backend.tokens)?;
    let route = ForgeRoute::from_path(head.uri.path(), &backend.owner, &backend.repository)
        .ok_or(ApiError::NotFound)?;
    if route == ForgeRoute::User {
        caller.login.as_ref().ok_or(ApiError::RequiresAuthentication)?;
        return Ok((caller, route));
    }
    caller.check_read(backend.private)?;
    if !matches!(head.method, Method::GET | Method::HEAD) {
        caller.check_write()?;
    }
    Ok((caller, route))
}

async fn serve_route(
    api: &Api,
    method: &Method,
    route: ForgeRoute,
    request: ApiRequest,
) -> ApiResult {
    use ForgeRoute as R;
    let get = matches!(*method, Method::GET | Method::HEAD);
    match (route, method) {
        (R::User, _) if get => Ok(get_user(api, &request)),
        (R::Repository, _) if get => Ok(get_repository(api, &request)),
        (R::Releases, _) if get => Ok(releases::list_releases(api, &request)),
        (R::Releases, &Method::POST) => releases::write_release(api, None, request).await,
        (R::LatestRelease, _) if get => releases::get_latest_release(api),
        (R::ReleaseByTag(tag), _) if get => releases::get_release_by_tag(api, &tag),
        (R::Release(id), _) if get => releases::get_release(api, id, &request),
        (R::Release(id), &Method::PATCH) => releases::write_release(api, Some(id), request).await,
        (R::Release(id), &Method::DELETE) => releases::delete_release(api, id),
        (R::ReleaseAssets(id), _) if get => assets::list_assets(api, id, &request),
        (R::Upload(id), &Method::POST) => assets::upload_asset(api, id, request).await,
        (R::Asset(id), _) if get => assets::get_asset(api, id, &request),
        (R::Asset(id), &Method::PATCH) => assets::edit_asset(api, id, request).await,
        (R::Asset(id), &Method::DELETE) => assets::delete_asset(api, id),
        (R::Download { tag, name }, _) if get => assets::download_asset(api, &tag, &name),
        (R::Ref(name), _) if get => commits::get_ref(api, &name).await,
        (R::MatchingRefs(prefix), _) if get => Ok(commits::list_refs(api, &prefix).await),
        (R::AnnotatedTag(sha), _) if get => commits::get_annotated_tag(api, &sha).await,
        (R::Commit(revision), _) if get => commits::get_commit(api, &revision).await,
        (R::CommitStatus(revision), _) if get => commits::get_commit_status(api, &revision).await,
        (R::CheckRuns(revision), _) if get => commits::list_check_runs(api, &revision).await,
        (R::Branch(branch), _) if get => branches::get_branch(api, &branch).await,
        (R::BranchSettings(branch), _) if get => branches::get_settings(api, &branch, &request),
        (R::BranchRules(branch), _) if get => Ok(branches::list_rules(api, &branch, &request)),
        (R::Ruleset(id), _) if get => branches::get_ruleset(api, id, &request),
        (R::Runs, _) if get => Ok(commits::list_runs(api, &request.query).await),
        (R::Run(id), _) if get => commits::get_run(api, id),
        (R::RunArtifacts(id), _) if get => artifacts::list_artifacts(api, id, &request.query),
        (R::ArtifactArchive(id), _) if get => artifacts::get_archive(api, id, &request),
        (R::RunJobs(id), _) if get => jobs::list_jobs(api, id, &request.query),
        (R::JobLog(id), _) if get => jobs::get_log(api, id, &request),
        _ => {
            let _ = request.body.discard().await;
            Err(ApiError::NotFound)
        }
    }
}

/// `GET /user`
fn get_user(api: &Api, request: &ApiRequest) -> Response {
    let login = request.caller.login.as_deref().unwrap_or_default();
    reply::json(StatusCode::OK, &api.renderer.user_json(login))
}

/// `GET /repos/{owner}/{repo}`
fn get_repository(api: &Api, request: &ApiRequest) -> Response {
    let backend = &api.backend;
    let document =
        api.renderer.repository_json(&request.caller, backend.private, &backend.default_branch);
    reply::json(StatusCode::OK, &document)
}
