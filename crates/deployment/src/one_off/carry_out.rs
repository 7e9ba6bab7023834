use std::{
    pin::{Pin, pin},
    time::Duration,
};

use jiff::Timestamp;
use report::{Event, OutputStream};
use tokio::time::{Instant, timeout};

use super::{
    planned::PlannedCommand,
    record::{CommandEnding, CommandOutcome, CommandRecord},
    report::CommandReport,
};
use crate::{
    DeploymentError,
    history::{History, record_command, record_command_ending},
    session::Session,
    target::TargetError,
};

/// How long the container of an interrupted command may take to come and to go, apart
/// from its own grace period.
const STOP_ATTEMPTS: u32 = 20;
const STOP_PAUSE: Duration = Duration::from_millis(250);

/// Runs the command, and records its beginning and its end.
pub(super) async fn carry_out(
    session: &Session<'_>,
    history: &History,
    planned: PlannedCommand,
    command: &[String],
    interrupt: impl Future<Output = ()>,
) -> Result<CommandReport, DeploymentError> {
    let record = new_record(session, history, &planned);
    record_command(session.target, &record).await?;
    let started = Instant::now();
    let ended = run_to_end(session, &planned, command, interrupt).await;
    let outcome = match &ended {
        Ok(outcome) => outcome.clone(),
        Err(_) => CommandOutcome::Failed,
    };
    let ending = CommandEnding::now(outcome.clone());
    let recorded = record_command_ending(session.target, &record.id, &ending).await;
    ended?;
    recorded?;
    let seconds = started.elapsed().as_secs_f64();
    let report = CommandReport { id: record.id, command: planned, outcome, seconds };
    match report.outcome {
        CommandOutcome::Exited { code: 0 } => Ok(report),
        CommandOutcome::Interrupted => Err(DeploymentError::CommandInterrupted(Box::new(report))),
        _ => Err(DeploymentError::CommandFailed(Box::new(report))),
    }
}

fn new_record(session: &Session<'_>, history: &History, planned: &PlannedCommand) -> CommandRecord {
    let started = Timestamp::now();
    let PlannedCommand { service, image, image_name, program, arguments } = planned.clone();
    CommandRecord {
        id: history.new_command_id(started),
        performer: session.performer().to_owned(),
        started,
        service,
        image,
        image_name,
        program,
        arguments,
        ending: None,
    }
}

async fn run_to_end(
    session: &Session<'_>,
    planned: &PlannedCommand,
    command: &[String],
    interrupt: impl Future<Output = ()>,
) -> Result<CommandOutcome, TargetError> {
    let (target, reporter) = (session.target, &session.environment.reporter);
    let PlannedCommand { service, image, .. } = planned;
    let on_line = |stream: OutputStream, line: &str| {
        let (service, line) = (service.clone(), line.to_owned());
        reporter.emit(&Event::Output { service, container: None, stream, line });
    };
    {
        let mut run = pin!(target.run_one_off(service, image, command, &on_line));
        tokio::select! {
            code = &mut run => return code.map(|code| CommandOutcome::Exited { code }),
            () = interrupt => {}
        }
        reporter.warn("interrupted: stopping the container of the command");
        stop(session, run).await?;
    }
    target.end_run().await?;
    Ok(CommandOutcome::Interrupted)
}

/// Stops the container, which may not have been created yet. What it prints meanwhile is
/// shown.
async fn stop(
    session: &Session<'_>,
    mut run: Pin<&mut impl Future<Output = Result<i64, TargetError>>>,
) -> Result<(), TargetError> {
    for _ in 0..STOP_ATTEMPTS {
        tokio::select! {
            _ = &mut run => return Ok(()),
            stopped = session.target.stop_run() => stopped?,
        }
        if timeout(STOP_PAUSE, &mut run).await.is_ok() {
            break;
        }
    }
    Ok(())
}
