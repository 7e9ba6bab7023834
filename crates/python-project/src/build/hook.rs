use std::path::Path;

use process::Line;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{BuildSystem, PythonError, environment::Environment};

const SCRIPT: &str = include_str!("backend_hook.py");

/// Lines of children, as they come.
pub(crate) type OnLine<'a> = &'a (dyn Fn(Line<'_>) + Send + Sync);

/// One call into a build backend.
pub(super) struct Hook<'a> {
    pub(super) environment: &'a Environment,
    pub(super) source: &'a Path,
    pub(super) system: &'a BuildSystem,
    pub(super) source_date_epoch: Option<u64>,
    pub(super) on_line: OnLine<'a>,
}

#[derive(Serialize)]
struct Request<'a> {
    hook: &'a str,
    source: &'a Path,
    backend: &'a str,
    backend_path: &'a [String],
    arguments: &'a [Option<&'a Path>],
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Answer<T> {
    result: Option<T>,
    no_backend: Option<String>,
    disk_full: bool,
}

impl Hook<'_> {
    /// Calls a hook of the backend with these arguments (PEP 517 gives every
    /// hook `config_settings` last; ours are always `None`).
    pub(super) async fn call<T: DeserializeOwned + Default>(
        &self,
        hook: &'static str,
        arguments: &[Option<&Path>],
    ) -> Result<T, PythonError> {
        let (result, tail) = self.ask(hook, arguments).await?;
        let answer: Answer<T> = result.unwrap_or_default();
        let backend = || self.system.backend.clone();
        match answer {
            Answer { result: Some(result), .. } => Ok(result),
            Answer { no_backend: Some(reason), .. } => {
                Err(PythonError::NoBackend { backend: backend(), reason })
            }
            Answer { disk_full: true, .. } => Err(self.environment.disk_full()),
            _ => self.environment.unless_full(PythonError::BackendFailed { hook, tail }),
        }
    }

    /// The answer, if the script came to write one, and the last lines printed.
    async fn ask<T: DeserializeOwned + Default>(
        &self,
        hook: &str,
        arguments: &[Option<&Path>],
    ) -> Result<(Option<Answer<T>>, String), PythonError> {
        let (backend, backend_path) = (&self.system.backend, &self.system.backend_path);
        let request = Request { hook, source: self.source, backend, backend_path, arguments };
        let request = serde_json::to_string(&request).unwrap_or_default();
        let file = self.environment.folder().join("answer.json");
        let _ = std::fs::remove_file(&file);
        let command = self.environment.run().args(["-I", "-u", "-c", SCRIPT]).arg(&file);
        let epoch = self.source_date_epoch.map(|seconds| seconds.to_string());
        let command =
            epoch.iter().fold(command, |command, text| command.env("SOURCE_DATE_EPOCH", text));
        let command = command.stdin(request.into()).summary(format!("cannot run {hook}"));
        let ended = command.stream(|line| (self.on_line)(line)).await;
        let tail = match &ended {
            Ok(output) => output.tail(),
            Err(process::ProcessError::Failed { tail, .. }) => tail.clone(),
            Err(_) => String::new(),
        };
        let text = std::fs::read(&file).ok();
        match (text, ended) {
            (Some(text), _) => Ok((serde_json::from_slice(&text).ok(), tail)),
            (None, Err(error)) if !matches!(error, process::ProcessError::Failed { .. }) => {
                Err(error.into())
            }
            (None, _) => Ok((None, tail)),
        }
    }
}
