use crate::OperationError;

/// Runs `work` until it ends or `interrupt` resolves. An interruption comes
/// first when both are ready; `work` is dropped then.
///
/// # Errors
/// [`OperationError::Interrupted`], or the error of `work`.
pub async fn until_interrupted<T, E: From<OperationError>>(
    interrupt: impl Future<Output = ()>,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::select! {
        biased;
        () = interrupt => Err(OperationError::Interrupted.into()),
        result = work => result,
    }
}
