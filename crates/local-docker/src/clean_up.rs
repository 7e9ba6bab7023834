use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::oneshot};

/// Work that must be done in the end: by [`CleanUp::now`], or in the
/// background when its owner is dropped before, as after Ctrl-C.
pub(crate) struct CleanUp {
    /// Never locked: the mutex makes a reference to this safe to share.
    work: Mutex<Option<BoxFuture<'static, ()>>>,
}

/// Makes something in the engine that must be undone in the end. What makes it
/// runs to its end even when this future is dropped, and only then is undone:
/// a request that was sent may still be carried out.
pub(crate) async fn make<T: Send + 'static>(
    making: impl Future<Output = T> + Send + 'static,
    undoing: impl Future<Output = ()> + Send + 'static,
) -> (Option<T>, CleanUp) {
    let (done, made) = oneshot::channel::<()>();
    let clean_up = CleanUp::new(async {
        // The sender is dropped when it is made, or never will be.
        let _ = made.await;
        undoing.await;
    });
    let making = tokio::spawn(async move {
        let made = making.await;
        drop(done);
        made
    });
    (making.await.ok(), clean_up)
}

impl CleanUp {
    pub(crate) fn new(work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { work: Mutex::new(Some(Box::pin(work))) }
    }

    pub(crate) async fn now(mut self) {
        if let Some(work) = self.work_mut() {
            work.await;
        }
        self.keep();
    }

    /// What was made shall stay.
    pub(crate) fn keep(mut self) {
        *self.work_mut() = None;
    }

    fn work_mut(&mut self) -> &mut Option<BoxFuture<'static, ()>> {
        self.work.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CleanUp {
    fn drop(&mut self) {
        // Outside of a runtime there is nobody left to do it.
        if let (Some(work), Ok(runtime)) = (self.work_mut().take(), Handle::try_current()) {
            runtime.spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn dropped_work_is_done_in_the_background() {
        let (sender, receiver) = oneshot::channel();
        drop(CleanUp::new(async { sender.send(()).unwrap() }));
        receiver.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_made_late_is_undone_later() {
        let (begun, mut events) = tokio::sync::mpsc::unbounded_channel();
        let undone = begun.clone();
        let making = async move {
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            begun.send("made").unwrap();
        };
        let made = make(making, async move { undone.send("undone").unwrap() });
        drop(tokio::time::timeout(std::time::Duration::from_millis(1), made).await);
        assert_eq!(events.recv().await, Some("made"));
        assert_eq!(events.recv().await, Some("undone"));
    }

    #[tokio::test]
    async fn finished_work_is_not_done_again() {
        let (sender, receiver) = oneshot::channel();
        CleanUp::new(async { sender.send(()).unwrap() }).now().await;
        receiver.await.unwrap();
    }
}
