//! Growing waits between attempts.

use std::time::Duration;

/// Waits that double, with jitter, for a limited number of attempts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    left: u32,
    next: Duration,
}

impl Backoff {
    /// `attempts` in all, the first included; `first` is the wait before the second.
    pub(crate) fn new(attempts: u32, first: Duration) -> Self {
        Self { left: attempts, next: first }
    }

    /// Waits; `false` when the attempts are used up.
    pub(crate) async fn again(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return false;
        }
        tokio::time::sleep(self.next.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
        self.next *= 2;
        true
    }
}
