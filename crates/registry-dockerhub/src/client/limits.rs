use std::time::Duration;

/// Bounds of what the client does at once and how long it tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Small requests under way at once (default 64).
    pub requests: usize,
    /// Blobs transferred at once (default 4).
    pub transfers: usize,
    /// Blobs longer than this are sent in chunks of this many bytes (default 32 MiB).
    pub chunk: u64,
    /// How long the head of an answer may take (default 60 s), and more for
    /// requests with a long body (100 KiB/s).
    pub patience: Duration,
    /// Attempts for what broke half-way, the first included (default 4).
    pub attempts: u32,
    /// Wait before the second attempt (default 300 ms); doubled for each further one.
    pub first_wait: Duration,
}

impl Limits {
    /// How long a request that moves so many bytes may take.
    pub(super) fn patience_for(&self, bytes: u64) -> Duration {
        self.patience + Duration::from_secs(bytes / (100 << 10))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 64,
            transfers: 4,
            chunk: 32 << 20,
            patience: Duration::from_secs(60),
            attempts: 4,
            first_wait: Duration::from_millis(300),
        }
    }
}
