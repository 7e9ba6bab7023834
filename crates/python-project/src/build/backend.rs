use std::path::Path;

use process::{Command, ProcessError};
use serde::{Deserialize, Serialize};

use crate::{
    BuildSystem, PythonError, output_line::OnLine, virtual_environment::VirtualEnvironment,
};

const SCRIPT: &str = include_str!("backend_hook.py");

/// The build backend of a source tree, in its environment.
pub(super) struct Backend<'a> {
    pub(super) environment: &'a VirtualEnvironment,
    pub(super) source: &'a Path,
    pub(super) system: &'a BuildSystem,
    pub(super) source_date_epoch: Option<u64>,
    pub(super) on_line: OnLine<'a>,
}

#[derive(Serialize)]
struct HookRequest<'a> {
    requires_hook: Option<&'a str>,
    hook: &'a str,
    source: &'a Path,
    backend: &'a str,
    backend_path: &'a [String],
    arguments: &'a [Option<&'a Path>],
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HookResponse {
    result: Option<String>,
    /// The response of the hook that was called first, unless it required nothing.
    required: Option<RequiredResponse>,
    no_backend: Option<String>,
    disk_full: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RequiredResponse {
    result: Option<Vec<String>>,
    disk_full: bool,
}

enum HookResult {
    /// The name of what the hook made.
    Made(String),
    /// It was not called: these requirements come first.
    Requires(Vec<String>),
}

impl Backend<'_> {
    /// Calls a build hook once what another hook requires is installed. PEP 517 gives
    /// every hook `config_settings` last; here they are always `None`.
    pub(super) async fn build(
        &self,
        requires_hook: &'static str,
        hook: &'static str,
        arguments: &[Option<&Path>],
    ) -> Result<String, PythonError> {
        match self.try_hook(Some(requires_hook), hook, arguments).await? {
            HookResult::Made(made) => Ok(made),
            HookResult::Requires(requirements) => {
                self.environment.install(&requirements, self.on_line).await?;
                self.call(hook, arguments).await
            }
        }
    }

    /// Calls a hook that returns the name of what it made.
    pub(super) async fn call(
        &self,
        hook: &'static str,
        arguments: &[Option<&Path>],
    ) -> Result<String, PythonError> {
        match self.try_hook(None, hook, arguments).await? {
            HookResult::Made(made) => Ok(made),
            HookResult::Requires(_) => {
                Err(PythonError::BackendFailed { hook, tail: String::new() })
            }
        }
    }

    async fn try_hook(
        &self,
        requires_hook: Option<&'static str>,
        hook: &'static str,
        arguments: &[Option<&Path>],
    ) -> Result<HookResult, PythonError> {
        let (response, tail) = self.run_script(requires_hook, hook, arguments).await?;
        let failed = |hook, disk_full| match disk_full {
            true => self.environment.disk_full(),
            false => self.environment.or_disk_full(PythonError::BackendFailed { hook, tail }),
        };
        match response.unwrap_or_default() {
            HookResponse { result: Some(made), .. } => Ok(HookResult::Made(made)),
            HookResponse {
                required: Some(RequiredResponse { result: Some(list), .. }), ..
            } => Ok(HookResult::Requires(list)),
            HookResponse { required: Some(required), .. } => {
                Err(failed(requires_hook.unwrap_or(hook), required.disk_full))
            }
            HookResponse { no_backend: Some(reason), .. } => {
                Err(PythonError::NoBackend { backend: self.system.backend.clone(), reason })
            }
            HookResponse { disk_full, .. } => Err(failed(hook, disk_full)),
        }
    }

    /// The response, if the script wrote one, and the last lines printed.
    async fn run_script(
        &self,
        requires_hook: Option<&str>,
        hook: &str,
        arguments: &[Option<&Path>],
    ) -> Result<(Option<HookResponse>, String), PythonError> {
        let file = self.environment.folder().join("response.json");
        let _ = std::fs::remove_file(&file);
        let (backend, backend_path) = (&self.system.backend, &self.system.backend_path);
        let source = self.source;
        let request = HookRequest { requires_hook, hook, source, backend, backend_path, arguments };
        let command = self.command(&request, &file);
        let (tail, failure) = match command.stream(|line| (self.on_line)(line)).await {
            Ok(output) => (output.tail(), None),
            Err(ProcessError::Failed { tail, .. }) => (tail, None),
            Err(error) => (String::new(), Some(error)),
        };
        match (std::fs::read(&file), failure) {
            (Ok(json), _) => Ok((serde_json::from_slice(&json).ok(), tail)),
            (Err(_), Some(error)) => Err(error.into()),
            (Err(_), None) => Ok((None, tail)),
        }
    }

    fn command(&self, request: &HookRequest<'_>, response: &Path) -> Command {
        let command = self.environment.python().args(["-I", "-u", "-c", SCRIPT]).arg(response);
        let command = match self.source_date_epoch {
            Some(seconds) => command.env("SOURCE_DATE_EPOCH", seconds.to_string()),
            None => command,
        };
        let summary = format!("cannot run {}", request.hook);
        command.stdin(serde_json::to_string(request).unwrap_or_default().into()).summary(summary)
    }
}
