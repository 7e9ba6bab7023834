use image_ref::ImageTag;
use proptest::prelude::*;

use super::*;

fn versioned(text: &str) -> Option<VersionedTag> {
    VersionedTag::from_tag(&text.parse().unwrap())
}

fn version(text: &str) -> TagVersion {
    versioned(text).unwrap().version
}

fn family(text: &str) -> String {
    versioned(text).unwrap_or_else(|| panic!("{text} names no version")).family.to_string()
}

#[test]
fn the_family_is_what_surrounds_the_version() {
    for (tag, expected) in [
        ("1.2.3", "*"),
        ("v1.2.3", "*"),
        ("V1", "*"),
        ("15", "*"),
        ("2026.01.02", "*"),
        ("20260102", "*"),
        ("2026-01-02", "*"),
        ("v3-20250911", "*"),
        ("v3-20250911-1530", "*"),
        ("1.2.3-rc.1", "*"),
        ("1.2.3rc1", "*"),
        ("1.2.3-SNAPSHOT", "*"),
        ("1.2.3.post1", "*"),
        ("1.2.3-1", "*"),
        ("1.2.3-4-gabc1234", "*"),
        ("1.2.3-1234567", "*"),
        ("cron-0.9.1", "cron-*"),
        ("cron-v0.9.1", "cron-*"),
        ("cron-0.9.1-abc1234", "cron-*"),
        ("cron-0.9.1-abc1234def5678abc1234def5678abc1234def56", "cron-*"),
        ("debian-12-0.9.1", "debian-12-*"),
        ("python3.11-0.9.1", "python3.11-*"),
        ("main-20250911-abc1234", "main-*"),
        ("dev-20250911", "dev-*"),
        ("app_1.2", "app_*"),
        ("1.2.3-alpine", "*-alpine"),
        ("1.2.3-alpine3.18-abc1234", "*-alpine3.18"),
        ("1.2.3-rc.1-alpine", "*-alpine"),
        ("1.2.3-alpine-20250911-153000", "*-alpine"),
        ("12.1-cuda-12-devel", "*-cuda-12-devel"),
        ("1.2.3-python-3.11", "*-python-3.11"),
        ("15-bookworm", "*-bookworm"),
        ("1.2-b", "*-b"),
        ("1.2.x", "*.x"),
    ] {
        assert_eq!(family(tag), expected, "{tag}");
    }
}

#[test]
fn tags_without_a_version_are_recognised() {
    for tag in [
        "latest",
        "dev",
        "cron",
        "main-abc1234",
        "abc1234",
        "1234567",
        "1a2b3c4d",
        "12345678901234567890123456789012345678901",
        "sha-0123456",
        "pr-123",
        "feature-2",
        "feature-12-login",
        "3d-model",
        "x86_64",
        "latest-x86_64",
        "rollback-backup-20250911-153000",
    ] {
        assert_eq!(versioned(tag), None, "{tag}");
    }
}

#[test]
fn versions_are_ordered_as_people_expect() {
    for ascending in [
        vec!["1.2.3-dev", "1.2.3-alpha", "1.2.3a2", "1.2.3-beta.1", "1.2.3rc1", "1.2.3"],
        vec!["1.2.3-rc.2", "1.2.3-rc.10", "1.2.3", "1.2.3-1", "1.2.3.post2", "1.2.9", "1.2.10"],
        vec!["2025.12.31", "2026.01.02", "2026.1.3"],
        vec!["v3-20250911", "v3-20250911-1530", "v3-20251001", "v10-20250101"],
        vec!["2025-12-31", "2026-01-02"],
        vec!["20251231", "20260102"],
        vec!["0.9.1", "0.9.1-4-gabc1234", "0.9.2"],
    ] {
        let versions: Vec<_> = ascending.iter().map(|tag| version(tag)).collect();
        assert!(versions.is_sorted_by(|a, b| a < b), "{ascending:?}: {versions:?}");
    }
}

#[test]
fn spellings_of_one_version_are_one_version() {
    for same in [
        vec!["1.2.3", "v1.2.3", "1.2.3-abc1234", "1.2.3-1234567"],
        vec!["1.2.3-rc.1", "1.2.3rc1", "1.2.3-RC1", "1.2.3.rc1", "1.2.3-pre.1"],
        vec!["2026.01.02", "2026.1.2"],
    ] {
        let first = versioned(same[0]).unwrap();
        for tag in same {
            let versioned = versioned(tag).unwrap();
            assert_eq!(
                (&versioned.family, &versioned.version),
                (&first.family, &first.version),
                "{tag}"
            );
        }
    }
}

#[test]
fn a_shorter_version_names_the_line_of_a_longer_one() {
    assert!(version("1.2").is_line_of(&version("1.2.3-rc.1")));
    for (line, other) in [("1.2", "1.20.3"), ("1.2.3", "1.2.3"), ("1.2-rc.1", "1.2.3")] {
        assert!(!version(line).is_line_of(&version(other)), "{line} {other}");
    }
}

#[test]
fn only_the_exact_form_is_a_rollback_backup() {
    let is_rollback_backup = |text: &str| text.parse::<ImageTag>().unwrap().is_rollback_backup();
    assert!(is_rollback_backup("rollback-backup-20250911-153000"));
    for text in ["rollback-backup-2025091-1530000", "rollback-backup", "my-rollback-backup-1"] {
        assert!(!is_rollback_backup(text), "{text}");
    }
}

proptest! {
    #[test]
    fn no_tag_makes_the_reader_panic(text in "[A-Za-z0-9_][A-Za-z0-9._-]{0,40}") {
        let _ = VersionedTag::from_tag(&text.parse().unwrap());
    }

    #[test]
    fn numbers_decide_the_order(a in [0u64..4, 0..4, 0..12], b in [0u64..4, 0..4, 0..12]) {
        let [first, second] = [a, b].map(|n| version(&format!("cron-{}.{}.{}", n[0], n[1], n[2])));
        prop_assert_eq!(first.cmp(&second), a.cmp(&b));
    }
}
