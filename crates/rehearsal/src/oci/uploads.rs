//! Upload sessions that are open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::content::Draft;

/// One blob on its way; the draft is gone once it has become a blob.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) repository: String,
    /// Locked across reads of a body, so that chunks cannot mix.
    pub(super) draft: tokio::sync::Mutex<Option<Draft>>,
}

/// The open sessions by name.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Arc<Session>>>);

impl Uploads {
    pub(super) fn open(&self, repository: &str, draft: Draft) -> Arc<Session> {
        let session = Arc::new(Session {
            id: fresh_id(),
            repository: repository.to_owned(),
            draft: tokio::sync::Mutex::new(Some(draft)),
        });
        self.lock().insert(session.id.clone(), session.clone());
        session
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.lock().get(id).cloned()
    }

    pub(super) fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random name in the shape of a UUID, which Docker's own registry uses.
fn fresh_id() -> String {
    let digits = format!("{:032x}", fastrand::u128(..));
    let part = |range: std::ops::Range<usize>| &digits[range];
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}
