//! Commands in containers of their own, as `docker compose run` makes them: with the
//! service's environment, networks and volumes, and without its ports.

use std::time::Duration;

use compose::ComposeProject;
use compose_runtime::run_compose;
use image_ref::ImageId;
use local_docker::{ContainerDetails, ContainerRemoveOptions};
use process::Line;
use report::OutputStream;
use serde_json::json;
use tempfile::TempDir;

use super::{
    connect::ComposeTarget,
    engine_error::engine_error,
    instances::{instance_of, instances_of},
    logs::secret_mask,
};
use crate::{
    plan::{Instance, ServiceChange},
    secret_mask::SecretMask,
    target::{CommandOutput, OnOutput, TargetError},
};

/// The label of these containers; its value is the Compose project.
const RUN: &str = "org.tidegate.run";
/// Tells a program that it is tried out.
const TRIAL_VARIABLE: &str = "TIDEGATE_TRIAL=1";
/// Bytes of the output that are kept to explain a failure of Compose.
const KEPT_OUTPUT: usize = 1 << 16;

/// The project as if the service had this image by its identifier. Its own reference does
/// not stand for that: the old version serves, or somebody has moved the tag since.
struct PinnedProject {
    project: ComposeProject,
    _folder: TempDir,
}

impl PinnedProject {
    fn new(target: &ComposeTarget, service: &str, image: &ImageId) -> Result<Self, TargetError> {
        let folder = tempfile::tempdir().map_err(TargetError::unavailable("make a folder"))?;
        let file = folder.path().join("image.json");
        // Not every version of Compose has a flag for the latter two.
        let pinned = json!({
            "image": image.to_string(),
            "pull_policy": "never",
            "labels": { RUN: &target.project.name },
        });
        let pinned = json!({ "services": { service: pinned } });
        std::fs::write(&file, pinned.to_string())
            .map_err(TargetError::unavailable("write a file"))?;
        let mut project = target.project.clone();
        project.files.push(file);
        Ok(Self { project, _folder: folder })
    }
}

/// Runs a command in the place of the service's own and of the image's entry point.
pub(super) async fn run_command(
    target: &ComposeTarget,
    change: &ServiceChange,
    image: &ImageId,
    command: &[String],
    deadline: Duration,
) -> Result<CommandOutput, TargetError> {
    let pinned = PinnedProject::new(target, &change.service, image)?;
    end_command(target).await?;
    let name = container_name(target);
    let action = format!("run a command in the image of {}", change.service);
    let run = target.compose.command_for(&pinned.project);
    let run = run.args(["run", "--rm", "--no-deps", "--no-TTY", "--name", &name]);
    let run = run.args(["--entrypoint", command.first().map_or("", String::as_str)]);
    let run = run.arg(&change.service).args(command.iter().skip(1)).summary(&action);
    let ended = tokio::time::timeout(deadline, run.outcome()).await;
    let Ok(ended) = ended else {
        end_command(target).await?;
        return Ok(CommandOutput { code: None, text: String::new() });
    };
    let output = ended.map_err(TargetError::unavailable(action))?;
    let text = output.stdout_text() + &output.stderr_text();
    Ok(CommandOutput { code: Some(i64::from(output.code.unwrap_or(-1))), text })
}

/// Runs a command in the place of the service's own; its exit code, which the engine
/// reports: Compose has codes of its own.
pub(super) async fn run_one_off(
    target: &ComposeTarget,
    service: &str,
    image: &ImageId,
    command: &[String],
    on_line: &OnOutput<'_>,
) -> Result<i64, TargetError> {
    let pinned = PinnedProject::new(target, service, image)?;
    let mask = mask_of_service(target, service).await?;
    end_command(target).await?;
    let action = format!("run a command in the image of {service}");
    let run = target.compose.command_for(&pinned.project);
    let run = run.args(["run", "--no-deps", "--no-TTY", "--name", &container_name(target)]);
    let run = run.arg(service).args(command).summary(&action).limit(KEPT_OUTPUT);
    let ended = run.stream_outcome(|line| match line {
        Line::Stdout(text) => on_line(OutputStream::Stdout, &mask.mask(text)),
        Line::Stderr(text) => on_line(OutputStream::Stderr, &mask.mask(text)),
    });
    let output = ended.await.map_err(TargetError::unavailable(&action))?;
    let details = containers_of_commands(target).await?.pop();
    end_command(target).await?;
    match details {
        Some(details) if details.state.is_running() => {
            let problem = "docker compose ended before the command did".to_owned();
            Err(TargetError::Changed { problem })
        }
        Some(ContainerDetails { exit_code: Some(code), .. }) => Ok(code),
        _ => Err(TargetError::unavailable(action)(mask.mask(&output.tail()))),
    }
}

/// Hides what is secret among the variables of a container of the service, which the
/// container of a command has as well.
async fn mask_of_service(target: &ComposeTarget, service: &str) -> Result<SecretMask, TargetError> {
    match instances_of(target, service).await?.last() {
        Some(instance) => secret_mask(target, instance).await,
        None => Ok(SecretMask::default()),
    }
}

/// Starts the service with its own command in a container of its own, which has neither
/// its ports nor its names in the networks.
pub(super) async fn start_trial(
    target: &ComposeTarget,
    change: &ServiceChange,
    image: &ImageId,
) -> Result<Instance, TargetError> {
    let pinned = PinnedProject::new(target, &change.service, image)?;
    end_command(target).await?;
    let name = container_name(target);
    let action = format!("start the new version of {} for a trial", change.service);
    let run = target.compose.command_for(&pinned.project);
    let run = run.args(["run", "--detach", "--no-deps", "--no-TTY", "--name", &name]);
    let run = run.args(["--env", TRIAL_VARIABLE]).arg(&change.service).summary(&action);
    run_compose(&run, |_| ()).await.map_err(TargetError::unavailable(action))?;
    let details = containers_of_commands(target).await?.pop();
    details.as_ref().map(instance_of).ok_or_else(|| {
        let problem = format!("the container {name} was removed by somebody else");
        TargetError::Changed { problem }
    })
}

/// One command runs at a time, so that whoever finishes a deployment finds it.
fn container_name(target: &ComposeTarget) -> String {
    format!("tidegate-run-{}", target.project.name)
}

async fn containers_of_commands(
    target: &ComposeTarget,
) -> Result<Vec<ContainerDetails>, TargetError> {
    let containers = target.engine.containers();
    let filter = format!("{RUN}={}", target.project.name);
    let listed = containers.list(Some(&filter)).await;
    let listed = listed.map_err(engine_error("list the containers of commands"))?;
    let details = containers.inspect_all(listed.iter().map(|container| &container.id)).await;
    details.map_err(engine_error("inspect the container of a command"))
}

/// Stops the container of a command, within its own grace period.
pub(super) async fn stop_command(target: &ComposeTarget) -> Result<(), TargetError> {
    for details in containers_of_commands(target).await? {
        let stopped = target.engine.containers().stop(&details.id, None).await;
        stopped.map_err(engine_error("stop the container of a command"))?;
    }
    Ok(())
}

/// Removes the container of a command or a trial, running or not, with its volumes without a name.
pub(super) async fn end_command(target: &ComposeTarget) -> Result<(), TargetError> {
    let options = ContainerRemoveOptions { force: true, volumes: true };
    for details in containers_of_commands(target).await? {
        let removed = target.engine.containers().remove(&details.id, options).await;
        removed.map_err(engine_error("remove the container of a command"))?;
    }
    // Earlier versions made it without the label.
    let removed = target.engine.locks().release(&container_name(target)).await;
    removed.map(drop).map_err(engine_error("remove the container of a command"))
}
