use std::fs;

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use serde::{Deserialize, Serialize};

/// Tells a machine from others, also from those of the same host name, and the processes that a
/// number can be of. What the system does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Machine {
    /// Its host name.
    pub host: Option<String>,
    /// The installation: `/etc/machine-id`, see machine-id(5).
    pub id: Option<String>,
    /// Since its last start: `/proc/sys/kernel/random/boot_id`, see random(4).
    pub boot: Option<String>,
    /// Whose processes are visible, as containers have their own: pid_namespaces(7).
    pub processes: Option<String>,
}

impl Machine {
    /// That of this process.
    #[must_use]
    pub fn current() -> Self {
        let read = |path: &str| {
            let text = fs::read_to_string(path).ok()?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let namespace = fs::read_link("/proc/self/ns/pid").ok();
        Self {
            host: read("/proc/sys/kernel/hostname"),
            id: read("/etc/machine-id"),
            boot: read("/proc/sys/kernel/random/boot_id"),
            processes: namespace.map(|path| path.display().to_string()),
        }
    }

    /// Whether a process of `other` is certainly gone, when this is the machine that looks.
    pub(super) fn knows_gone(&self, process: u32, other: &Self) -> bool {
        let is_same = |own: &Option<String>, other: &Option<String>| own.is_some() && own == other;
        if self.boot.is_some() && other.boot.is_some() && self.boot != other.boot {
            // It was started again, unless it is another machine: copies of one may have the same
            // identifier.
            return is_same(&self.id, &other.id) && is_same(&self.host, &other.host);
        }
        is_same(&self.boot, &other.boot)
            && is_same(&self.processes, &other.processes)
            && is_gone(process)
    }
}

/// Somebody else's process refuses signals and is there; what is no number of a process, is not.
fn is_gone(process: u32) -> bool {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw);
    id.is_none_or(|id| test_kill_process(id) == Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(id: &str, boot: &str, processes: &str) -> Machine {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let host = Some("a".to_owned());
        Machine { host, id: text(id), boot: text(boot), processes: text(processes) }
    }

    #[test]
    fn a_process_is_gone_only_where_this_machine_would_see_it() {
        let (alive, dead) = (std::process::id(), u32::MAX);
        let own = machine("m", "1", "p");
        for (process, other, expected) in [
            (dead, machine("m", "1", "p"), true),
            (alive, machine("m", "1", "p"), false),
            // In a container of this machine, or on one of the same name.
            (dead, machine("m", "1", "q"), false),
            (dead, machine("n", "2", "p"), false),
            // Before a power cut: whatever process has that number now.
            (alive, machine("m", "0", "p"), true),
            // Nothing tells whose process it was.
            (dead, machine("", "2", "p"), false),
            (dead, machine("", "", ""), false),
        ] {
            assert_eq!(own.knows_gone(process, &other), expected, "{other:?}");
        }
        assert!(!machine("", "1", "p").knows_gone(dead, &machine("", "0", "p")));
        let copy = Machine { host: Some("b".to_owned()), ..machine("m", "0", "p") };
        assert!(!own.knows_gone(dead, &copy), "a copy of this machine runs elsewhere");
    }

    #[test]
    fn this_machine_says_who_it_is() {
        let current = Machine::current();
        assert!(current.boot.is_some() && current.processes.is_some(), "{current:?}");
        assert!(current.knows_gone(u32::MAX, &current));
        assert!(!current.knows_gone(1, &current), "whoever it belongs to");
    }
}
