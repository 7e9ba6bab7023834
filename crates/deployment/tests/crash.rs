//! A deployment that is cut off at any change is finished or taken back by the next run,
//! on the same machine or on another one.

#![expect(clippy::unwrap_used, clippy::unimplemented, reason = "a test")]

#[expect(dead_code, reason = "other tests need it")]
mod memory;

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use configuration::{DeployService, Trial};
use deployment::{
    CommandOutcome, CommandRequest, DeployRequest, DeploymentError, History, LogsRequest,
    RestoreRequest, RollbackRequest, abort, deploy, deployment_status, list_rollback_points,
    maintain,
    plan::SwitchOrder,
    rollback, run_one_off, show_logs,
    target::{LogLine, Target as _},
};
use memory::{Fuse, MemoryTarget, image, impatient_project, silent_environment};
use operation::{Environment, LocalProject};
use report::{Event, OutputStream, Render, Reporter};

const SERVICES: [&str; 2] = ["api", "worker"];
const VERSIONS: [&str; 3] = ["1", "2", "3"];

struct Operator {
    folder: tempfile::TempDir,
    environment: Environment,
    project: LocalProject,
}

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = silent_environment(folder.path().to_owned());
        Self { folder, environment, project: impatient_project() }
    }

    /// Who tries `api` out before anything is switched.
    fn with_trial() -> Self {
        let mut operator = Self::new();
        let trial = DeployService { trial: Some(Trial::Start(true)), ..DeployService::default() };
        let settings = &mut operator.project.configuration.deploy.service_settings;
        settings.insert("api".to_owned(), trial);
        operator
    }

    async fn deploy(&self, target: &MemoryTarget, version: &str) -> Result<(), DeploymentError> {
        let request = DeployRequest { version: Some(version.to_owned()), ..Default::default() };
        let (project, environment) = (&self.project, &self.environment);
        deploy(target, project, environment, &request, pending()).await.map(drop)
    }

    async fn deploy_request(
        &self,
        target: &MemoryTarget,
        request: &DeployRequest,
    ) -> Result<(), DeploymentError> {
        let (project, environment) = (&self.project, &self.environment);
        deploy(target, project, environment, request, pending()).await.map(drop)
    }

    async fn replace_infrastructure(
        &self,
        target: &MemoryTarget,
        service: &str,
    ) -> Result<(), DeploymentError> {
        self.deploy_request(target, &infrastructure(service)).await
    }

    async fn rollback_to(&self, target: &MemoryTarget, id: &str) -> Result<(), DeploymentError> {
        let request = RollbackRequest { to: Some(id.to_owned()), ..RollbackRequest::default() };
        let (project, environment) = (&self.project, &self.environment);
        rollback(target, project, environment, &request, pending()).await.map(drop)
    }

    async fn rollback(&self, target: &MemoryTarget) -> Result<(), DeploymentError> {
        self.rollback_with(target, RestoreRequest::Keep).await
    }

    async fn rollback_with(
        &self,
        target: &MemoryTarget,
        restore: RestoreRequest,
    ) -> Result<(), DeploymentError> {
        let request = RollbackRequest { restore, ..RollbackRequest::default() };
        let (project, environment) = (&self.project, &self.environment);
        rollback(target, project, environment, &request, pending()).await.map(drop)
    }

    async fn run(&self, target: &MemoryTarget, program: &str) -> Result<(), DeploymentError> {
        let (service, command) = (Some("api".to_owned()), vec![program.to_owned()]);
        let request = CommandRequest { service, command, ..CommandRequest::default() };
        let (project, environment) = (&self.project, &self.environment);
        run_one_off(target, project, environment, &request, pending()).await.map(drop)
    }

    async fn maintain(&self, target: &MemoryTarget, is_on: bool) -> Result<(), DeploymentError> {
        let (project, environment) = (&self.project, &self.environment);
        maintain(target, project, environment, is_on, Duration::ZERO).await
    }

    async fn abort(&self, target: &MemoryTarget) -> Result<(), DeploymentError> {
        abort(target, &self.project, &self.environment, None).await.map(drop)
    }
}

fn infrastructure(service: &str) -> DeployRequest {
    DeployRequest { infrastructure: Some(service.to_owned()), ..DeployRequest::default() }
}

fn all_run(version: &str) -> BTreeMap<String, Vec<String>> {
    SERVICES.map(|name| (name.to_owned(), vec![version.to_owned()])).into()
}

/// Nothing is left that a deployment needs only while it runs.
fn assert_tidy(target: &MemoryTarget, case: &str) {
    let instances = target.instances.borrow();
    let all: Vec<usize> = instances.values().map(Vec::len).collect();
    assert_eq!(all, [1, 1], "{case}: no instance is left over");
    assert!(target.trial.borrow().is_none(), "{case}: no trial is left over");
    for (service, list) in &*instances {
        let name = target.names.borrow()[service].clone();
        assert_eq!(list[0].image.as_ref(), Some(&name), "{case}: the name of {service}");
    }
}

/// Whether the version is confirmed by the records.
async fn confirmed(target: &MemoryTarget) -> String {
    let points = list_rollback_points(target).await.unwrap().points;
    let current = points.iter().find(|listed| listed.is_current);
    let id = current.and_then(|listed| Some(listed.point.images.get("api")?.id.clone()));
    let version = VERSIONS.iter().find(|version| Some(image(version)) == id);
    (*version.unwrap_or(&"1")).to_owned()
}

fn fuses(changes: u32) -> Vec<Fuse> {
    (0..changes).flat_map(|number| [Fuse::Before(number), Fuse::After(number)]).collect()
}

fn both_orders() -> [SwitchOrder; 2] {
    [SwitchOrder::StartFirst, SwitchOrder::StopFirst]
}

#[tokio::test]
async fn a_deployment_replaces_every_service_and_can_be_rolled_back() {
    for order in both_orders() {
        let (target, operator) = (MemoryTarget::new(&SERVICES, order), Operator::new());
        operator.deploy(&target, "2").await.unwrap();
        assert_eq!(target.running(&VERSIONS), all_run("2"));
        assert_tidy(&target, "deployed");
        operator.rollback(&target).await.unwrap();
        assert_eq!(target.running(&VERSIONS), all_run("1"));
        assert_tidy(&target, "rolled back");
        operator.rollback(&target).await.unwrap();
        assert_eq!(target.running(&VERSIONS), all_run("2"), "a rollback is a deployment");
        assert_eq!(target.was_always_served.get(), order == SwitchOrder::StartFirst);
    }
}

#[tokio::test]
async fn a_broken_version_is_taken_back() {
    for order in both_orders() {
        let (target, operator) = (MemoryTarget::new(&SERVICES, order), Operator::new());
        target.broken.borrow_mut().push("2".to_owned());
        let error = operator.deploy(&target, "2").await.unwrap_err();
        assert!(matches!(error, DeploymentError::Undone { .. }), "{error}");
        assert_eq!(target.running(&VERSIONS), all_run("1"));
        assert_tidy(&target, "undone");
        assert!(target.ways_back.borrow().is_empty());
        assert!(target.lock.borrow().is_none(), "the lock is released");
    }
}

#[tokio::test]
async fn a_version_that_fails_its_trial_is_never_switched_to() {
    for order in both_orders() {
        let (target, operator) = (MemoryTarget::new(&SERVICES, order), Operator::with_trial());
        target.broken.borrow_mut().push("2".to_owned());
        let error = operator.deploy(&target, "2").await.unwrap_err();
        assert!(error.to_string().contains("the trial of api failed"), "{error}");
        assert_eq!(target.running(&VERSIONS), all_run("1"));
        assert!(target.was_always_served.get(), "the old version never stopped");
        assert_tidy(&target, "tried out");
        assert!(target.ways_back.borrow().is_empty());
        operator.deploy(&target, "3").await.unwrap();
        assert_eq!(target.running(&VERSIONS), all_run("3"));
        assert_tidy(&target, "deployed");
    }
}

#[tokio::test]
async fn a_deployment_that_is_cut_off_at_any_change_is_resolved_by_the_next_one() {
    for order in both_orders() {
        for fuse in fuses(30) {
            let (target, operator) = (MemoryTarget::new(&SERVICES, order), Operator::with_trial());
            target.fuse.set(fuse);
            let ended = operator.deploy(&target, "2").await;
            target.fuse.set(Fuse::Whole);
            target.lock.borrow_mut().take();
            if ended.is_err() {
                operator.deploy(&target, "3").await.unwrap();
                assert_eq!(target.running(&VERSIONS), all_run("3"));
                assert_tidy(&target, "cut off");
            }
        }
    }
}

#[tokio::test]
async fn a_second_operator_takes_back_what_the_first_one_left() {
    for order in both_orders() {
        for fuse in fuses(30) {
            let (target, first) = (MemoryTarget::new(&SERVICES, order), Operator::with_trial());
            target.fuse.set(fuse);
            let ended = first.deploy(&target, "2").await;
            target.fuse.set(Fuse::Whole);
            target.unlock().await.unwrap();
            let second = Operator::new();
            second.abort(&target).await.unwrap();
            let expected = confirmed(&target).await;
            assert_eq!(target.running(&VERSIONS), all_run(&expected), "{:?}", ended.err());
            assert_tidy(&target, "aborted");
        }
    }
}

#[tokio::test]
async fn taking_back_may_be_cut_off_as_well() {
    for order in both_orders() {
        for first in fuses(30).into_iter().step_by(5) {
            for second in fuses(12).into_iter().step_by(4) {
                let (target, operator) = (MemoryTarget::new(&SERVICES, order), Operator::new());
                for fuse in [first, second] {
                    target.fuse.set(fuse);
                    let _ = match fuse == first {
                        true => operator.deploy(&target, "2").await,
                        false => operator.abort(&target).await,
                    };
                    target.fuse.set(Fuse::Whole);
                    target.lock.borrow_mut().take();
                }
                operator.abort(&target).await.unwrap();
                let expected = confirmed(&target).await;
                assert_eq!(target.running(&VERSIONS), all_run(&expected));
            }
        }
    }
}

/// As over a network: the answer to one change does not arrive.
#[tokio::test]
async fn a_lost_answer_leaves_one_version_and_no_lock() {
    for order in both_orders() {
        for number in 0..30 {
            let (target, operator) = (MemoryTarget::new(&SERVICES, order), Operator::new());
            target.fuse.set(Fuse::Lost(number));
            let ended = operator.deploy(&target, "2").await;
            target.fuse.set(Fuse::Whole);
            let case = format!("the answer {number} is lost, {:?}", ended.as_ref().err());
            let expected = if ended.is_ok() { "2" } else { "1" };
            assert_eq!(target.running(&VERSIONS), all_run(expected), "{case}");
            assert_eq!(confirmed(&target).await, expected, "{case}");
            assert!(target.lock.borrow().is_none(), "{case}");
            operator.deploy(&target, "3").await.unwrap();
            assert_eq!(target.running(&VERSIONS), all_run("3"), "{case}");
            assert_tidy(&target, &case);
        }
    }
}

/// `db` runs version 1, and its files name version 2.
fn with_database() -> (MemoryTarget, Operator) {
    let target = MemoryTarget::new(&["api", "db"], SwitchOrder::StartFirst);
    let mut operator = Operator::new();
    operator.project.configuration = configuration::parse(DATA).unwrap();
    operator.project.root = Some(operator.folder.path().to_owned());
    (target, operator)
}

fn database_runs(version: &str) -> BTreeMap<String, Vec<String>> {
    [("api", "1"), ("db", version)].map(|(name, it)| (name.to_owned(), vec![it.to_owned()])).into()
}

#[tokio::test]
async fn infrastructure_is_replaced_alone_and_brought_back_by_its_name_only() {
    let (target, operator) = with_database();
    operator.replace_infrastructure(&target, "db").await.unwrap();
    assert_eq!(target.running(&VERSIONS), database_runs("2"));
    assert!(!target.has_run_a_command.get(), "nothing is migrated");
    let error = operator.rollback(&target).await.unwrap_err();
    assert!(error.to_string().contains("nothing was deployed"), "{error}");
    let points = list_rollback_points(&target).await.unwrap().points;
    let before = points.iter().find(|listed| !listed.is_current).unwrap();
    assert_eq!(before.point.infrastructure.as_deref(), Some("db"));
    operator.rollback_to(&target, &before.point.id).await.unwrap();
    assert_eq!(target.running(&VERSIONS), database_runs("1"));
}

#[tokio::test]
async fn infrastructure_that_is_cut_off_at_any_change_is_taken_back_by_anybody() {
    for fuse in fuses(20) {
        let (target, first) = with_database();
        target.fuse.set(fuse);
        let ended = first.replace_infrastructure(&target, "db").await;
        target.fuse.set(Fuse::Whole);
        target.unlock().await.unwrap();
        let (_, second) = with_database();
        second.abort(&target).await.unwrap();
        let points = list_rollback_points(&target).await.unwrap().points;
        let version = if points.is_empty() { "1" } else { "2" };
        assert_eq!(target.running(&VERSIONS), database_runs(version), "{:?}", ended.err());
        assert_tidy(&target, "infrastructure");
    }
}

#[tokio::test]
async fn infrastructure_that_does_not_start_is_brought_back() {
    let (target, operator) = with_database();
    target.broken.borrow_mut().push("2".to_owned());
    let error = operator.replace_infrastructure(&target, "db").await.unwrap_err();
    let DeploymentError::Undone { report, .. } = &error else { panic!("{error}") };
    assert!(report.stays.iter().any(|line| line.contains("the backup backup-1")), "{report:?}");
    assert_eq!(target.running(&VERSIONS), database_runs("1"));
    assert_tidy(&target, "undone");
}

#[tokio::test]
async fn data_of_infrastructure_is_secured_or_given_up_on_purpose() {
    let (target, mut operator) = with_database();
    operator.project.configuration.deploy.data = None;
    let error = operator.replace_infrastructure(&target, "db").await.unwrap_err();
    assert!(matches!(error, DeploymentError::Preflight(_)), "{error}");
    assert_eq!(target.running(&VERSIONS), database_runs("1"));
    let request = DeployRequest { without_backup: true, ..infrastructure("db") };
    operator.deploy_request(&target, &request).await.unwrap();
    assert_eq!(target.running(&VERSIONS), database_runs("2"));
}

#[tokio::test]
async fn the_application_is_no_infrastructure_and_infrastructure_no_application() {
    let (target, operator) = with_database();
    for request in [
        infrastructure("api"),
        infrastructure("other"),
        DeployRequest { services: vec!["db".to_owned()], ..DeployRequest::default() },
    ] {
        let error = operator.deploy_request(&target, &request).await.unwrap_err();
        assert!(matches!(error, DeploymentError::Preflight(_)), "{error}");
    }
    operator.deploy(&target, "3").await.unwrap();
    assert_eq!(target.running(&VERSIONS)["db"], ["1"]);
}

#[tokio::test]
async fn two_operators_do_not_deploy_at_the_same_time() {
    let target = MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst);
    let operator = Operator::new();
    deployment::freeze(&target, &operator.environment, "audit").await.unwrap();
    let error = operator.deploy(&target, "2").await.unwrap_err();
    assert!(matches!(error, DeploymentError::Locked { .. }), "{error}");
    assert!(error.to_string().starts_with("memory is locked: `audit` by"), "{error}");
    assert_eq!(target.running(&VERSIONS), all_run("1"));
    deployment::unlock(&target, &operator.project, &operator.environment).await.unwrap();
    operator.deploy(&target, "2").await.unwrap();
}

const DATA: &str = r#"
    [deploy]
    soak = "0s"
    migration = { command = "migrate" }
    [deploy.data]
    secure = "echo backup-1"
    verify = ["sh", "-c", "test \"$TIDEGATE_BACKUP\" = backup-1"]
    restore = ["sh", "-c", "echo $TIDEGATE_BACKUP >> \"$MARKS\""]
"#;

#[tokio::test]
async fn a_rollback_brings_data_back_on_request_only() {
    let (target, mut operator) =
        (MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst), Operator::new());
    let marks = operator.folder.path().join("marks");
    let data = DATA.replace("$MARKS", marks.to_str().unwrap());
    operator.project.configuration = configuration::parse(&data).unwrap();
    operator.project.root = Some(operator.folder.path().to_owned());
    operator.deploy(&target, "2").await.unwrap();
    operator.rollback(&target).await.unwrap();
    assert!(!marks.exists(), "data stays as it is");
    operator.deploy(&target, "2").await.unwrap();
    operator.rollback_with(&target, RestoreRequest::LastBackup).await.unwrap();
    assert_eq!(std::fs::read_to_string(&marks).unwrap(), "backup-1\n");
    assert_eq!(target.running(&VERSIONS), all_run("1"));
}

#[tokio::test]
async fn code_is_brought_back_even_if_data_is_not() {
    let (target, operator) =
        (MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst), Operator::new());
    operator.deploy(&target, "2").await.unwrap();
    let restore = RestoreRequest::Backup("lost".to_owned());
    let error = operator.rollback_with(&target, restore).await.unwrap_err();
    assert!(matches!(error, DeploymentError::DataNotRestored(_)), "{error}");
    assert_eq!(target.running(&VERSIONS), all_run("1"));
    let error = operator.rollback_with(&target, RestoreRequest::LastBackup).await.unwrap_err();
    assert!(error.to_string().contains("no backup of the data"), "{error}");
}

#[tokio::test]
async fn the_data_is_secured_before_it_is_migrated() {
    let (target, mut operator) =
        (MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst), Operator::new());
    let data = DATA.replace("echo backup-1", "false");
    operator.project.configuration = configuration::parse(&data).unwrap();
    let error = operator.deploy(&target, "2").await.unwrap_err();
    assert!(error.to_string().starts_with("data.secure failed"), "{error}");
    assert!(!target.has_run_a_command.get(), "the migration did not start");
    assert_eq!(target.running(&VERSIONS), all_run("1"));
    assert_tidy(&target, "not secured");
}

#[tokio::test]
async fn a_command_that_is_cut_off_at_any_change_is_concluded_by_the_next_operation() {
    for fuse in fuses(6) {
        let (target, operator) =
            (MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst), Operator::new());
        target.fuse.set(fuse);
        let ended = operator.run(&target, "true").await;
        target.fuse.set(Fuse::Whole);
        target.lock.borrow_mut().take();
        operator.deploy(&target, "2").await.unwrap();
        let commands = History::read(&target).await.unwrap().commands;
        assert!(commands.iter().all(|record| record.ending.is_some()), "{commands:?}");
        assert!(ended.is_err() || commands.len() == 1, "{commands:?}");
        assert_eq!(target.running(&VERSIONS), all_run("2"));
    }
}

#[tokio::test]
async fn a_command_that_fails_changes_nothing_else() {
    let (target, operator) =
        (MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst), Operator::new());
    let error = operator.run(&target, "false").await.unwrap_err();
    assert!(matches!(error, DeploymentError::CommandFailed(_)), "{error}");
    assert!(target.lock.borrow().is_none(), "the lock is released");
    let commands = History::read(&target).await.unwrap().commands;
    let outcome = commands[0].ending.as_ref().map(|ending| &ending.outcome);
    assert_eq!(outcome, Some(&CommandOutcome::Exited { code: 1 }));
    assert_eq!(target.running(&VERSIONS), all_run("1"));
}

/// Takes the lines that are shown.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<String>>>);

impl Render for Shown {
    fn render(&self, event: &Event) {
        if let Event::Output { container, line, .. } = event {
            let container = container.clone().unwrap_or_default();
            self.0.lock().unwrap().push(format!("{container} {line}"));
        }
    }
}

#[tokio::test]
async fn the_lines_of_several_instances_are_shown_in_their_order() {
    let target = MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst);
    let line = |second: i64, text: &str| LogLine {
        at: jiff::Timestamp::from_second(second).ok(),
        stream: OutputStream::Stdout,
        text: text.to_owned(),
    };
    for (id, lines) in [("1", [line(1, "a"), line(4, "d")]), ("2", [line(2, "b"), line(3, "c")])] {
        target.logs.borrow_mut().insert(id.to_owned(), lines.to_vec());
    }
    for (tail, expected) in [
        (None, &["api-1 a", "worker-2 b", "worker-2 c", "api-1 d"][..]),
        (Some(1), &["worker-2 c", "api-1 d"]),
    ] {
        let shown = Shown::default();
        let request = LogsRequest { tail, ..LogsRequest::default() };
        let reporter = Reporter::new(shown.clone());
        show_logs(&target, &reporter, &request, pending()).await.unwrap();
        assert_eq!(*shown.0.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn a_maintenance_that_is_cut_off_at_any_change_is_reported_until_it_is_ended() {
    for is_on in [true, false] {
        for fuse in fuses(6) {
            let (target, operator) =
                (MemoryTarget::new(&SERVICES, SwitchOrder::StopFirst), Operator::new());
            if !is_on {
                operator.maintain(&target, true).await.unwrap();
            }
            target.fuse.set(fuse);
            let _ = operator.maintain(&target, is_on).await;
            target.fuse.set(Fuse::Whole);
            target.lock.borrow_mut().take();
            let status = deployment_status(&target).await.unwrap();
            assert!(!target.is_closed.get() || status.maintenance.is_some(), "it is reported");
            operator.deploy(&target, "2").await.unwrap();
            operator.maintain(&target, false).await.unwrap();
            assert!(!target.is_closed.get());
            let status = deployment_status(&target).await.unwrap();
            assert_eq!((status.maintenance, status.problems), (None, Vec::new()));
        }
    }
}
