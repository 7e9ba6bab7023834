use async_trait::async_trait;

use super::LockHolder;

/// The result of taking a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockOutcome {
    /// It is held now.
    Taken,
    /// Somebody else holds it.
    Held(LockHolder),
}

/// Where a lock is kept that only one holder can have.
#[async_trait(?Send)]
pub trait LockPlace {
    /// Why it cannot be reached.
    type Error;

    /// Takes the lock unless somebody else holds it.
    ///
    /// # Errors
    /// When the place does not answer; the lock may be taken nevertheless.
    async fn take(&self, holder: &LockHolder) -> Result<LockOutcome, Self::Error>;

    /// Who holds the lock.
    ///
    /// # Errors
    /// When the place does not answer.
    async fn holder(&self) -> Result<Option<LockHolder>, Self::Error>;

    /// Releases the lock if this is who holds it.
    ///
    /// # Errors
    /// When the place does not answer.
    async fn release_of(&self, holder: &LockHolder) -> Result<(), Self::Error>;
}

/// Takes a lock, also that of a process of this machine that is gone.
///
/// # Errors
/// Those of the place.
pub async fn take_or_take_over<P: LockPlace>(
    place: &P,
    holder: &LockHolder,
) -> Result<LockOutcome, P::Error> {
    match take(place, holder).await? {
        // Two programs may find it: only that very lock is released.
        LockOutcome::Held(other) if other.is_stale() => place.release_of(&other).await?,
        outcome => return Ok(outcome),
    }
    take(place, holder).await
}

/// When the answer is lost, the place is asked who holds the lock: nobody else would ever release
/// it.
async fn take<P: LockPlace>(place: &P, holder: &LockHolder) -> Result<LockOutcome, P::Error> {
    let error = match place.take(holder).await {
        Err(error) => error,
        outcome => return outcome,
    };
    match place.holder().await {
        Ok(Some(other)) if other == *holder => Ok(LockOutcome::Taken),
        _ => Err(error),
    }
}
