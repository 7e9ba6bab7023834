//! The time as the embedded servers see it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A clock that tests can stop and move.
///
/// Clones show the same time. PyPI's rules that depend on time (no new files for releases older
/// than 14 days, expiry of minted tokens, propagation delays) read it.
#[derive(Debug, Clone)]
pub struct Clock {
    stopped_at: Option<SystemTime>,
    moved: Arc<Mutex<Duration>>,
}

impl Clock {
    /// The time of the system.
    #[must_use]
    pub fn system() -> Self {
        Self { stopped_at: None, moved: Arc::default() }
    }

    /// A clock that stands still at `time` until it is moved with [`Clock::advance`].
    #[must_use]
    pub fn stopped_at(time: SystemTime) -> Self {
        Self { stopped_at: Some(time), moved: Arc::default() }
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, by: Duration) {
        *self.moved.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let moved = *self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        self.stopped_at.unwrap_or_else(SystemTime::now) + moved
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
    fn a_stopped_clock_moves_only_when_told() {
        let clock = Clock::stopped_at(SystemTime::UNIX_EPOCH);
        let same = clock.clone();
        clock.advance(Duration::from_secs(5));
        assert_eq!(same.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(5));
    }
}
