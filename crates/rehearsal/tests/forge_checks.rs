//! Workflow runs, check runs and statuses.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod forge_support;

use forge_support::{forge, options, request, request_as};
use rehearsal::forge::{Forge, Workflow, WorkflowJob};
use serde_json::{Value, json};

const SHA: &str = "1111111111111111111111111111111111111111";

fn get(forge: &Forge, path: &str) -> Value {
    let response = request(forge, "GET", path).send();
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

fn with(workflow: Workflow) -> Forge {
    Forge::start(options().workflow(workflow)).unwrap()
}

#[test]
fn a_run_advances_each_time_it_is_listed() {
    let forge = with(Workflow::new("CI").appears_after(1).queued_for(1).runs_for(1));
    let path = format!("/actions/runs?head_sha={SHA}&event=push");
    assert_eq!(get(&forge, &path)["total_count"], 0);
    for (status, conclusion) in
        [("queued", Value::Null), ("in_progress", Value::Null), ("completed", json!("success"))]
    {
        let run = get(&forge, &path)["workflow_runs"][0].clone();
        assert_eq!((&run["status"], &run["conclusion"]), (&json!(status), &conclusion));
        assert_eq!((&run["head_sha"], &run["name"]), (&json!(SHA), &json!("CI")));
    }
}

#[test]
fn runs_are_filtered_and_found_by_number() {
    let forge = with(Workflow::new("CI").concludes("failure"));
    let path = format!("/actions/runs?head_sha={SHA}");
    let run = get(&forge, &path)["workflow_runs"][0].clone();
    assert_eq!(run["conclusion"], "failure");
    for (filter, count) in [
        ("event=push", 1),
        ("event=release", 0),
        ("status=completed", 1),
        ("status=failure", 1),
        ("status=success", 0),
    ] {
        assert_eq!(get(&forge, &format!("{path}&{filter}"))["total_count"], count, "{filter}");
    }
    assert_eq!(get(&forge, &format!("/actions/runs/{}", run["id"]))["head_sha"], SHA);
    assert_eq!(request(&forge, "GET", "/actions/runs/99").send().status, 404);
}

#[test]
fn check_runs_follow_the_workflow_runs() {
    let forge = with(Workflow::new("CI").runs_for(1));
    let path = format!("/commits/{SHA}/check-runs");
    assert_eq!(get(&forge, &path)["check_runs"][0]["status"], "in_progress");
    let check = get(&forge, &path)["check_runs"][0].clone();
    assert_eq!((&check["status"], &check["conclusion"]), (&json!("completed"), &json!("success")));
}

#[test]
fn the_combined_status_is_pending_without_contexts() {
    let forge = forge();
    let path = format!("/commits/{SHA}/status");
    let status = get(&forge, &path);
    assert_eq!((&status["state"], &status["total_count"]), (&json!("pending"), &json!(0)));
    forge.set_commit_status(SHA, "build", "success");
    assert_eq!(get(&forge, &path)["state"], "success");
    forge.set_commit_status(SHA, "docs", "error");
    assert_eq!(get(&forge, &path)["state"], "failure");
}

#[test]
fn a_run_that_ended_has_jobs_with_logs() {
    let job = WorkflowJob::new("test").step("Install").fails_at("Run tests").log("1 failed\n");
    let workflow = Workflow::new("CI").runs_for(1).concludes("failure").job(job);
    let forge = with(workflow.job(WorkflowJob::new("docs").log_deleted()));
    let runs = format!("/actions/runs?head_sha={SHA}");
    let run = get(&forge, &runs)["workflow_runs"][0]["id"].clone();
    let path = format!("/actions/runs/{run}/jobs");
    assert_eq!(get(&forge, &path)["total_count"], 0);
    get(&forge, &runs);
    let jobs = get(&forge, &path);
    assert_eq!(
        (&jobs["total_count"], &jobs["jobs"][0]["conclusion"]),
        (&json!(2), &json!("failure"))
    );
    assert_eq!(jobs["jobs"][0]["steps"][2]["conclusion"], "failure");
    let log = |job: usize| format!("/actions/jobs/{}/logs", jobs["jobs"][job]["id"]);
    let redirect = request(&forge, "GET", &log(0)).send();
    assert_eq!(redirect.status, 302, "{redirect:?}");
    assert_eq!(request(&forge, "GET", &log(1)).send().status, 404);
    let anonymous = format!("/repos/octo/greeter{}", log(0));
    assert_eq!(request_as(&forge, "GET", &anonymous, None).send().status, 403);
    assert_eq!(request(&forge, "GET", "/actions/runs/99/jobs").send().status, 404);
}
