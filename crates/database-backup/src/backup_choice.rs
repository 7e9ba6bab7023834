use std::{fmt, str::FromStr};

use backup_retention::{BackupId, BackupKind};
use backup_store::{Backup, DatabaseName, Entry, Manifest, Origin, RemoteEntry};
use jiff::Timestamp;
use operation::OperationError;
use project_databases::{BackupSettings, ProjectDatabaseError};

/// Which backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupChoice {
    /// The newest verified one.
    Latest,
    /// The newest verified one of a kind.
    LatestOf(BackupKind),
    /// This one.
    Id(BackupId),
}

impl FromStr for BackupChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if let Ok(kind) = text.parse() {
            return Ok(Self::LatestOf(kind));
        }
        text.parse().map(Self::Id).map_err(|_| {
            format!(
                "`{text}` is no backup; use an identifier such as daily-2026-11-29-201530, `latest`, \
                 or a kind such as `pre-deployment`"
            )
        })
    }
}

impl fmt::Display for BackupChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("latest"),
            Self::LatestOf(kind) => fmt::Display::fmt(kind, f),
            Self::Id(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl BackupChoice {
    /// Finds the backup in the store or off site, from where it is fetched. By itself it is one of
    /// `origin`, where that is given.
    pub(crate) async fn find(
        self,
        settings: &BackupSettings,
        database: &DatabaseName,
        origin: Option<&Origin>,
    ) -> Result<Backup, ProjectDatabaseError> {
        let local = local_candidates(&local_entries(settings, database)?, origin);
        let in_store = self.among(&local);
        let Some(remote) = settings.remote.as_ref().filter(|_| self.looks_off_site(in_store))
        else {
            let id = in_store.ok_or_else(|| self.missing(database, &local))?;
            return Ok(settings.store.find(database, id)?);
        };
        let copies = remote_candidates(&remote.list(database).await?, origin);
        let off_site = self.among(&copies);
        match (in_store, off_site) {
            (Some(id), off_site) if off_site.is_none_or(|off_site| off_site <= id) => {
                Ok(settings.store.find(database, id)?)
            }
            (_, Some(id)) => {
                Ok(remote.download(&settings.store, database, id, Timestamp::now()).await?)
            }
            _ => Err(self.missing(database, &[local, copies].concat()).into()),
        }
    }

    /// A newer one than the newest in the folder may be off site.
    fn looks_off_site(self, in_store: Option<BackupId>) -> bool {
        in_store.is_none() || !matches!(self, Self::Id(_))
    }

    /// The newest of those that are chosen.
    fn among(self, candidates: &[Candidate]) -> Option<BackupId> {
        let now = Timestamp::now();
        let chosen = candidates.iter().filter(|candidate| self.chooses(candidate, now));
        chosen.map(|candidate| candidate.id).max()
    }

    /// By itself never one whose time has not come yet.
    fn chooses(self, candidate: &Candidate, now: Timestamp) -> bool {
        let is_good = candidate.is_verified && candidate.is_own && candidate.id.time() <= now;
        match self {
            Self::Id(id) => candidate.id == id,
            Self::Latest => is_good,
            Self::LatestOf(kind) => is_good && candidate.id.kind() == kind,
        }
    }

    fn missing(self, database: &DatabaseName, candidates: &[Candidate]) -> OperationError {
        let problem = match self {
            Self::Id(id) => format!("database {database} has no backup {id}"),
            Self::Latest => format!("database {database} has no verified backup"),
            Self::LatestOf(kind) => format!("database {database} has no verified {kind} backup"),
        };
        let advice = match candidates.iter().any(|candidate| !candidate.is_own) {
            true => "there are some of another engine or Compose project: add --from-elsewhere",
            false => "`backup-databases --list` shows the backups",
        };
        OperationError::precondition(problem, advice)
    }
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    id: BackupId,
    is_verified: bool,
    is_own: bool,
}

/// On a new machine there is no folder yet, and all backups are off site.
fn local_entries(
    settings: &BackupSettings,
    database: &DatabaseName,
) -> Result<Vec<Entry>, ProjectDatabaseError> {
    if settings.remote.is_some() && !settings.folder.exists() {
        return Ok(Vec::new());
    }
    Ok(settings.store.list(database)?)
}

/// Also what is not usable, so that the reason is the one of an error.
fn local_candidates(entries: &[Entry], origin: Option<&Origin>) -> Vec<Candidate> {
    let candidates = entries.iter().filter_map(|entry| match entry.backup() {
        Some(backup) => Some(Candidate::of(&backup.manifest, origin)),
        None => Some(Candidate { id: entry.id()?, is_verified: false, is_own: true }),
    });
    candidates.collect()
}

fn remote_candidates(entries: &[RemoteEntry], origin: Option<&Origin>) -> Vec<Candidate> {
    let manifests = entries.iter().filter_map(RemoteEntry::backup);
    manifests.map(|manifest| Candidate::of(manifest, origin)).collect()
}

impl Candidate {
    fn of(manifest: &Manifest, origin: Option<&Origin>) -> Self {
        let is_own = origin.is_none_or(|origin| manifest.origin == *origin);
        Self { id: manifest.id, is_verified: manifest.is_verified(), is_own }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_named_by_its_identifier_its_kind_or_as_the_latest() {
        for text in ["latest", "pre-deployment", "12h", "daily-2026-11-29-201530"] {
            assert_eq!(text.parse::<BackupChoice>().unwrap().to_string(), text);
        }
        for text in ["", "newest", "yearly", "daily-2026-11-31-201530", "../x"] {
            assert!(text.parse::<BackupChoice>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_newest_is_the_newest_verified_one_of_this_place_and_never_one_of_the_future() {
        let candidate = |id: &str, is_verified| {
            let (id, is_own) = (id.parse().unwrap(), true);
            Candidate { id, is_verified, is_own }
        };
        let foreign = Candidate { is_own: false, ..candidate("daily-2026-01-02-120000", true) };
        let candidates = [
            candidate("daily-2026-01-01-000000", true),
            candidate("success-2026-01-02-000000", true),
            candidate("daily-2026-01-03-000000", false),
            candidate("daily-2999-01-01-000000", true),
            foreign,
        ];
        let chosen = |text: &str| {
            let id = text.parse::<BackupChoice>().unwrap().among(&candidates);
            id.map(|id| id.to_string())
        };
        assert_eq!(chosen("latest").as_deref(), Some("success-2026-01-02-000000"));
        assert_eq!(chosen("daily").as_deref(), Some("daily-2026-01-01-000000"));
        assert_eq!(chosen("weekly"), None);
        let unverified = "daily-2026-01-03-000000";
        for named in [unverified, "daily-2026-01-02-120000"] {
            assert_eq!(chosen(named).as_deref(), Some(named), "by its name");
        }
    }
}
