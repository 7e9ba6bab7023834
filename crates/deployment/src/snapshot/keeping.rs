use crate::{
    history::{History, record_snapshot, remove_snapshot},
    plan::Instance,
    snapshot::{
        file::{Moment, file_name},
        key::SnapshotKeys,
        sealed::SealedSnapshot,
    },
    target::{Target, TargetError},
};

/// Keeps what an instance of a service was created with. Why that was not possible, when no
/// key can be used: an image is brought back without its configuration, too.
///
/// # Errors
/// [`TargetError`] when the target does not answer.
pub(crate) async fn keep_configuration(
    target: &dyn Target,
    keys: &SnapshotKeys,
    performer: &str,
    (deployment, service, moment): (&str, &str, Moment),
    instance: &Instance,
) -> Result<Option<String>, TargetError> {
    let Some(configuration) = target.configuration(service, instance).await? else {
        return Ok(Some(format!("{} was removed", instance.name)));
    };
    let sealed = match keys.sealing() {
        Ok(key) => SealedSnapshot::seal(&configuration, &key, performer),
        Err(error) => return Ok(Some(error.to_string())),
    };
    match sealed {
        Ok(snapshot) => {
            let name = file_name(deployment, service, moment);
            record_snapshot(target, &name, &snapshot).await?;
            Ok(None)
        }
        Err(error) => Ok(Some(error.to_string())),
    }
}

/// Takes [`keep_configuration`] back.
///
/// # Errors
/// [`TargetError`] when the target does not answer.
pub(crate) async fn forget_configuration(
    target: &dyn Target,
    (deployment, service, moment): (&str, &str, Moment),
) -> Result<(), TargetError> {
    let name = file_name(deployment, service, moment);
    match History::read(target).await?.snapshots.contains_key(&name) {
        true => remove_snapshot(target, &name).await,
        false => Ok(()),
    }
}
