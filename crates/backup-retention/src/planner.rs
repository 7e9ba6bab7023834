use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;

use crate::{
    Backup, BackupId, BackupKind, BackupState, Decision, KeepReason, RemovalReason,
    RetentionCounts, RetentionPlan, RetentionVerdict,
};

/// Decides about every backup, each database by itself. `now` is the time of the clock;
/// backups that are newer than it stay and count for nothing, so that no wrong clock
/// makes a good one go.
#[must_use]
pub fn plan_retention(
    backups: &[Backup],
    counts: &RetentionCounts,
    now: Timestamp,
) -> RetentionPlan {
    let mut by_database: BTreeMap<&str, Vec<&Backup>> = BTreeMap::new();
    for backup in backups {
        by_database.entry(&backup.database).or_default().push(backup);
    }
    let decisions = by_database.into_values().flat_map(|mut backups| {
        backups.sort_by_key(|backup| Reverse(backup.id));
        let verified = VerifiedBackups::of(&backups, now);
        backups.into_iter().map(move |backup| decide(backup, &verified, counts, now))
    });
    RetentionPlan { decisions: decisions.collect() }
}

/// What counts: complete, verified, and not of the future.
struct VerifiedBackups {
    by_kind: BTreeMap<BackupKind, BTreeSet<BackupId>>,
    newest: Option<BackupId>,
}

impl VerifiedBackups {
    fn of(backups: &[&Backup], now: Timestamp) -> Self {
        let mut by_kind: BTreeMap<BackupKind, BTreeSet<BackupId>> = BTreeMap::new();
        for backup in backups.iter().filter(|backup| counts_as_good(backup, now)) {
            by_kind.entry(backup.id.kind()).or_default().insert(backup.id);
        }
        let newest = by_kind.values().filter_map(BTreeSet::last).max().copied();
        Self { by_kind, newest }
    }

    /// How many of its kind are newer.
    fn newer_of_kind(&self, id: BackupId) -> usize {
        let of_kind = self.by_kind.get(&id.kind());
        of_kind.map_or(0, |ids| ids.iter().rev().take_while(|other| **other > id).count())
    }

    fn has_newer(&self, id: BackupId) -> bool {
        self.newest.is_some_and(|newest| newest > id)
    }
}

fn counts_as_good(backup: &Backup, now: Timestamp) -> bool {
    backup.verified && backup.state == BackupState::Complete && backup.id.time() <= now
}

fn decide(
    backup: &Backup,
    verified: &VerifiedBackups,
    counts: &RetentionCounts,
    now: Timestamp,
) -> Decision {
    let reasons = keep_reasons(backup, verified, counts, now);
    let verdict = if reasons.is_empty() {
        RetentionVerdict::Goes(removal_reason(backup, verified, counts))
    } else {
        RetentionVerdict::Stays(reasons)
    };
    Decision { database: backup.database.clone(), id: backup.id, verdict }
}

fn keep_reasons(
    backup: &Backup,
    verified: &VerifiedBackups,
    counts: &RetentionCounts,
    now: Timestamp,
) -> Vec<KeepReason> {
    let is_newest = verified.newest == Some(backup.id) && counts_as_good(backup, now);
    [
        is_newest.then_some(KeepReason::NewestVerified),
        place_reason(backup, verified, counts),
        backup.pinned.then_some(KeepReason::Pinned),
        (backup.id.time() > now).then_some(KeepReason::InFuture),
        state_reason(backup.state),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether its place among the verified ones of its kind keeps it.
fn place_reason(
    backup: &Backup,
    verified: &VerifiedBackups,
    counts: &RetentionCounts,
) -> Option<KeepReason> {
    let (kind, newer) = (backup.id.kind(), verified.newer_of_kind(backup.id));
    let count = counts.of(kind);
    if backup.verified {
        let within = newer < count;
        return within.then_some(KeepReason::WithinCount { kind, place: newer + 1, count });
    }
    // Where nothing of a kind stays, an unverified one still waits for a good one.
    let replaced = newer >= count && verified.has_newer(backup.id);
    (!replaced).then_some(KeepReason::NotReplaced { newer, count })
}

fn state_reason(state: BackupState) -> Option<KeepReason> {
    match state {
        BackupState::Complete => None,
        BackupState::Incomplete => Some(KeepReason::Incomplete),
        BackupState::Unreadable => Some(KeepReason::Unreadable),
    }
}

fn removal_reason(
    backup: &Backup,
    verified: &VerifiedBackups,
    counts: &RetentionCounts,
) -> RemovalReason {
    let (kind, newer) = (backup.id.kind(), verified.newer_of_kind(backup.id));
    let count = counts.of(kind);
    if backup.verified {
        RemovalReason::Surplus { kind, newer, count }
    } else {
        RemovalReason::UnverifiedSurplus { kind, newer, count }
    }
}
