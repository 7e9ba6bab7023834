use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::oneshot};

/// Work that must be done in the end: by [`Cleanup::finish`], or in the background
/// when its owner is dropped first, as after Ctrl-C.
pub(crate) struct Cleanup {
    /// Never locked: the mutex makes a reference to this safe to share.
    work: Mutex<Option<BoxFuture<'static, ()>>>,
}

/// Creates something in the engine that must be removed in the end. `create` runs
/// to its end even when this future is dropped, and only then is undone: a
/// request that was sent may still be carried out.
pub(crate) async fn create_with_cleanup<T: Send + 'static>(
    create: impl Future<Output = T> + Send + 'static,
    remove: impl Future<Output = ()> + Send + 'static,
) -> (Option<T>, Cleanup) {
    let (finished, wait) = oneshot::channel::<()>();
    let cleanup = Cleanup::new(async {
        // The sender is dropped when the creation succeeded or failed.
        let _ = wait.await;
        remove.await;
    });
    let creation = tokio::spawn(async move {
        let created = create.await;
        drop(finished);
        created
    });
    (creation.await.ok(), cleanup)
}

impl Cleanup {
    pub(crate) fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { work: Mutex::new(Some(Box::pin(work))) }
    }

    /// Does the work now.
    pub(crate) async fn finish(mut self) {
        if let Some(work) = self.work_mut() {
            work.await;
        }
        self.cancel();
    }

    /// Keeps what was created.
    pub(crate) fn cancel(mut self) {
        *self.work_mut() = None;
    }

    fn work_mut(&mut self) -> &mut Option<BoxFuture<'static, ()>> {
        self.work.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        // Outside of a runtime nothing can run it.
        if let (Some(work), Ok(runtime)) = (self.work_mut().take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::{
        sync::mpsc::unbounded_channel,
        time::{sleep, timeout},
    };

    use super::*;

    #[tokio::test]
    async fn dropped_work_is_done_in_the_background() {
        let (sender, receiver) = oneshot::channel();
        drop(Cleanup::new(async { sender.send(()).unwrap() }));
        receiver.await.unwrap();
    }

    #[tokio::test]
    async fn something_created_late_is_removed_later() {
        let (created, mut events) = unbounded_channel();
        let removed = created.clone();
        let create = async move {
            sleep(Duration::from_millis(30)).await;
            created.send("created").unwrap();
        };
        let creation = create_with_cleanup(create, async move { removed.send("removed").unwrap() });
        drop(timeout(Duration::from_millis(1), creation).await);
        assert_eq!(events.recv().await, Some("created"));
        assert_eq!(events.recv().await, Some("removed"));
    }

    #[tokio::test]
    async fn finished_work_is_not_done_again() {
        let (sender, receiver) = oneshot::channel();
        Cleanup::new(async { sender.send(()).unwrap() }).finish().await;
        receiver.await.unwrap();
    }
}
