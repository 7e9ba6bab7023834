//! A rollback brings the configuration back that was deployed, for whoever has the key.

#![expect(clippy::unwrap_used, clippy::unimplemented, reason = "a test")]

#[expect(dead_code, reason = "other tests need it")]
mod memory;

use std::{
    future::pending,
    path::{Path, PathBuf},
};

use deployment::{
    DeployRequest, History, PlannedDeployment, RollbackRequest, abort, deploy,
    plan::{ConfigurationLoss, Finding, SwitchOrder},
    preview_rollback, rollback,
    target::Target as _,
};
use memory::{Fuse, MemoryTarget, impatient_project, silent_environment};
use operation::{Environment, LocalProject};

struct Operator {
    folder: tempfile::TempDir,
    environment: Environment,
    project: LocalProject,
}

impl Operator {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let environment = silent_environment(folder.path().join("state"));
        Self { folder, environment, project: impatient_project() }
    }

    fn with_key(key: &Path) -> Self {
        let mut operator = Self::new();
        let variables = &mut operator.environment.variables;
        variables.insert("TIDEGATE_SNAPSHOT_KEY".to_owned(), key.as_os_str().to_owned());
        operator
    }

    fn keeping(self, deployments: usize) -> Self {
        let mut operator = self;
        operator.project.configuration.deploy.keep = deployments.try_into().unwrap();
        operator
    }

    /// Deploys a version with this value of the variable.
    async fn deploy(&self, target: &MemoryTarget, version: &str, value: &str) -> bool {
        value.clone_into(&mut target.declared.borrow_mut());
        let request = DeployRequest { version: Some(version.to_owned()), ..Default::default() };
        deploy(target, &self.project, &self.environment, &request, pending()).await.is_ok()
    }

    async fn rollback(&self, target: &MemoryTarget, keep_configuration: bool) -> bool {
        let request = RollbackRequest { keep_configuration, ..RollbackRequest::default() };
        rollback(target, &self.project, &self.environment, &request, pending()).await.is_ok()
    }

    async fn preview(&self, target: &MemoryTarget) -> PlannedDeployment {
        let request = RollbackRequest::default();
        preview_rollback(target, &self.project, &self.environment, &request).await.unwrap()
    }

    fn key(&self) -> PathBuf {
        let state = std::fs::read_dir(self.folder.path().join("state")).unwrap();
        let mut keys = state.map(|entry| entry.unwrap().path().join("snapshots/key.txt"));
        keys.find(|path| path.exists()).unwrap()
    }
}

fn target(order: SwitchOrder) -> MemoryTarget {
    MemoryTarget::new(&["api"], order)
}

/// Version 2 with one value and version 3 with another one were deployed.
async fn two(operator: &Operator) -> MemoryTarget {
    let target = target(SwitchOrder::StartFirst);
    assert!(operator.deploy(&target, "2", "hush-b").await);
    assert!(operator.deploy(&target, "3", "hush-c").await);
    target
}

fn runs(target: &MemoryTarget) -> (String, String) {
    let versions = target.running(&["1", "2", "3"])["api"].join(" ");
    (versions, target.running_configurations("api").join(" "))
}

fn pair(version: &str, value: &str) -> (String, String) {
    (version.to_owned(), value.to_owned())
}

async fn snapshots(target: &MemoryTarget) -> Vec<String> {
    History::read(target).await.unwrap().snapshots.into_keys().collect()
}

fn losses(planned: &PlannedDeployment) -> Vec<&ConfigurationLoss> {
    let findings = planned.findings.iter().filter_map(|finding| match finding {
        Finding::OtherConfiguration { reason, .. } => Some(reason),
        _ => None,
    });
    findings.collect()
}

#[tokio::test]
async fn a_rollback_brings_the_configuration_back_and_another_one_goes_there_again() {
    let operator = Operator::new();
    let target = two(&operator).await;
    let planned = operator.preview(&target).await;
    let text = planned.plan.to_string();
    assert!(text.contains("variables with another value: KEY"), "{text}");
    assert!(text.contains("bring the files and env files back, too"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    assert!(operator.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("2", "hush-b"));
    assert!(operator.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("3", "hush-c"));
}

#[tokio::test]
async fn a_change_of_the_configuration_alone_is_rolled_back() {
    let operator = Operator::new();
    let target = target(SwitchOrder::StopFirst);
    assert!(operator.deploy(&target, "2", "a").await);
    assert!(operator.deploy(&target, "3", "b").await);
    assert!(operator.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("2", "a"));
}

/// What ran before the first deployment was started by something else.
#[tokio::test]
async fn what_ran_before_the_first_deployment_comes_back_as_it_was() {
    let operator = Operator::new();
    let target = target(SwitchOrder::StartFirst);
    assert!(operator.deploy(&target, "2", "b").await);
    assert!(operator.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("1", "a"));
}

#[tokio::test]
async fn the_image_comes_back_alone_on_request_and_where_the_configuration_is_the_same() {
    let operator = Operator::new();
    let target = two(&operator).await;
    assert!(operator.rollback(&target, true).await);
    assert_eq!(runs(&target), pair("2", "hush-c"));
    let same = self::target(SwitchOrder::StartFirst);
    assert!(operator.deploy(&same, "2", "a").await);
    assert!(operator.deploy(&same, "3", "a").await);
    let planned = operator.preview(&same).await;
    assert!(planned.plan.changes.iter().all(|change| change.restored.is_none()));
}

#[tokio::test]
async fn without_the_key_the_plan_names_it_and_the_image_comes_back_alone() {
    let first = Operator::new();
    let target = two(&first).await;
    let second = Operator::new();
    let planned = second.preview(&target).await;
    let losses = losses(&planned);
    let [ConfigurationLoss::Impossible(reason)] = losses[..] else { panic!("{losses:?}") };
    assert!(reason.contains("no key on this machine opens its snapshot"), "{reason}");
    assert!(reason.contains("for age1"), "{reason}");
    assert!(second.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("2", "hush-c"));
}

#[tokio::test]
async fn whoever_has_the_key_brings_the_configuration_back() {
    let first = Operator::new();
    let target = two(&first).await;
    let second = Operator::with_key(&first.key());
    assert!(second.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("2", "hush-b"));
}

#[tokio::test]
async fn a_damaged_snapshot_is_not_taken_for_an_absent_one() {
    let operator = Operator::new();
    let target = two(&operator).await;
    for (name, content) in target.files.borrow_mut().iter_mut() {
        if name.ends_with(".snapshot.json") {
            *content = b"{".to_vec();
        }
    }
    let planned = operator.preview(&target).await;
    let losses = losses(&planned);
    let [ConfigurationLoss::Impossible(reason)] = losses[..] else { panic!("{losses:?}") };
    assert!(reason.contains("its snapshot is damaged"), "{reason}");
}

#[tokio::test]
async fn records_without_a_snapshot_are_not_recorded() {
    let operator = Operator::new();
    let target = two(&operator).await;
    target.files.borrow_mut().retain(|name, _| !name.ends_with(".snapshot.json"));
    let planned = operator.preview(&target).await;
    assert_eq!(losses(&planned), [&ConfigurationLoss::NotKept]);
    assert!(operator.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("2", "hush-c"));
}

/// Nor does a key that cannot be used.
#[tokio::test]
async fn a_configured_key_that_is_absent_prevents_no_deployment() {
    let operator = Operator::with_key(Path::new("/nonexistent/key.txt"));
    let target = two(&operator).await;
    assert_eq!(snapshots(&target).await, [""; 0]);
    assert_eq!(losses(&operator.preview(&target).await), [&ConfigurationLoss::NotKept]);
}

#[tokio::test]
async fn values_are_in_no_record_and_in_no_file_of_the_machine() {
    let operator = Operator::new();
    let target = two(&operator).await;
    assert!(operator.rollback(&target, false).await);
    let tells = |content: &[u8]| content.windows(5).any(|part| part == b"hush-");
    assert!(target.files.borrow().len() > 6);
    for (name, content) in &*target.files.borrow() {
        assert!(!tells(content), "{name}");
    }
    let mut folders = vec![operator.folder.path().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                files += 1;
                assert!(!tells(&std::fs::read(&entry).unwrap()), "{}", entry.display());
            }
        }
    }
    assert!(files > 3);
}

#[tokio::test]
async fn snapshots_go_with_the_way_back() {
    let operator = Operator::new().keeping(2);
    let target = target(SwitchOrder::StartFirst);
    for (version, value) in [("2", "a"), ("3", "b"), ("2", "c"), ("3", "d")] {
        assert!(operator.deploy(&target, version, value).await);
    }
    // Of the last two: what they made run, what ran before, and what the one before made run.
    let kept = snapshots(&target).await;
    assert_eq!(kept.len(), 5, "{kept:?}");
    assert!(operator.rollback(&target, false).await);
    assert_eq!(runs(&target), pair("2", "c"));
}

/// At any change the power is gone, and another run takes the rollback back or finishes it.
#[tokio::test]
async fn a_rollback_that_is_cut_off_ends_with_one_version_and_its_own_configuration() {
    for order in [SwitchOrder::StartFirst, SwitchOrder::StopFirst] {
        for number in 0..40 {
            for fuse in [Fuse::Before(number), Fuse::After(number)] {
                let operator = Operator::new();
                let target = self::target(order);
                assert!(operator.deploy(&target, "2", "b").await);
                assert!(operator.deploy(&target, "3", "c").await);
                target.fuse.set(fuse);
                operator.rollback(&target, false).await;
                target.fuse.set(Fuse::Whole);
                target.unlock().await.unwrap();
                abort(&target, &operator.project, &operator.environment, None).await.unwrap();
                let runs = runs(&target);
                let is_whole = runs == pair("2", "b") || runs == pair("3", "c");
                assert!(is_whole, "{order:?} {number}: {runs:?}");
            }
        }
    }
}
