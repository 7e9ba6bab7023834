//! Python tools from the virtual environment for tests.

#![allow(dead_code, reason = "each test program uses only some helpers")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The exit code and the combined output of a tool.
#[derive(Debug)]
pub(crate) struct ToolOutput {
    pub(crate) code: i32,
    pub(crate) output: String,
}

/// A tool of the virtual environment: `TIDEGATE_TEST_VENV`, else `target/test-venv`.
///
/// # Panics
/// The tool is missing: the test must fail, not be skipped.
pub(crate) fn tool(name: &str) -> Command {
    let path = environment().join("bin").join(name);
    assert!(
        path.exists(),
        "{} is missing: run `bash .ci/setup`, or set TIDEGATE_TEST_VENV to a virtual environment \
         with twine, uv and pip",
        path.display()
    );
    let mut command = Command::new(path);
    // Nothing of the machine's own configuration may reach a test.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy().into_owned();
        if ["PIP_", "UV_", "TWINE_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(variable);
        }
    }
    command
        .env("PIP_CONFIG_FILE", "/dev/null")
        .env("PIP_NO_INPUT", "1")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "400");
    command
}

/// Runs a command, and joins its standard output and standard error.
pub(crate) fn run(command: &mut Command) -> ToolOutput {
    let output = command.output().unwrap();
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text += &String::from_utf8_lossy(&output.stderr);
    ToolOutput { code: output.status.code().unwrap_or(-1), output: text }
}

fn environment() -> PathBuf {
    match std::env::var_os("TIDEGATE_TEST_VENV") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-venv"),
    }
}
