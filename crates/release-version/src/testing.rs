use proptest::prelude::*;

use crate::{ReleaseVersion, Stage, numbers::Numbers};

fn any_stage() -> impl Strategy<Value = Stage> {
    prop_oneof![
        (0u64..4).prop_map(Stage::Alpha),
        (0u64..4).prop_map(Stage::Beta),
        (0u64..4).prop_map(Stage::Candidate),
        Just(Stage::Final),
    ]
}

/// A version that SemVer has too.
pub(crate) fn semver_version() -> impl Strategy<Value = ReleaseVersion> {
    (0u64..4, 0u64..4, 0u64..4, any_stage()).prop_map(|(major, minor, patch, stage)| {
        ReleaseVersion { stage, ..ReleaseVersion::new(major, minor, patch) }
    })
}

/// A version of any shape that can be released.
pub(crate) fn any_version() -> impl Strategy<Value = ReleaseVersion> {
    let numbers =
        prop_oneof!["[0-3](\\.[0-3]){0,5}", "20(19|20)\\.0[1-4](\\.[0-3])?", "2[4-6]\\.0?[1-4]",];
    let number = || proptest::option::of(0u64..3);
    (0u64..2, numbers, any_stage(), number(), number()).prop_map(
        |(epoch, numbers, stage, post, dev)| ReleaseVersion {
            epoch,
            numbers: Numbers::from_prefix(&numbers).unwrap(),
            stage,
            post,
            dev,
            local: false,
        },
    )
}
