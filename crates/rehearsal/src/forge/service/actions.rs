//! Workflow runs, check runs and commit statuses over HTTP.

use http::StatusCode;
use serde_json::json;

use super::{Answer, ForgeService, counted, reply};
use crate::forge::paging::{Page, Query};
use crate::forge::refusal::Refusal;
use crate::forge::render::combined;
use crate::server::Response;

impl ForgeService {
    /// `GET /repos/{owner}/{repo}/actions/runs`: none for a commit that was not pushed.
    pub(super) async fn runs(&self, query: &Query) -> Response {
        let pushed = match query.get("head_sha") {
            Some(sha) => self.shared.git.commit(sha).await.is_some_and(|commit| commit == sha),
            None => true,
        };
        let runs = match query.get("head_sha").filter(|_| pushed) {
            Some(sha) => self.shared.desk().runs.look(sha),
            None if pushed => self.shared.desk().runs.look_at_all(),
            None => Vec::new(),
        };
        let now = self.shared.clock.now();
        let entries: Vec<_> = runs
            .iter()
            .filter(|run| query.allows("event", &run.event))
            .filter(|run| {
                let conclusion = run.progress.conclusion.as_deref();
                query.allows("status", run.progress.status)
                    || conclusion.is_some_and(|conclusion| query.allows("status", conclusion))
            })
            .map(|run| self.addresses.run(run, now))
            .collect();
        let page = Page::of(query);
        let document = json!({ "total_count": entries.len(), "workflow_runs": page.cut(&entries) });
        let mut response = reply::json(StatusCode::OK, &document);
        let address = format!("{}/actions/runs", self.addresses.repository());
        page.link(&mut response, &address, query, entries.len());
        response
    }

    /// `GET /repos/{owner}/{repo}/actions/runs/{id}`
    pub(super) fn run(&self, id: u64) -> Answer {
        let run = self.shared.desk().runs.look_at(id).ok_or(Refusal::NotFound)?;
        let document = self.addresses.run(&run, self.shared.clock.now());
        Ok(reply::json(StatusCode::OK, &document))
    }

    /// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`: one for each workflow run.
    pub(super) async fn check_runs(&self, revision: &str) -> Answer {
        let sha = self.resolved(revision).await?;
        let runs = self.shared.desk().runs.look(&sha);
        Ok(counted("check_runs", runs.iter().map(|run| self.addresses.check_run(run)).collect()))
    }

    /// `GET /repos/{owner}/{repo}/commits/{ref}/status`
    pub(super) async fn commit_status(&self, revision: &str) -> Answer {
        let sha = self.resolved(revision).await?;
        let contexts = self.shared.desk().statuses.get(&sha).cloned().unwrap_or_default();
        let states: Vec<String> = contexts.values().cloned().collect();
        let statuses: Vec<_> = contexts
            .iter()
            .map(|(context, state)| json!({ "context": context, "state": state }))
            .collect();
        let document = json!({
            "state": combined(&states),
            "sha": sha,
            "total_count": statuses.len(),
            "statuses": statuses,
        });
        Ok(reply::json(StatusCode::OK, &document))
    }
}
