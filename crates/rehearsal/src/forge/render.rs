//! What the forge holds, in the JSON of GitHub's REST API.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::access::Caller;
use super::assets::Asset;
use super::git::{AnnotatedTag, GitRef};
use super::options::Right;
use super::releases::Release;
use super::workflow::Run;

/// The addresses under which the parts of the forge are reached.
#[derive(Debug, Clone)]
pub(crate) struct Addresses {
    /// Of the API, which also serves uploads and the web.
    pub(crate) base: String,
    /// Of the storage that downloads are redirected to.
    pub(crate) storage: String,
    pub(crate) owner: String,
    pub(crate) repository: String,
}

impl Addresses {
    /// The repository in the API.
    pub(crate) fn repository(&self) -> String {
        format!("{}/repos/{}/{}", self.base, self.owner, self.repository)
    }

    fn web(&self) -> String {
        format!("{}/web/{}/{}", self.base, self.owner, self.repository)
    }

    /// The address of an asset's bytes, for anybody who knows it.
    pub(crate) fn storage(&self, asset: &Asset) -> String {
        let digest = asset.sha256.as_deref().unwrap_or("none");
        format!(
            "{}/assets/{}?signature={}",
            self.storage,
            asset.id,
            &digest[..digest.len().min(16)]
        )
    }

    pub(crate) fn release(&self, release: &Release) -> Value {
        let page = format!("{}/releases/{}", self.repository(), release.id);
        let uploads = page.replacen("/repos/", "/uploads/repos/", 1);
        let shown = match release.draft {
            true => format!("untagged-{:016x}", release.id),
            false => release.tag_name.clone(),
        };
        let assets: Vec<Value> =
            release.assets.iter().map(|asset| self.asset(release, asset)).collect();
        json!({
            "url": page,
            "assets_url": format!("{page}/assets"),
            "upload_url": format!("{uploads}/assets{{?name,label}}"),
            "html_url": format!("{}/releases/tag/{shown}", self.web()),
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
            "author": self.user(&release.author),
            "tarball_url": format!("{}/tarball/{}", self.repository(), release.tag_name),
            "zipball_url": format!("{}/zipball/{}", self.repository(), release.tag_name),
            "assets": assets,
        })
    }

    pub(crate) fn asset(&self, release: &Release, asset: &Asset) -> Value {
        let page = format!("{}/releases/assets/{}", self.repository(), asset.id);
        let download =
            format!("{}/releases/download/{}/{}", self.web(), release.tag_name, asset.name);
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
            "uploader": self.user(&release.author),
        })
    }

    pub(crate) fn user(&self, login: &str) -> Value {
        json!({
            "login": login,
            "id": 1,
            "type": "User",
            "site_admin": false,
            "url": format!("{}/users/{login}", self.base),
            "html_url": format!("{}/web/{login}", self.base),
        })
    }

    pub(crate) fn repository_document(
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
            "owner": self.user(owner),
            "html_url": self.web(),
            "url": self.repository(),
            "default_branch": default_branch,
            "archived": false,
            "disabled": false,
        });
        if caller.login.is_some() {
            let has = |right| caller.right >= Some(right);
            document["permissions"] = json!({
                "admin": has(Right::Admin),
                "maintain": has(Right::Maintain),
                "push": has(Right::Push),
                "triage": has(Right::Push),
                "pull": has(Right::Pull) || !private,
            });
        }
        document
    }

    pub(crate) fn git_ref(&self, found: &GitRef) -> Value {
        let GitRef { name, sha, kind } = found;
        json!({
            "ref": name,
            "node_id": format!("REF_{sha}"),
            "url": format!("{}/git/{name}", self.repository()),
            "object": self.git_object(sha, kind),
        })
    }

    pub(crate) fn annotated_tag(&self, sha: &str, tag: &AnnotatedTag) -> Value {
        json!({
            "node_id": format!("TAG_{sha}"),
            "tag": tag.name,
            "sha": sha,
            "url": format!("{}/git/tags/{sha}", self.repository()),
            "message": tag.message,
            "object": self.git_object(&tag.sha, &tag.kind),
        })
    }

    fn git_object(&self, sha: &str, kind: &str) -> Value {
        let url = format!("{}/git/{kind}s/{sha}", self.repository());
        json!({ "sha": sha, "type": kind, "url": url })
    }

    pub(crate) fn commit(&self, sha: &str, message: &str) -> Value {
        json!({
            "sha": sha,
            "url": format!("{}/commits/{sha}", self.repository()),
            "html_url": format!("{}/commit/{sha}", self.web()),
            "commit": { "message": message },
        })
    }

    pub(crate) fn run(&self, run: &Run, now: SystemTime) -> Value {
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
            "url": format!("{}/actions/runs/{}", self.repository(), run.id),
            "html_url": format!("{}/actions/runs/{}", self.web(), run.id),
            "created_at": timestamp(now),
            "updated_at": timestamp(now),
        })
    }

    pub(crate) fn check_run(&self, run: &Run) -> Value {
        json!({
            "id": run.id,
            "name": run.name,
            "head_sha": run.head_sha,
            "status": run.progress.status,
            "conclusion": run.progress.conclusion,
            "url": format!("{}/check-runs/{}", self.repository(), run.id),
            "html_url": format!("{}/runs/{}", self.web(), run.id),
            "app": { "slug": "github-actions", "name": "GitHub Actions" },
        })
    }
}

/// A time in UTC with seconds, such as `2026-08-21T10:11:12Z`.
fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

/// The state of a commit from those of its contexts: one failure fails all, and nothing at all is
/// pending.
pub(crate) fn combined(states: &[String]) -> &'static str {
    let has = |wanted: &[&str]| states.iter().any(|state| wanted.contains(&state.as_str()));
    if has(&["failure", "error"]) {
        "failure"
    } else if has(&["pending"]) || states.is_empty() {
        "pending"
    } else {
        "success"
    }
}

#[cfg(test)]
mod tests {
    use super::combined;

    #[test]
    fn one_failure_fails_a_commit_and_nothing_is_pending() {
        let states = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        assert_eq!(combined(&states(&[])), "pending");
        assert_eq!(combined(&states(&["success", "pending"])), "pending");
        assert_eq!(combined(&states(&["success", "error", "pending"])), "failure");
        assert_eq!(combined(&states(&["success"])), "success");
    }
}
