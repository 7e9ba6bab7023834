//! The files with snapshots, beside the records of their deployments.

use crate::{
    history::{History, SNAPSHOT},
    record::DeploymentRecord,
    rollback_point::BEFORE,
};

/// Of which moment of a deployment a snapshot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// What ran before it.
    Before,
    /// What it made run.
    After,
}

/// The name of the file with what a service was configured with around a deployment.
pub(super) fn file_name(deployment: &str, service: &str, moment: Moment) -> String {
    let moment = match moment {
        Moment::Before => "before",
        Moment::After => "after",
    };
    format!("{deployment}.{service}.{moment}{SNAPSHOT}")
}

/// The file with what a service was configured with at a point: as the last deployment up to
/// it made it run, else as the next one found it. `None` when neither was kept.
pub(crate) fn snapshot_file_of(history: &History, point: &str, service: &str) -> Option<String> {
    let succeeded: Vec<&DeploymentRecord> =
        history.records.iter().filter(|record| record.has_succeeded()).collect();
    let position = |id: &str| succeeded.iter().position(|record| record.plan.id == id);
    let split = match point.strip_prefix(BEFORE) {
        Some(first) => position(first)?,
        None => position(point)? + 1,
    };
    let (until, since) = succeeded.split_at(split);
    let changes = |record: &&&DeploymentRecord| record.change_of(service).is_some();
    let after = until.iter().rev().find(changes).map(|record| (record, Moment::After));
    let before = since.iter().find(changes).map(|record| (record, Moment::Before));
    let files = after.into_iter().chain(before);
    let mut names = files.map(|(record, moment)| file_name(&record.plan.id, service, moment));
    names.find(|name| history.snapshots.contains_key(name))
}

/// The files that nothing needs once what ran before a deployment is not kept any longer.
pub(crate) fn forgotten_files(history: &History, record: &DeploymentRecord) -> Vec<String> {
    let earlier = history.records.iter().take_while(|other| other.plan.id != record.plan.id);
    let earlier: Vec<&DeploymentRecord> = earlier.collect();
    let names = record.plan.changes.iter().flat_map(|change| {
        let service = &change.service;
        let changing = earlier.iter().filter(|other| other.change_of(service).is_some());
        let after = changing.map(|other| file_name(&other.plan.id, service, Moment::After));
        let before = file_name(&record.plan.id, service, Moment::Before);
        after.chain([before]).collect::<Vec<_>>()
    });
    names.filter(|name| history.snapshots.contains_key(name)).collect()
}
