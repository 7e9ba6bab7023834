use crate::{Finding, Observed, ObservedDisk};

/// A virtual environment with pip and a build backend, and the package's files.
const SMALLEST: u64 = 100 << 20;
/// Less than this is soon used up by anything.
const COMFORTABLE: u64 = 1 << 30;

/// File systems on which a release is likely to fail half-way.
pub(super) fn findings(observed: &Observed) -> Vec<Finding> {
    observed.setup.disks.iter().filter_map(finding).collect()
}

fn finding(disk: &ObservedDisk) -> Option<Finding> {
    let needed = disk.expected.max(SMALLEST);
    if disk.free >= needed.max(COMFORTABLE) {
        return None;
    }
    let uses = disk.uses.join(" and ");
    let problem = if disk.expected > SMALLEST {
        format!(
            "{} are free for {uses}; twice the size of the images so far is {}",
            bytes(disk.free),
            bytes(disk.expected)
        )
    } else {
        format!("{} are free for {uses}", bytes(disk.free))
    };
    let advice = "make room (`clean-local-images`, `docker builder prune`), or use another folder \
                  (--state-dir, TMPDIR)";
    Some(if disk.free < needed {
        Finding::precondition("disk", problem, advice)
    } else {
        Finding::warning("disk", problem, advice)
    })
}

fn bytes(count: u64) -> String {
    const MEBIBYTE: u64 = 1 << 20;
    match count / MEBIBYTE {
        mebibytes @ 0..1024 => format!("{mebibytes} MiB"),
        mebibytes => format!("{}.{} GiB", mebibytes / 1024, mebibytes % 1024 * 10 / 1024),
    }
}
