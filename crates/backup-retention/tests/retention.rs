//! Retention of any set of backups, and of those that accidents were made of.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use backup_retention::{
    Backup, BackupId, BackupKind, BackupState, KeepReason, RetentionCounts, RetentionPlan,
    RetentionVerdict, plan_retention,
};
use jiff::{SignedDuration, Timestamp};
use proptest::{collection::vec, prelude::*};

fn now() -> Timestamp {
    "2026-11-29T20:15:30Z".parse().unwrap()
}

fn backup(id: &str, verified: bool) -> Backup {
    Backup {
        database: "app".to_owned(),
        id: id.parse().unwrap(),
        verified,
        pinned: false,
        state: BackupState::Complete,
    }
}

fn counts(number: usize) -> RetentionCounts {
    RetentionCounts {
        twelve_hours: number,
        hourly: number,
        daily: number,
        weekly: number,
        pre_deployment: number,
        success: number,
    }
}

fn removed(plan: &RetentionPlan) -> Vec<String> {
    plan.removals().map(|decision| decision.id.to_string()).collect()
}

fn remaining(backups: &[Backup], plan: &RetentionPlan) -> Vec<Backup> {
    let gone: BTreeSet<(&str, BackupId)> =
        plan.removals().map(|decision| (decision.database.as_str(), decision.id)).collect();
    let stays = |backup: &&Backup| !gone.contains(&(backup.database.as_str(), backup.id));
    backups.iter().filter(stays).cloned().collect()
}

#[test]
fn surplus_goes_the_oldest_first_and_every_decision_has_its_reason() {
    let backups = [
        backup("daily-2026-11-28-030000", true),
        backup("daily-2026-11-29-030000", true),
        backup("daily-2026-11-26-030000", true),
        backup("daily-2026-11-27-030000", true),
    ];
    let plan = plan_retention(&backups, &counts(2), now());
    assert_eq!(removed(&plan), ["daily-2026-11-26-030000", "daily-2026-11-27-030000"]);
    let lines: Vec<String> = plan
        .decisions
        .iter()
        .map(|decision| match &decision.verdict {
            RetentionVerdict::Stays(reasons) => {
                let reasons: Vec<String> = reasons.iter().map(KeepReason::to_string).collect();
                format!("{} stays: {}", decision.id, reasons.join("; "))
            }
            RetentionVerdict::Goes(reason) => format!("{} goes: {reason}", decision.id),
        })
        .collect();
    assert_eq!(
        lines,
        [
            "daily-2026-11-29-030000 stays: newest verified backup of the database; daily: \
             verified, number 1 of the 2 that stay",
            "daily-2026-11-28-030000 stays: daily: verified, number 2 of the 2 that stay",
            "daily-2026-11-27-030000 goes: daily: 2 newer verified ones exist, and 2 stay",
            "daily-2026-11-26-030000 goes: daily: 3 newer verified ones exist, and 2 stay",
        ]
    );
}

/// DBackup #154: a failed dump counted as a success, and retention removed the good ones.
#[test]
fn a_backup_that_was_never_verified_replaces_no_good_one() {
    let mut backups = vec![backup("daily-2026-11-01-030000", true)];
    for day in 2..=29 {
        backups.push(backup(&format!("daily-2026-11-{day:02}-030000"), false));
    }
    let plan = plan_retention(&backups, &counts(2), now());
    assert_eq!(removed(&plan), Vec::<String>::new());
}

#[test]
fn an_unverified_backup_goes_when_enough_newer_verified_ones_exist() {
    let backups = [
        backup("daily-2026-11-26-030000", false),
        backup("daily-2026-11-27-030000", true),
        backup("daily-2026-11-28-030000", false),
        backup("daily-2026-11-29-030000", true),
    ];
    assert_eq!(removed(&plan_retention(&backups, &counts(2), now())), ["daily-2026-11-26-030000"]);
    let none_stays = plan_retention(&backups[..1], &counts(0), now());
    assert!(none_stays.is_empty(), "no newer verified one exists");
}

/// antistatique/capdrupal #37, and each attempt to restore that prunes to three.
#[test]
fn the_dump_that_is_being_restored_stays_however_many_are_made_meanwhile() {
    let mut target = backup("pre-deployment-2026-11-20-030000", true);
    target.pinned = true;
    let mut backups = vec![target];
    for attempt in 0..20 {
        backups.push(backup(&format!("pre-deployment-2026-11-29-0300{attempt:02}"), true));
        let plan = plan_retention(&backups, &RetentionCounts::default(), now());
        backups = remaining(&backups, &plan);
    }
    assert_eq!(backups.len(), 4);
    assert_eq!(backups[0].id.to_string(), "pre-deployment-2026-11-20-030000");
}

#[test]
fn a_date_in_the_future_pushes_no_good_one_out() {
    let mut backups = vec![backup("daily-2026-11-28-030000", true)];
    for day in 1..=9 {
        backups.push(backup(&format!("daily-2038-01-{day:02}-030000"), true));
    }
    assert!(plan_retention(&backups, &counts(1), now()).is_empty());
}

#[test]
fn a_clock_that_was_set_back_makes_nothing_go() {
    let backups: Vec<Backup> =
        (1..=28).map(|day| backup(&format!("daily-2026-11-{day:02}-030000"), true)).collect();
    let before = "2025-01-01T00:00:00Z".parse().unwrap();
    assert!(plan_retention(&backups, &counts(1), before).is_empty());
}

#[test]
fn newest_is_by_time_where_the_order_of_text_says_otherwise() {
    let backups =
        [backup("success-2026-01-01-000000", true), backup("12h-2026-11-29-000000", true)];
    let plan = plan_retention(&backups, &counts(0), now());
    assert_eq!(removed(&plan), ["success-2026-01-01-000000"]);
}

#[test]
fn what_cannot_be_judged_stays() {
    let mut incomplete = backup("daily-2026-11-20-030000", true);
    incomplete.state = BackupState::Incomplete;
    let mut unreadable = backup("daily-2026-11-21-030000", false);
    unreadable.state = BackupState::Unreadable;
    let backups = [incomplete, unreadable, backup("daily-2026-11-22-030000", true)];
    assert!(plan_retention(&backups, &counts(0), now()).is_empty());
}

fn any_state() -> impl Strategy<Value = BackupState> {
    prop_oneof![
        8 => Just(BackupState::Complete),
        1 => Just(BackupState::Incomplete),
        1 => Just(BackupState::Unreadable),
    ]
}

fn any_backup() -> impl Strategy<Value = Backup> {
    let kind = prop::sample::select(&BackupKind::ALL[..3]);
    (any::<bool>(), kind, -40..10i64, any::<bool>(), prop::bool::weighted(0.1), any_state())
        .prop_map(|(first, kind, hours, verified, pinned, state)| Backup {
            database: if first { "app" } else { "users" }.to_owned(),
            id: BackupId::new(kind, now() + SignedDuration::from_hours(hours)),
            verified,
            pinned,
            state,
        })
}

/// Each backup occurs once, as in a store.
fn any_backups() -> impl Strategy<Value = Vec<Backup>> {
    vec(any_backup(), 0..20).prop_map(|mut backups| {
        let mut names = BTreeSet::new();
        backups.retain(|backup| names.insert((backup.database.clone(), backup.id)));
        backups
    })
}

fn any_counts() -> impl Strategy<Value = RetentionCounts> {
    [0..4usize, 0..4, 0..4, 0..4, 0..4, 0..4].prop_map(|numbers| RetentionCounts {
        twelve_hours: numbers[0],
        hourly: numbers[1],
        daily: numbers[2],
        weekly: numbers[3],
        pre_deployment: numbers[4],
        success: numbers[5],
    })
}

/// Complete and verified ones that are not of the future, the newest first.
fn good<'a>(backups: &'a [Backup], database: &str) -> Vec<&'a Backup> {
    let mut good: Vec<&Backup> = backups
        .iter()
        .filter(|backup| backup.database == database && backup.verified)
        .filter(|backup| backup.state == BackupState::Complete && backup.id.time() <= now())
        .collect();
    good.sort_by_key(|backup| std::cmp::Reverse(backup.id));
    good
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_newest_verified_backup_of_each_database_stays(
        backups in any_backups(), counts in any_counts(),
    ) {
        let left = remaining(&backups, &plan_retention(&backups, &counts, now()));
        for database in ["app", "users"] {
            if let Some(newest) = good(&backups, database).first() {
                prop_assert!(left.contains(newest));
            }
        }
    }

    #[test]
    fn every_pinned_backup_and_what_cannot_be_judged_stays(
        backups in any_backups(), counts in any_counts(),
    ) {
        let left = remaining(&backups, &plan_retention(&backups, &counts, now()));
        let protected = backups.iter().filter(|backup| {
            backup.pinned || backup.state != BackupState::Complete || backup.id.time() > now()
        });
        for backup in protected {
            prop_assert!(left.contains(backup));
        }
    }

    #[test]
    fn of_each_kind_as_many_verified_ones_stay_as_are_counted(
        backups in any_backups(), counts in any_counts(),
    ) {
        let left = remaining(&backups, &plan_retention(&backups, &counts, now()));
        for database in ["app", "users"] {
            for kind in BackupKind::ALL {
                let of_kind = good(&backups, database).into_iter().filter(|b| b.id.kind() == kind);
                for backup in of_kind.take(counts.of(kind)) {
                    prop_assert!(left.contains(backup));
                }
            }
        }
    }

    #[test]
    fn an_unverified_backup_goes_only_when_a_newer_verified_one_stays(
        backups in any_backups(), counts in any_counts(),
    ) {
        let plan = plan_retention(&backups, &counts, now());
        let left = remaining(&backups, &plan);
        for gone in plan.removals() {
            let newer = good(&left, &gone.database).first().is_some_and(|first| first.id > gone.id);
            prop_assert!(newer, "{}", gone.id);
        }
    }

    #[test]
    fn the_plan_of_what_a_plan_leaves_is_empty(backups in any_backups(), counts in any_counts()) {
        let left = remaining(&backups, &plan_retention(&backups, &counts, now()));
        prop_assert!(plan_retention(&left, &counts, now()).is_empty());
    }

    #[test]
    fn each_backup_has_one_decision_for_data_and_manifest_together(
        backups in any_backups(), counts in any_counts(),
    ) {
        let plan = plan_retention(&backups, &counts, now());
        let mut decided: Vec<(&str, BackupId)> =
            plan.decisions.iter().map(|decision| (&*decision.database, decision.id)).collect();
        let mut all: Vec<(&str, BackupId)> =
            backups.iter().map(|backup| (&*backup.database, backup.id)).collect();
        decided.sort();
        all.sort();
        prop_assert_eq!(decided, all);
    }

    #[test]
    fn surplus_does_go(backups in any_backups(), counts in any_counts()) {
        let left = remaining(&backups, &plan_retention(&backups, &counts, now()));
        for database in ["app", "users"] {
            for kind in BackupKind::ALL {
                let kept = good(&left, database).into_iter().filter(|b| b.id.kind() == kind);
                let unprotected = kept.skip(counts.of(kind)).filter(|b| !b.pinned).count();
                // The newest verified one of the database is the only one more.
                prop_assert!(unprotected <= 1);
            }
        }
    }

    #[test]
    fn databases_do_not_influence_each_other(backups in any_backups(), counts in any_counts()) {
        let app: Vec<Backup> =
            backups.iter().filter(|backup| backup.database == "app").cloned().collect();
        let together = plan_retention(&backups, &counts, now());
        let alone = plan_retention(&app, &counts, now());
        let of_app: Vec<_> =
            together.decisions.into_iter().filter(|d| d.database == "app").collect();
        prop_assert_eq!(of_app, alone.decisions);
    }
}
