//! The clock of the embedded servers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::sync::lock;

/// A clock that tests can stop and advance.
///
/// Clones show the same time. All rules that depend on time read it: PyPI accepts no new files for
/// releases older than 14 days, minted tokens expire, pages lag behind, rate limits reset.
#[derive(Debug, Clone)]
pub struct Clock {
    stopped_at: Option<SystemTime>,
    advanced: Arc<Mutex<Duration>>,
}

impl Clock {
    /// The system time.
    #[must_use]
    pub fn system() -> Self {
        Self { stopped_at: None, advanced: Arc::default() }
    }

    /// A clock that stays at `time` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn stopped_at(time: SystemTime) -> Self {
        Self { stopped_at: Some(time), advanced: Arc::default() }
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, by: Duration) {
        *lock(&self.advanced) += by;
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.stopped_at.unwrap_or_else(SystemTime::now) + *lock(&self.advanced)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_only_when_advanced() {
        let clock = Clock::stopped_at(SystemTime::UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(Duration::from_secs(5));
        assert_eq!(clone.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(5));
    }
}
