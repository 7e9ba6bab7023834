use configuration::FileLine;

use crate::{Finding, Observed, ObservedUnreadableLock};

/// Lock files that cannot be read: one may hold the old version of the package, and a
/// broken file must not become part of a release.
pub(super) fn findings(observed: &Observed) -> Vec<Finding> {
    let locks = observed.package.iter().flat_map(|package| &package.unreadable_locks);
    locks.map(finding).collect()
}

fn finding(lock: &ObservedUnreadableLock) -> Finding {
    let ObservedUnreadableLock { path, line, reason } = lock;
    let place = line.map(|line| FileLine { file: path.clone(), line });
    let problem = match place {
        Some(_) => format!("the lock file cannot be read: {reason}"),
        None => format!("the lock file {} cannot be read: {reason}", path.display()),
    };
    let advice = "create it anew and commit it, or set package.lock";
    Finding::mistake("package", problem, advice).at(place.as_ref())
}
