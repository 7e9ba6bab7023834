//! Builds with the Docker plugin buildx.

mod arguments;
mod inspection;
mod layout_result;
mod progress;

use std::{
    ffi::OsString,
    sync::{Mutex, PoisonError},
};

use image_ref::Platform;
use process::{Line, ProcessError};

pub(super) use arguments::{Output, arguments};
pub(super) use inspection::{parse_inspection, parse_version};
pub(super) use layout_result::read_result;

use self::progress::Progress;
use super::{BuildEvents, Buildx, failure, tools::command};
use crate::{EngineError, client::Connection};

/// Runs one `build` to its end, telling what it prints.
pub(super) async fn run(
    buildx: &Buildx,
    connection: &Connection,
    arguments: Vec<OsString>,
    platforms: &[Platform],
    events: BuildEvents<'_>,
) -> Result<(), EngineError> {
    let progress = Mutex::new(Progress::default());
    let on_line = |line: Line<'_>| {
        let (Line::Stdout(line) | Line::Stderr(line)) = line;
        let event = progress.lock().unwrap_or_else(PoisonError::into_inner).read(line);
        event.into_iter().for_each(events);
    };
    let ran = command(&buildx.argv, connection.endpoint()).args(arguments).stream(on_line).await;
    let progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    match ran {
        Ok(_) => Ok(()),
        Err(ProcessError::Failed { code: Some(_), .. }) => {
            Err(explain(connection, &progress, platforms).await)
        }
        Err(error) => Err(error.into()),
    }
}

/// Its words for an engine that went away differ from time to time; asking the
/// engine does not.
async fn explain(
    connection: &Connection,
    progress: &Progress,
    platforms: &[Platform],
) -> EngineError {
    if connection.ping().await.is_err() {
        let source = progress.reason().into();
        return EngineError::EngineGone { doing: "build an image".to_owned(), source };
    }
    failure::meaning(progress.reason(), &progress.tail(), platforms)
}
