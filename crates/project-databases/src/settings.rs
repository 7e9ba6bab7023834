use std::path::{Path, PathBuf};

use backup_retention::{BackupKind, RetentionCounts};
use backup_store::{Identities, Recipients, RemoteSettings, RemoteStore, Store};
use configuration::{Backups, Period};
use operation::{Environment, LocalProject, OperationError};

use crate::ProjectDatabaseError;

/// The variable that names a file with keys, which wins over the configuration.
const KEY_VARIABLE: &str = "TIDEGATE_BACKUP_KEY";

/// Where the backups of a project are kept, who can read them, how many stay, and where copies
/// go.
#[derive(Debug, Clone)]
pub struct BackupSettings {
    /// The folder of the store, for messages.
    pub folder: PathBuf,
    /// The backups.
    pub store: Store,
    /// Copies off site, if the variables name storage for them.
    pub remote: Option<RemoteStore>,
    /// How many verified backups of each kind stay.
    pub counts: RetentionCounts,
    /// How old the newest verified backup may be.
    pub max_age: Option<Period>,
    /// How long the data of before a restore stays in its server.
    pub keep_replaced: Option<Period>,
    pub(crate) recipients: Recipients,
    pub(crate) identities: Identities,
}

impl BackupSettings {
    /// The settings of a project; backups of each destination are kept apart.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`] without a folder; [`ProjectDatabaseError::Key`],
    /// [`ProjectDatabaseError::RemoteSettings`].
    pub fn new(
        project: &LocalProject,
        environment: &Environment,
        destination: Option<&str>,
    ) -> Result<Self, ProjectDatabaseError> {
        let configured = &project.configuration.backups;
        let root = project.root.as_deref().unwrap_or(Path::new("."));
        let folder = root.join(of_destination(directory(configured)?, destination));
        let holder = environment.lock_holder("backups of databases");
        let recipients = Recipients::parse(configured.recipients.iter().map(String::as_str))?;
        Ok(Self {
            store: Store::new(&folder, holder),
            folder,
            remote: remote(environment, destination)?,
            counts: counts(configured),
            max_age: configured.max_age,
            keep_replaced: configured.keep_replaced,
            identities: identities(configured, environment, root)?,
            recipients,
        })
    }

    /// Refuses when backups are encrypted and no key reads them: none could be verified.
    ///
    /// # Errors
    /// [`ProjectDatabaseError::Operation`].
    pub fn require_key(&self) -> Result<(), ProjectDatabaseError> {
        if self.recipients.is_empty() || !self.identities.is_empty() {
            return Ok(());
        }
        Err(OperationError::usage(
            "backups are encrypted and no key reads them, so none of them could be verified",
            "name a file with the secret key in `backups.identity-file` or TIDEGATE_BACKUP_KEY",
        )
        .into())
    }
}

fn directory(configured: &Backups) -> Result<&Path, OperationError> {
    configured.directory.as_deref().ok_or_else(|| {
        OperationError::usage(
            "no folder for backups is configured",
            "add `[backups]` with `directory = \"/var/backups/PROJECT\"` to tidegate.toml",
        )
    })
}

/// What serves in one place must never be restored into another by mistake.
fn of_destination(directory: &Path, destination: Option<&str>) -> PathBuf {
    let Some(destination) = destination else { return directory.to_owned() };
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    directory.with_file_name(format!("{name}@{destination}"))
}

fn remote(
    environment: &Environment,
    destination: Option<&str>,
) -> Result<Option<RemoteStore>, ProjectDatabaseError> {
    let text = |name: &str| environment.variable(name)?.into_string().ok();
    let Some(mut settings) = RemoteSettings::from_env(text)? else { return Ok(None) };
    if let Some(destination) = destination {
        settings.prefix = format!("{}@{destination}", settings.prefix);
    }
    Ok(Some(RemoteStore::new(settings)?))
}

fn counts(configured: &Backups) -> RetentionCounts {
    let (keep, default) = (&configured.keep, RetentionCounts::default());
    RetentionCounts {
        twelve_hours: keep.twelve_hours.unwrap_or(default.of(BackupKind::TwelveHours)),
        hourly: keep.hourly.unwrap_or(default.of(BackupKind::Hourly)),
        daily: keep.daily.unwrap_or(default.of(BackupKind::Daily)),
        weekly: keep.weekly.unwrap_or(default.of(BackupKind::Weekly)),
        pre_deployment: keep.pre_deployment.unwrap_or(default.of(BackupKind::PreDeployment)),
        success: keep.success.unwrap_or(default.of(BackupKind::Success)),
    }
}

/// The keys that read backups.
fn identities(
    configured: &Backups,
    environment: &Environment,
    root: &Path,
) -> Result<Identities, ProjectDatabaseError> {
    let named = environment.variable(KEY_VARIABLE).map(PathBuf::from);
    match named.or_else(|| configured.identity_file.clone()) {
        Some(file) => Ok(Identities::from_file(&root.join(file))?),
        None => Ok(Identities::none()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_destination_has_a_folder_of_its_own_beside_the_others() {
        let folder =
            |directory: &str, destination| of_destination(Path::new(directory), destination);
        assert_eq!(folder("/var/backups/shop", None), Path::new("/var/backups/shop"));
        assert_eq!(
            folder("/var/backups/shop/", Some("staging")),
            Path::new("/var/backups/shop@staging")
        );
        assert_eq!(folder("backups", Some("staging")), Path::new("backups@staging"));
    }
}
