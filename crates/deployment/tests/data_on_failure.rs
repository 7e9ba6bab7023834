//! A failed migration has its data brought back where that is configured, and only when nothing
//! has written since the backup.

#![expect(clippy::unwrap_used, clippy::unimplemented, reason = "a test")]

#[expect(dead_code, unused_imports, reason = "other tests need it")]
mod memory;

use std::{collections::BTreeMap, future::pending, path::PathBuf};

use deployment::{
    DeployRequest, DeploymentError, abort, deploy,
    plan::{InstanceState, SwitchOrder},
};
use memory::{Fuse, MemoryTarget, Migration, silent_environment};
use operation::{Environment, LocalProject};

const SERVICES: [&str; 2] = ["api", "worker"];
const VERSIONS: [&str; 3] = ["1", "2", "3"];

const SETTINGS: &str = r#"
    [deploy]
    soak = "0s"
    migration = { command = "migrate" }
    database = { on-failure = "restore" }
    [deploy.data]
    secure = "echo backup-1"
    restore = ["sh", "-c", "echo $TIDEGATE_BACKUP >> \"$MARKS\""]
"#;

struct Operator {
    environment: Environment,
    project: LocalProject,
    marks: PathBuf,
    _folder: tempfile::TempDir,
}

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = silent_environment(folder.path().to_owned());
        let marks = folder.path().join("marks");
        let settings = SETTINGS.replace("$MARKS", marks.to_str().unwrap());
        let project = LocalProject {
            configuration: configuration::parse(&settings).unwrap(),
            root: Some(folder.path().to_owned()),
        };
        Self { environment, project, marks, _folder: folder }
    }

    async fn deploy(&self, target: &MemoryTarget, version: &str) -> Result<(), DeploymentError> {
        let request = DeployRequest { version: Some(version.to_owned()), ..Default::default() };
        let (project, environment) = (&self.project, &self.environment);
        deploy(target, project, environment, &request, pending()).await.map(drop)
    }

    async fn abort(&self, target: &MemoryTarget) -> Result<(), DeploymentError> {
        abort(target, &self.project, &self.environment, None).await.map(drop)
    }

    /// How often the backup was brought back.
    fn restores(&self) -> usize {
        std::fs::read_to_string(&self.marks).unwrap_or_default().lines().count()
    }
}

fn target(migration: Migration) -> MemoryTarget {
    let target = MemoryTarget::new(&SERVICES, SwitchOrder::StartFirst);
    target.migration.set(migration);
    target
}

fn all_run(version: &str) -> BTreeMap<String, Vec<String>> {
    SERVICES.map(|name| (name.to_owned(), vec![version.to_owned()])).into()
}

fn report_of(error: DeploymentError) -> (Vec<String>, Vec<String>) {
    match error {
        DeploymentError::Undone { report, .. } => (report.reverted, report.stays),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn data_is_brought_back_while_nothing_runs_and_then_everything_runs_again() {
    let (target, operator) = (target(Migration::Fails), Operator::new());
    let error = operator.deploy(&target, "2").await.unwrap_err();
    let (reverted, stays) = report_of(error);
    assert!(reverted.iter().any(|line| line.starts_with("brought the data back")), "{reverted:?}");
    assert!(reverted.contains(&"started api, worker again".to_owned()), "{reverted:?}");
    assert_eq!(stays, [] as [&str; 0]);
    assert!(target.was_stopped_at_migration.get(), "nothing ran during the migration");
    assert_eq!(operator.restores(), 1);
    assert_eq!(target.running(&VERSIONS), all_run("1"));
}

#[tokio::test]
async fn the_old_version_runs_again_before_it_is_replaced() {
    let (target, operator) = (target(Migration::Succeeds), Operator::new());
    operator.deploy(&target, "2").await.unwrap();
    assert!(target.was_stopped_at_migration.get());
    assert_eq!(target.running(&VERSIONS), all_run("2"));
    assert_eq!(operator.restores(), 0);
}

#[tokio::test]
async fn data_that_the_application_may_have_written_since_is_never_brought_back() {
    let (target, operator) = (target(Migration::Succeeds), Operator::new());
    target.broken.borrow_mut().push("2".to_owned());
    let (_, stays) = report_of(operator.deploy(&target, "2").await.unwrap_err());
    assert!(stays.iter().any(|line| line.contains("was started again since")), "{stays:?}");
    assert_eq!(operator.restores(), 0);
    assert_eq!(target.running(&VERSIONS), all_run("1"));
}

#[tokio::test]
async fn data_is_not_brought_back_when_somebody_started_or_removed_a_writer_meanwhile() {
    for migration in [Migration::FailsBesideAWriter, Migration::FailsBesideARemoval] {
        let (target, operator) = (target(migration), Operator::new());
        let (_, stays) = report_of(operator.deploy(&target, "2").await.unwrap_err());
        assert!(stays.iter().any(|line| line.contains("meanwhile")), "{stays:?}");
        assert_eq!(operator.restores(), 0, "{migration:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_stopped_refuses_the_deployment_before_anything_is_changed() {
    let (target, operator) = (target(Migration::Fails), Operator::new());
    target.run_other("cron-1");
    let error = operator.deploy(&target, "2").await.unwrap_err();
    assert!(matches!(error, DeploymentError::Preflight { .. }), "{error}");
    assert!(target.was_always_served.get() && !target.has_run_a_command.get());
    target.others.borrow_mut()[0].state = InstanceState::Stopped;
    report_of(operator.deploy(&target, "2").await.unwrap_err());
    assert_eq!(operator.restores(), 1);
}

/// Whatever moment it is cut off at, the application runs afterwards; data that was migrated in
/// part is brought back, and never once it may have been written to.
#[tokio::test]
async fn a_deployment_whose_migration_fails_may_be_cut_off_at_any_change() {
    for number in 0..40 {
        for fuse in [Fuse::Before(number), Fuse::After(number), Fuse::Lost(number)] {
            let (target, operator) = (target(Migration::Fails), Operator::new());
            target.fuse.set(fuse);
            let ended = operator.deploy(&target, "2").await;
            assert!(ended.is_err());
            target.fuse.set(Fuse::Whole);
            target.lock.borrow_mut().take();
            operator.abort(&target).await.unwrap();
            let case = format!("cut off at {number}: {:?}", ended.err());
            assert_eq!(target.running(&VERSIONS), all_run("1"), "{case}");
            assert_eq!(operator.restores() > 0, target.has_run_a_command.get(), "{case}");
        }
    }
}

#[tokio::test]
async fn a_second_operator_starts_everything_again_and_leaves_the_data_alone() {
    for number in 0..40 {
        let (target, first) = (target(Migration::Fails), Operator::new());
        target.fuse.set(Fuse::After(number));
        let _ = first.deploy(&target, "2").await;
        target.fuse.set(Fuse::Whole);
        target.lock.borrow_mut().take();
        let second = Operator::new();
        second.abort(&target).await.unwrap();
        assert_eq!(target.running(&VERSIONS), all_run("1"), "cut off at {number}");
        assert_eq!(second.restores(), 0);
    }
}
