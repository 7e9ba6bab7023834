//! Every request of this crate, built without sending it.

use serde_json::json;
use transport::{FilePart, Method, Progress, Request, Url};

use crate::{AssetFile, Draft, Endpoints, MakeLatest, Release, RepositoryName};

/// Entries on a page of a list; the maximum of the service.
pub(crate) const PAGE_SIZE: usize = 100;

/// Bytes per second that an upload must reach.
const MIN_UPLOAD_SPEED: u64 = 50_000;

/// The requests about one repository.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    pub(crate) endpoints: Endpoints,
    pub(crate) repository: RepositoryName,
}

impl Requests {
    pub(crate) fn repository(&self) -> Request {
        api_get(self.url(&[]))
    }

    pub(crate) fn published_release(&self, tag: &str) -> Request {
        api_get(self.url(&["releases", "tags", tag]))
    }

    pub(crate) fn release_by_id(&self, id: u64) -> Request {
        api_get(self.url(&["releases", &id.to_string()]))
    }

    pub(crate) fn releases(&self, page: usize) -> Request {
        api_get(with_page(self.url(&["releases"]), page))
    }

    pub(crate) fn create_draft(&self, draft: &Draft) -> Request {
        api_request(Request::new(Method::POST, self.url(&["releases"]))).json(&draft_fields(draft))
    }

    /// Sending the same fields again has no further effect, so it may be repeated.
    pub(crate) fn change_draft(&self, id: u64, draft: &Draft) -> Request {
        self.patch_release(id).json(&draft_fields(draft))
    }

    pub(crate) fn publish(&self, id: u64, make_latest: MakeLatest) -> Request {
        self.patch_release(id).json(&json!({"draft": false, "make_latest": make_latest.as_str()}))
    }

    pub(crate) fn delete_release(&self, id: u64) -> Request {
        api_request(Request::delete(self.url(&["releases", &id.to_string()])))
    }

    pub(crate) fn assets(&self, release: u64, page: usize) -> Request {
        api_get(with_page(self.url(&["releases", &release.to_string(), "assets"]), page))
    }

    pub(crate) fn download(&self, asset: u64) -> Request {
        let request = api_get(self.url(&["releases", "assets", &asset.to_string()]));
        request.header("accept", "application/octet-stream")
    }

    pub(crate) fn delete_asset(&self, asset: u64) -> Request {
        api_request(Request::delete(self.url(&["releases", "assets", &asset.to_string()])))
    }

    /// `None` when no upload base is configured and the upload address of the
    /// release has another origin than the API.
    pub(crate) fn upload_asset(
        &self,
        release: &Release,
        file: &AssetFile,
        progress: Option<Progress>,
    ) -> Option<Request> {
        let mut url = self.upload_url(release)?;
        url.query_pairs_mut().append_pair("name", &file.name);
        let part = FilePart { path: file.path.clone(), offset: 0, length: file.size };
        let seconds = 60 + file.size / MIN_UPLOAD_SPEED;
        let request = api_request(Request::post(url, part)).progress(progress);
        let request = request.patience(std::time::Duration::from_secs(seconds));
        Some(request.header("content-type", file.content_type()))
    }

    pub(crate) fn branch(&self, branch: &str) -> Request {
        api_get(self.url(&["branches", branch]))
    }

    pub(crate) fn branch_settings(&self, branch: &str) -> Request {
        api_get(self.url(&["branches", branch, "protection"]))
    }

    pub(crate) fn branch_rules(&self, branch: &str, page: usize) -> Request {
        api_get(with_page(self.url(&["rules", "branches", branch]), page))
    }

    /// Also one of the organisation.
    pub(crate) fn ruleset(&self, id: u64) -> Request {
        api_get(self.url(&["rulesets", &id.to_string()]))
    }

    pub(crate) fn workflow_runs(&self, commit: &str, page: usize) -> Request {
        let mut url = with_page(self.url(&["actions", "runs"]), page);
        url.query_pairs_mut().append_pair("head_sha", commit);
        api_get(url)
    }

    pub(crate) fn artifacts(&self, run: u64, page: usize) -> Request {
        api_get(with_page(self.url(&["actions", "runs", &run.to_string(), "artifacts"]), page))
    }

    /// The service redirects to a storage, which must not get the token; the client drops
    /// it for another host.
    pub(crate) fn artifact_archive(&self, artifact: u64) -> Request {
        api_get(self.url(&["actions", "artifacts", &artifact.to_string(), "zip"]))
    }

    /// The jobs of the last attempt, which is the default.
    pub(crate) fn jobs(&self, run: u64, page: usize) -> Request {
        api_get(with_page(self.url(&["actions", "runs", &run.to_string(), "jobs"]), page))
    }

    /// Redirects to a storage, as [`Requests::artifact_archive`] does.
    pub(crate) fn job_log(&self, job: u64) -> Request {
        api_get(self.url(&["actions", "jobs", &job.to_string(), "logs"]))
    }

    fn upload_url(&self, release: &Release) -> Option<Url> {
        if let Some(base) = &self.endpoints.uploads {
            let id = release.id.to_string();
            return Some(self.repository_url(base, &["releases", &id, "assets"]));
        }
        let url: Url = release.upload_url.split('{').next()?.parse().ok()?;
        // A response must not redirect the token to another server.
        (url.origin() == self.endpoints.api.origin()).then_some(url)
    }

    fn patch_release(&self, id: u64) -> Request {
        let url = self.url(&["releases", &id.to_string()]);
        api_request(Request::new(Method::PATCH, url)).repeatable(true)
    }

    fn url(&self, segments: &[&str]) -> Url {
        self.repository_url(&self.endpoints.api, segments)
    }

    fn repository_url(&self, base: &Url, segments: &[&str]) -> Url {
        let repository = ["repos", self.repository.owner(), self.repository.name()];
        Endpoints::join(base, &[&repository, segments].concat())
    }
}

fn draft_fields(draft: &Draft) -> serde_json::Value {
    json!({
        "tag_name": draft.tag,
        "target_commitish": draft.target,
        "name": draft.name,
        "body": draft.body,
        "prerelease": draft.prerelease,
        "draft": true,
    })
}

fn api_get(url: Url) -> Request {
    api_request(Request::get(url))
}

/// Format and version of the API (GitHub REST API documentation, "API Versions").
fn api_request(request: Request) -> Request {
    let request = request.header("accept", "application/vnd.github+json");
    request.header("x-github-api-version", "2022-11-28")
}

fn with_page(mut url: Url, page: usize) -> Url {
    let (size, page) = (PAGE_SIZE.to_string(), page.to_string());
    url.query_pairs_mut().append_pair("per_page", &size).append_pair("page", &page);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(uploads: Option<&str>) -> Requests {
        let api = "https://forge.example/api/v3".parse().unwrap();
        let endpoints = Endpoints::at(api, uploads.map(|text| text.parse().unwrap()));
        Requests { endpoints, repository: "octo/greeter".parse().unwrap() }
    }

    fn release(upload_url: &str) -> Release {
        let json = json!({"id": 7, "tag_name": "v1", "draft": true, "html_url": "", "upload_url": upload_url});
        serde_json::from_value(json).unwrap()
    }

    fn file() -> AssetFile {
        AssetFile { name: "a b.whl".into(), path: "x".into(), size: 3, sha256: String::new() }
    }

    #[test]
    fn addresses_are_built_below_the_bases() {
        let requests = requests(Some("https://up.example/u/"));
        let upload = requests.upload_asset(&release(""), &file(), None).unwrap();
        assert_eq!(
            upload.url.as_str(),
            "https://up.example/u/repos/octo/greeter/releases/7/assets?name=a+b.whl"
        );
        let runs = requests.workflow_runs("abc", 2).url;
        assert_eq!(
            runs.as_str(),
            "https://forge.example/api/v3/repos/octo/greeter/actions/runs?per_page=100&page=2&head_sha=abc"
        );
    }

    #[test]
    fn an_upload_address_of_another_origin_is_not_used() {
        let requests = requests(None);
        let upload_url = |url: &str| {
            requests
                .upload_asset(&release(url), &file(), None)
                .map(|request| request.url.to_string())
        };
        let same_origin = upload_url("https://forge.example/api/uploads/7/assets{?name,label}");
        assert_eq!(
            same_origin.as_deref(),
            Some("https://forge.example/api/uploads/7/assets?name=a+b.whl")
        );
        assert_eq!(upload_url("https://elsewhere.example/7/assets{?name}"), None);
    }

    #[test]
    fn only_idempotent_requests_are_repeatable() {
        let (requests, draft) = (requests(None), Draft::default());
        assert!(!requests.create_draft(&draft).repeatable);
        assert!(requests.change_draft(1, &draft).repeatable);
        assert!(requests.publish(1, MakeLatest::No).repeatable);
        let release = release("https://forge.example/x");
        assert!(!requests.upload_asset(&release, &file(), None).unwrap().repeatable);
    }
}
