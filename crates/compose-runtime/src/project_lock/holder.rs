use std::fmt;

use jiff::Timestamp;
use journal::Holder;
use serde::{Deserialize, Serialize};

use super::Machine;

/// Who holds a target's lock, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockHolder {
    /// What for: `deploy 1.2.0`, or the message of a freeze.
    pub reason: String,
    /// Who.
    pub user: String,
    /// On which machine, for people.
    pub host: String,
    /// That machine, for programs.
    #[serde(default)]
    pub machine: Machine,
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

    /// Whether it was held by a process of this machine that is gone: a deployment that was
    /// killed. Machines of the same host name are told apart.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let machine = Machine::current();
        self.process.is_some_and(|process| machine.knows_gone(process, &self.machine))
    }
}

impl From<Holder> for LockHolder {
    fn from(holder: Holder) -> Self {
        let Holder { operation, user, host, process, since } = holder;
        let (process, machine) = (Some(process), Machine::current());
        Self { reason: operation, user, host, machine, process, since }
    }
}

impl fmt::Display for LockHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, user, host, process, since, .. } = self;
        write!(f, "`{reason}` by {user} on {host}")?;
        process.iter().try_for_each(|process| write!(f, " (process {process})"))?;
        write!(f, " since {since:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(process: Option<u32>) -> LockHolder {
        LockHolder {
            reason: "deploy".to_owned(),
            user: "ada".to_owned(),
            host: "a".to_owned(),
            machine: Machine::current(),
            process,
            since: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_holder_is_shown_with_its_process_and_without_nanoseconds() {
        let since = "2026-11-30T05:00:00.123456789Z".parse().unwrap();
        let shown = |process| LockHolder { since, ..holder(process) }.to_string();
        let rest = "since 2026-11-30T05:00:00Z";
        assert_eq!(shown(Some(7)), format!("`deploy` by ada on a (process 7) {rest}"));
        assert_eq!(shown(None), format!("`deploy` by ada on a {rest}"));
    }

    #[test]
    fn only_the_lock_of_a_dead_process_of_this_machine_is_stale() {
        assert!(holder(Some(u32::MAX)).is_stale());
        assert!(!holder(Some(std::process::id())).is_stale());
        assert!(!holder(None).is_stale(), "a freeze is ended by a person");
        let elsewhere = LockHolder { machine: Machine::default(), ..holder(Some(u32::MAX)) };
        assert!(!elsewhere.is_stale(), "the same host name is not the same machine");
    }
}
