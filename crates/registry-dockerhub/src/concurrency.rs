//! Many requests at once, within a bound.
//!
//! The futures come as a list and not as an iterator: one that were made on the
//! way would keep callers from moving the operation to another thread.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// All results in the order of the futures. A slow one does not hold up the others.
pub(crate) async fn all<T>(limit: usize, futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let numbered = numbered(futures).into_iter();
    let mut done: Vec<(usize, T)> =
        stream::iter(numbered).buffer_unordered(limit.max(1)).collect().await;
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

/// All results in the order of the futures, or the first error met; the rest
/// is then given up.
pub(crate) async fn try_all<T, E>(
    limit: usize,
    futures: Vec<impl Future<Output = Result<T, E>>>,
) -> Result<Vec<T>, E> {
    let numbered = numbered(futures).into_iter();
    let running = stream::iter(numbered).buffer_unordered(limit.max(1));
    let fallible = running.map(|(number, result)| result.map(|value| (number, value)));
    let mut done: Vec<(usize, T)> = fallible.try_collect().await?;
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, value)| value).collect())
}

fn numbered<F: Future>(futures: Vec<F>) -> Vec<impl Future<Output = (usize, F::Output)>> {
    let number = |(number, future): (usize, F)| async move { (number, future.await) };
    futures.into_iter().enumerate().map(number).collect()
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    #[tokio::test]
    async fn results_keep_their_order_and_the_bound_holds() {
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = (0..20_u64).map(|number| {
            let (running, most) = (&running, &most);
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5 - number % 5)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                number
            }
        });
        assert_eq!(all(3, work.collect()).await, (0..20).collect::<Vec<_>>());
        assert_eq!(most.into_inner(), 3);
    }

    #[tokio::test]
    async fn the_first_error_ends_the_work() {
        let work =
            (0..9).map(|number| async move { if number == 4 { Err(number) } else { Ok(()) } });
        assert_eq!(try_all(2, work.collect()).await, Err(4));
    }
}
