//! What containers print.

use futures_util::StreamExt as _;
use local_docker::LogStream;
use report::OutputStream;

use super::{connect::ComposeTarget, engine_error::engine_error, instances::container_id};
use crate::{
    plan::Instance,
    secret_mask::SecretMask,
    target::{LogLine, LogLines, LogRequest, TargetError},
};

/// The log of a container, without the secrets of its own variables.
pub(super) async fn read_log<'a>(
    target: &'a ComposeTarget,
    instance: &Instance,
    request: LogRequest,
) -> Result<LogLines<'a>, TargetError> {
    let id = container_id(instance)?;
    let mask = secret_mask(target, instance).await?;
    let LogRequest { tail, since, follow } = request;
    let request = local_docker::LogRequest { tail, since, follow };
    let action = format!("read the log of {}", instance.name);
    let lines = target.engine.logs().lines(&id, request).map(move |line| {
        let line = line.map_err(engine_error(&action))?;
        let stream = match line.stream {
            LogStream::Stdout => OutputStream::Stdout,
            LogStream::Stderr => OutputStream::Stderr,
        };
        Ok(LogLine { at: line.at, stream, text: mask.mask(&line.text) })
    });
    Ok(lines.boxed_local())
}

/// Hides what is secret among the variables of a container.
pub(super) async fn secret_mask(
    target: &ComposeTarget,
    instance: &Instance,
) -> Result<SecretMask, TargetError> {
    let values = target.engine.logs().secret_values(&container_id(instance)?).await;
    Ok(SecretMask::new(values.map_err(engine_error("inspect a container"))?))
}
