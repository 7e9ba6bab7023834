use std::{fmt, path::Path};

use jiff::Timestamp;
use journal::Holder;
use serde::{Deserialize, Serialize};

/// Who holds a target's lock, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// What for: `deploy 1.2.0`, or the message of a freeze.
    pub reason: String,
    /// Who.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// The process that works; `None` for a freeze, which a person ends.
    pub process: Option<u32>,
    /// Since when.
    pub since: Timestamp,
}

impl LockHolder {
    /// Whether a person holds it until it is released by hand.
    #[must_use]
    pub fn is_freeze(&self) -> bool {
        self.process.is_none()
    }

    /// Whether it was held by a process of this machine that is gone: a deployment
    /// that was killed.
    #[must_use]
    pub fn is_stale_on(&self, host: &str) -> bool {
        let is_gone = |process: u32| !Path::new("/proc").join(process.to_string()).exists();
        self.host == host && self.process.is_some_and(is_gone)
    }

    /// As [`LockHolder::is_stale_on`], for the machine that this program runs on.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname");
        host.is_ok_and(|host| self.is_stale_on(host.trim()))
    }
}

impl From<Holder> for LockHolder {
    fn from(holder: Holder) -> Self {
        let Holder { operation, user, host, process, since } = holder;
        Self { reason: operation, user, host, process: Some(process), since }
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, user, host, process, since } = self;
        write!(f, "`{reason}` by {user} on {host}")?;
        process.iter().try_for_each(|process| write!(f, " (process {process})"))?;
        write!(f, " since {since:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(host: &str, process: Option<u32>) -> LockHolder {
        LockHolder {
            reason: "deploy".to_owned(),
            user: "ada".to_owned(),
            host: host.to_owned(),
            process,
            since: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_holder_is_shown_with_its_process_and_without_nanoseconds() {
        let since = "2026-11-30T05:00:00.123456789Z".parse().unwrap();
        let shown = |process| LockHolder { since, ..holder("a", process) }.to_string();
        let rest = "since 2026-11-30T05:00:00Z";
        assert_eq!(shown(Some(7)), format!("`deploy` by ada on a (process 7) {rest}"));
        assert_eq!(shown(None), format!("`deploy` by ada on a {rest}"));
    }

    #[test]
    fn only_the_lock_of_a_dead_process_of_this_machine_is_stale() {
        let (alive, dead) = (std::process::id(), u32::MAX);
        assert!(holder("a", Some(dead)).is_stale_on("a"));
        assert!(!holder("a", Some(alive)).is_stale_on("a"));
        assert!(!holder("b", Some(dead)).is_stale_on("a"));
        assert!(!holder("a", None).is_stale_on("a"), "a freeze is ended by a person");
    }
}
