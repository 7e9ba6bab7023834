use std::path::Path;

use process::{Command, ProcessError};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

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
    hook: &'a str,
    source: &'a Path,
    backend: &'a str,
    backend_path: &'a [String],
    arguments: &'a [Option<&'a Path>],
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct HookResponse<T> {
    result: Option<T>,
    no_backend: Option<String>,
    disk_full: bool,
}

impl Backend<'_> {
    /// Calls a hook with these arguments (PEP 517 gives every hook
    /// `config_settings` last; here they are always `None`).
    pub(super) async fn call<T: DeserializeOwned + Default>(
        &self,
        hook: &'static str,
        arguments: &[Option<&Path>],
    ) -> Result<T, PythonError> {
        let (response, tail) = self.run_script(hook, arguments).await?;
        match response.unwrap_or_default() {
            HookResponse { result: Some(result), .. } => Ok(result),
            HookResponse { no_backend: Some(reason), .. } => {
                Err(PythonError::NoBackend { backend: self.system.backend.clone(), reason })
            }
            HookResponse { disk_full: true, .. } => Err(self.environment.disk_full()),
            _ => Err(self.environment.or_disk_full(PythonError::BackendFailed { hook, tail })),
        }
    }

    /// The response, if the script wrote one, and the last lines printed.
    async fn run_script<T: DeserializeOwned + Default>(
        &self,
        hook: &str,
        arguments: &[Option<&Path>],
    ) -> Result<(Option<HookResponse<T>>, String), PythonError> {
        let file = self.environment.folder().join("response.json");
        let _ = std::fs::remove_file(&file);
        let command = self.command(hook, arguments, &file);
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

    fn command(&self, hook: &str, arguments: &[Option<&Path>], response: &Path) -> Command {
        let (backend, backend_path) = (&self.system.backend, &self.system.backend_path);
        let request = HookRequest { hook, source: self.source, backend, backend_path, arguments };
        let request = serde_json::to_string(&request).unwrap_or_default();
        let command = self.environment.python().args(["-I", "-u", "-c", SCRIPT]).arg(response);
        let command = match self.source_date_epoch {
            Some(seconds) => command.env("SOURCE_DATE_EPOCH", seconds.to_string()),
            None => command,
        };
        command.stdin(request.into()).summary(format!("cannot run {hook}"))
    }
}
