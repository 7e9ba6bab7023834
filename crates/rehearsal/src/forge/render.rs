//! The content of the forge in the JSON of GitHub's REST API.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::git::{AnnotatedTag, GitRef};
use super::options::Permission;
use super::release::{Asset, ForgeRelease};
use super::workflow::WorkflowRun;

/// Renders documents with the URLs of one forge.
#[derive(Debug, Clone)]
pub(super) struct Renderer {
    /// The API, which also serves uploads and web pages.
    pub(super) base_url: String,
    /// The storage to which downloads are redirected.
    pub(super) storage_url: String,
    pub(super) owner: String,
    pub(super) repository: String,
}

impl Renderer {
    /// The repository in the API.
    pub(super) fn repository_url(&self) -> String {
        format!("{}/repos/{}/{}", self.base_url, self.owner, self.repository)
    }

    fn web_url(&self) -> String {
        format!("{}/web/{}/{}", self.base_url, self.owner, self.repository)
    }

    /// The URL of an artifact's archive; it works without authentication.
    pub(super) fn artifact_download_url(&self, id: u64) -> String {
        format!("{}/artifacts/{id}?signature={id:016x}", self.storage_url)
    }

    /// The URL of a job's log; it works without authentication.
    pub(super) fn log_download_url(&self, job: u64) -> String {
        format!("{}/logs/{job}?signature={job:016x}", self.storage_url)
    }

    /// The web page of a workflow run.
    pub(super) fn run_page(&self, run: u64) -> String {
        format!("{}/actions/runs/{run}", self.web_url())
    }

    /// The URL of an asset's bytes; it works without authentication.
    pub(super) fn asset_download_url(&self, asset: &Asset) -> String {
        let digest = asset.sha256.as_deref().unwrap_or("none");
        format!(
            "{}/assets/{}?signature={}",
            self.storage_url,
            asset.id,
            &digest[..digest.len().min(16)]
        )
    }

    pub(super) fn release_json(&self, release: &ForgeRelease) -> Value {
        let page = format!("{}/releases/{}", self.repository_url(), release.id);
        let uploads = page.replacen("/repos/", "/uploads/repos/", 1);
        let shown_tag = match release.draft {
            true => format!("untagged-{:016x}", release.id),
            false => release.tag_name.clone(),
        };
        let assets: Vec<Value> =
            release.assets.iter().map(|asset| self.asset_json(release, asset)).collect();
        json!({
            "url": page,
            "assets_url": format!("{page}/assets"),
            "upload_url": format!("{uploads}/assets{{?name,label}}"),
            "html_url": format!("{}/releases/tag/{shown_tag}", self.web_url()),
            "id": release.id,
            "node_id": format!("RE_{}", release.id),
            "tag_name": release.tag_name,
            "target_commitish": release.target,
            "name": release.name,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": release.immutable,
            "created_at": timestamp(release.created),
            "published_at": release.published.map(timestamp),
            "author": self.user_json(&release.author),
            "tarball_url": format!("{}/tarball/{}", self.repository_url(), release.tag_name),
            "zipball_url": format!("{}/zipball/{}", self.repository_url(), release.tag_name),
            "assets": assets,
        })
    }

    pub(super) fn asset_json(&self, release: &ForgeRelease, asset: &Asset) -> Value {
        let page = format!("{}/releases/assets/{}", self.repository_url(), asset.id);
        let download =
            format!("{}/releases/download/{}/{}", self.web_url(), release.tag_name, asset.name);
        let state = if asset.sha256.is_some() { "uploaded" } else { "starter" };
        json!({
            "url": page,
            "browser_download_url": download,
            "id": asset.id,
            "node_id": format!("RA_{}", asset.id),
            "name": asset.name,
            "label": asset.label,
            "state": state,
            "content_type": asset.content_type,
            "size": asset.size,
            "digest": asset.sha256.as_ref().map(|sha256| format!("sha256:{sha256}")),
            "download_count": 0,
            "created_at": timestamp(asset.created),
            "updated_at": timestamp(asset.created),
            "uploader": self.user_json(&release.author),
        })
    }

    pub(super) fn user_json(&self, login: &str) -> Value {
        json!({
            "login": login,
            "id": 1,
            "type": "User",
            "site_admin": false,
            "url": format!("{}/users/{login}", self.base_url),
            "html_url": format!("{}/web/{login}", self.base_url),
        })
    }

    pub(super) fn repository_json(
        &self,
        caller: &Caller,
        private: bool,
        default_branch: &str,
    ) -> Value {
        let Self { owner, repository, .. } = self;
        let mut document = json!({
            "id": 1,
            "node_id": "R_1",
            "name": repository,
            "full_name": format!("{owner}/{repository}"),
            "private": private,
            "visibility": if private { "private" } else { "public" },
            "owner": self.user_json(owner),
            "html_url": self.web_url(),
            "url": self.repository_url(),
            "default_branch": default_branch,
            "archived": false,
            "disabled": false,
        });
        if caller.login.is_some() {
            document["permissions"] = json!({
                "admin": caller.has(Permission::Admin),
                "maintain": caller.has(Permission::Maintain),
                "push": caller.has(Permission::Push),
                "triage": caller.has(Permission::Push),
                "pull": caller.has(Permission::Pull) || !private,
            });
        }
        document
    }

    pub(super) fn ref_json(&self, git_ref: &GitRef) -> Value {
        let GitRef { name, sha, kind } = git_ref;
        json!({
            "ref": name,
            "node_id": format!("REF_{sha}"),
            "url": format!("{}/git/{name}", self.repository_url()),
            "object": self.git_object_json(sha, kind),
        })
    }

    pub(super) fn annotated_tag_json(&self, sha: &str, tag: &AnnotatedTag) -> Value {
        json!({
            "node_id": format!("TAG_{sha}"),
            "tag": tag.name,
            "sha": sha,
            "url": format!("{}/git/tags/{sha}", self.repository_url()),
            "message": tag.message,
            "object": self.git_object_json(&tag.sha, &tag.kind),
        })
    }

    fn git_object_json(&self, sha: &str, kind: &str) -> Value {
        let url = format!("{}/git/{kind}s/{sha}", self.repository_url());
        json!({ "sha": sha, "type": kind, "url": url })
    }

    pub(super) fn commit_json(&self, sha: &str, message: &str) -> Value {
        json!({
            "sha": sha,
            "url": format!("{}/commits/{sha}", self.repository_url()),
            "html_url": format!("{}/commit/{sha}", self.web_url()),
            "commit": { "message": message },
        })
    }

    pub(super) fn run_json(&self, run: &WorkflowRun, now: SystemTime) -> Value {
        let file = run.name.to_lowercase().replace(' ', "-");
        json!({
            "id": run.id,
            "name": run.name,
            "display_title": run.name,
            "path": format!(".github/workflows/{file}.yml"),
            "event": run.event,
            "head_sha": run.head_sha,
            "head_branch": null,
            "status": run.progress.status,
            "conclusion": run.progress.conclusion,
            "run_number": run.id,
            "run_attempt": 1,
            "workflow_id": 1,
            "url": format!("{}/actions/runs/{}", self.repository_url(), run.id),
            "html_url": self.run_page(run.id),
            "created_at": timestamp(now),
            "updated_at": timestamp(now),
        })
    }

    pub(super) fn check_run_json(&self, run: &WorkflowRun) -> Value {
        json!({
            "id": run.id,
            "name": run.name,
            "head_sha": run.head_sha,
            "status": run.progress.status,
            "conclusion": run.progress.conclusion,
            "url": format!("{}/check-runs/{}", self.repository_url(), run.id),
            "html_url": format!("{}/runs/{}", self.web_url(), run.id),
            "app": { "slug": "github-actions", "name": "GitHub Actions" },
        })
    }
}

/// A time in UTC with seconds, such as `2026-08-21T10:11:12Z`.
fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// The state of a commit from the states of its contexts: one failure fails the commit, and a commit
/// without contexts is pending.
pub(super) fn combined_state(states: &[&str]) -> &'static str {
    if states.iter().any(|state| ["failure", "error"].contains(state)) {
        "failure"
    } else if states.contains(&"pending") || states.is_empty() {
        "pending"
    } else {
        "success"
    }
}

#[cfg(test)]
mod tests {
    use super::combined_state;

    #[test]
    fn a_single_failure_fails_a_commit_and_no_context_is_pending() {
        assert_eq!(combined_state(&[]), "pending");
        assert_eq!(combined_state(&["success", "pending"]), "pending");
        assert_eq!(combined_state(&["success", "error", "pending"]), "failure");
        assert_eq!(combined_state(&["success"]), "success");
    }
}
