//! Releases over HTTP.

use http::{HeaderValue, StatusCode, header};

use super::{Answer, Call, ForgeService, reply};
use crate::forge::refusal::{Problem, Refusal};
use crate::forge::releases::{Release, Wish};
use crate::server::Response;

impl ForgeService {
    /// `GET /repos/{owner}/{repo}/releases`
    pub(super) fn list_releases(&self, call: &Call) -> Response {
        let desk = self.shared.desk();
        let shown = desk.releases.list(call.caller.sees_drafts());
        let entries: Vec<_> = shown.iter().map(|r| self.addresses.release(r)).collect();
        self.page(call, "/releases", &entries)
    }

    /// `GET /repos/{owner}/{repo}/releases/latest`
    pub(super) fn latest_release(&self) -> Answer {
        self.shown(StatusCode::OK, self.shared.desk().releases.latest()?)
    }

    /// `GET /repos/{owner}/{repo}/releases/tags/{tag}`
    pub(super) fn release_by_tag(&self, tag: &str) -> Answer {
        self.shown(StatusCode::OK, self.shared.desk().releases.by_tag(tag)?)
    }

    /// `GET /repos/{owner}/{repo}/releases/{id}`
    pub(super) fn release(&self, id: u64, call: &Call) -> Answer {
        let desk = self.shared.desk();
        self.shown(StatusCode::OK, desk.releases.by_id(id, call.caller.sees_drafts())?)
    }

    /// `POST /repos/{owner}/{repo}/releases` and `PATCH …/releases/{id}`
    ///
    /// A release that becomes visible gets its tag at the target commit if there is no such tag.
    pub(super) async fn write_release(&self, id: Option<u64>, call: Call) -> Answer {
        let author = call.caller.login.clone().unwrap_or_default();
        let wish: Wish = call.document().await?;
        let _alone = self.shared.writing.lock().await;
        let now = self.shared.clock.now();
        let branch = &self.shared.default_branch;
        let planned = self.shared.desk().releases.planned(id, &wish, &author, branch, now);
        let (release, needed) = planned?;
        if let Some(tag) = needed
            && !self.shared.git.ensure_tag(&tag.name, &tag.target).await
        {
            let problem = Problem::coded("Release", "target_commitish", "invalid");
            return Err(Refusal::invalid(problem));
        }
        let mut desk = self.shared.desk();
        let kept = desk.releases.keep(release, wish.make_latest.as_deref());
        let status = if id.is_some() { StatusCode::OK } else { StatusCode::CREATED };
        self.shown(status, desk.releases.by_id(kept, true)?)
    }

    /// `DELETE /repos/{owner}/{repo}/releases/{id}`; the tag stays.
    pub(super) fn delete_release(&self, id: u64) -> Answer {
        let deleted = self.shared.desk().releases.delete(id)?;
        for asset in deleted.assets {
            // The folder goes away with the forge anyway.
            let _ = std::fs::remove_file(self.shared.place(asset.id));
        }
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }

    fn shown(&self, status: StatusCode, release: &Release) -> Answer {
        let document = self.addresses.release(release);
        let mut response = reply::json(status, &document);
        let location = document["url"].as_str().and_then(|url| HeaderValue::from_str(url).ok());
        if let Some(location) = location.filter(|_| status == StatusCode::CREATED) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }
}
