//! Git refs, tags and commits over HTTP.

use http::StatusCode;

use super::{Answer, ForgeService, reply};
use crate::forge::refusal::Refusal;

impl ForgeService {
    /// `GET /repos/{owner}/{repo}/git/ref/{ref}`
    pub(super) async fn git_ref(&self, name: &str) -> Answer {
        let name = format!("refs/{name}");
        let refs = self.shared.git.refs(&name).await;
        let found = refs.iter().find(|found| found.name == name).ok_or(Refusal::NotFound)?;
        Ok(reply::json(StatusCode::OK, &self.addresses.git_ref(found)))
    }

    /// `GET /repos/{owner}/{repo}/git/matching-refs/{ref}`
    pub(super) async fn matching_refs(&self, prefix: &str) -> Answer {
        let refs = self.shared.git.refs(&format!("refs/{prefix}")).await;
        let entries: Vec<_> = refs.iter().map(|found| self.addresses.git_ref(found)).collect();
        Ok(reply::json(StatusCode::OK, &entries))
    }

    /// `GET /repos/{owner}/{repo}/git/tags/{sha}`
    pub(super) async fn annotated_tag(&self, sha: &str) -> Answer {
        let tag = self.shared.git.annotated_tag(sha).await.ok_or(Refusal::NotFound)?;
        Ok(reply::json(StatusCode::OK, &self.addresses.annotated_tag(sha, &tag)))
    }

    /// `GET /repos/{owner}/{repo}/commits/{ref}`
    pub(super) async fn commit(&self, revision: &str) -> Answer {
        let sha = self.resolved(revision).await?;
        let message = self.shared.git.message(&sha).await;
        Ok(reply::json(StatusCode::OK, &self.addresses.commit(&sha, &message)))
    }

    pub(super) async fn resolved(&self, revision: &str) -> Result<String, Refusal> {
        let commit = self.shared.git.commit(revision).await;
        commit.ok_or_else(|| Refusal::Unprocessable(format!("No commit found for SHA: {revision}")))
    }
}
