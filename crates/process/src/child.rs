use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// A running child that leads its own process group. Dropping it kills the
/// group, so a dropped future leaves no grandchild behind.
pub(crate) struct GroupedChild {
    pub(crate) child: Child,
    group: Option<Pid>,
}

impl GroupedChild {
    pub(crate) fn new(child: Child) -> Self {
        let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        Self { child, group }
    }

    /// To be called when the child was reaped: its number may be another's soon.
    pub(crate) fn disarm(&mut self) {
        self.group = None;
    }
}

impl Drop for GroupedChild {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // The group may be gone already; then there is nothing to kill.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
