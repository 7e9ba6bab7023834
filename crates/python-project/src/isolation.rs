//! Child programs that do not see what the user has set or installed.

use process::Command;

/// Variables by which the user's installations would leak into an environment.
const REMOVED_VARIABLES: [&str; 8] = [
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
];

/// Without what the user has installed, and without credentials.
pub(crate) fn isolated(command: Command) -> Command {
    let command = command.without_publishing_credentials();
    REMOVED_VARIABLES.iter().fold(command, |command, name| command.without_env(name))
}

/// Without the variables of this process whose names `is_ignored` accepts.
pub(crate) fn without_variables(command: Command, is_ignored: fn(&str) -> bool) -> Command {
    let names = std::env::vars_os().map(|(name, _)| name);
    let ignored = names.filter(|name| name.to_str().is_some_and(is_ignored));
    ignored.fold(command, |command, name| command.without_env(name))
}
