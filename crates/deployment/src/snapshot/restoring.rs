//! Which configuration a rollback brings back, and whether that can be done.

use image_ref::Digest;

use super::{
    difference::differences,
    file::snapshot_file_of,
    key::SnapshotKeys,
    sealed::{SealedSnapshot, SnapshotError},
};
use crate::{
    history::History,
    plan::{Instance, ObservedService, RestoredConfiguration},
    target::{InstanceConfiguration, Target, TargetError},
};

/// What a rollback does about the configuration of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Restoring {
    /// Nothing: it is the declared one, as far as the records show.
    Same,
    /// It was another one, which was not kept.
    NotKept,
    /// It was another one, which cannot be brought back for this reason.
    Impossible(String),
    /// It is brought back.
    Possible(RestoredConfiguration),
}

/// What a service was configured with at a point of the history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThenConfigured<'a> {
    pub(crate) history: &'a History,
    /// The deployment, or `before-ID`.
    pub(crate) point: &'a str,
    pub(crate) service: &'a str,
    /// Its settings without the image, where they were recorded.
    pub(crate) settings: Option<&'a Digest>,
}

/// Compares what a service was configured with at a point with what it has now.
///
/// # Errors
/// [`TargetError`] when the target does not answer.
pub(crate) async fn restoring_of(
    target: &dyn Target,
    keys: &SnapshotKeys,
    then: ThenConfigured<'_>,
    observed: &ObservedService,
) -> Result<Restoring, TargetError> {
    let is_same = then.settings.zip(observed.settings.as_ref()).map(|(then, now)| then == now);
    if is_same == Some(true) {
        return Ok(Restoring::Same);
    }
    let Some(file) = snapshot_file_of(then.history, then.point, then.service) else {
        return Ok(if is_same.is_none() { Restoring::Same } else { Restoring::NotKept });
    };
    let now = match serving(observed) {
        Some(instance) => target.configuration(then.service, instance).await?,
        None => None,
    };
    let snapshot = match read_snapshot(then.history, &file) {
        Ok(snapshot) => snapshot,
        Err(error) => return Ok(Restoring::Impossible(error.to_string())),
    };
    let is_run = now.as_ref().is_some_and(|now| now.digest() == snapshot.digest);
    if is_same.is_none() && is_run && !observed.is_reconfigured() {
        return Ok(Restoring::Same);
    }
    Ok(match snapshot.open(keys) {
        Ok(opened) if is_same.is_none() && is_declared(&opened, observed) => Restoring::Same,
        Ok(opened) => restoring_to(opened, now.as_ref(), then, file),
        Err(error) => Restoring::Impossible(error.to_string()),
    })
}

/// Somebody has brought the files back already.
fn is_declared(opened: &InstanceConfiguration, observed: &ObservedService) -> bool {
    opened.identity.is_some() && opened.identity == observed.configuration
}

fn restoring_to(
    opened: InstanceConfiguration,
    now: Option<&InstanceConfiguration>,
    then: ThenConfigured<'_>,
    snapshot: String,
) -> Restoring {
    if let Some(reason) = opened.incomplete.clone() {
        return Restoring::Impossible(reason);
    }
    Restoring::Possible(RestoredConfiguration {
        deployment: then.point.to_owned(),
        snapshot,
        settings: then.settings.cloned(),
        differences: differences(now, &opened),
        configuration: opened.identity,
        instance_name: opened.instance_name,
        exclusive: opened.exclusive,
    })
}

fn serving(observed: &ObservedService) -> Option<&Instance> {
    observed.running().last().or(observed.instances.last())
}

fn read_snapshot(history: &History, file: &str) -> Result<SealedSnapshot, SnapshotError> {
    let content = history.snapshots.get(file).map(Vec::as_slice).unwrap_or_default();
    serde_json::from_slice(content)
        .map_err(|error| SnapshotError::Damaged(format!("{file}: {error}")))
}

/// Opens what a plan brings back.
///
/// # Errors
/// [`TargetError`] when the target does not answer, or the snapshot cannot be opened any
/// longer.
pub(crate) async fn open_restored(
    target: &dyn Target,
    keys: &SnapshotKeys,
    restored: &RestoredConfiguration,
) -> Result<InstanceConfiguration, TargetError> {
    let history = History::read(target).await?;
    let opened = read_snapshot(&history, &restored.snapshot).and_then(|it| it.open(keys));
    opened.map_err(TargetError::unavailable(format!(
        "open the snapshot of the configuration of {}",
        restored.deployment
    )))
}
