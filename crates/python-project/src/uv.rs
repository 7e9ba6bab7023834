use std::path::PathBuf;

use process::Command;
use url::Url;

use crate::{isolation::without_variables, pip_settings::PipSettings};

/// Settings of pip that do not decide which files are installed.
const WITHOUT_EFFECT: [&str; 16] = [
    "break-system-packages",
    "cache-dir",
    "disable-pip-version-check",
    "log",
    "no-cache-dir",
    "no-color",
    "no-compile",
    "no-input",
    "no-python-version-warning",
    "no-warn-script-location",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "root-user-action",
    "user",
    "verbose",
];

/// Variables of uv that are kept when the rest of its configuration is ignored.
const CONNECTION_VARIABLES: [&str; 8] = [
    "UV_CACHE_DIR",
    "UV_CONCURRENT",
    "UV_HTTP",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
];

/// uv, which installs much faster than pip, with the settings of pip: it is used where
/// it does the same, and pip where it would not (uv documentation, "Compatibility with
/// pip").
pub(crate) struct Uv {
    program: PathBuf,
    settings: UvSettings,
}

/// The settings of pip as those of uv. Values may be credentials.
#[derive(Default, PartialEq, Eq)]
struct UvSettings {
    variables: Vec<(&'static str, String)>,
    no_index: bool,
}

impl Uv {
    /// uv with these settings; `None` if it cannot follow one of them.
    pub(crate) fn with_settings_of(pip: &PipSettings, program: PathBuf) -> Option<Self> {
        Some(Self { program, settings: UvSettings::of(pip)? })
    }

    pub(crate) fn command(&self) -> Command {
        let command = Command::new(&self.program).env("NO_COLOR", "1");
        command.env("UV_NO_PROGRESS", "1").env("UV_PYTHON_DOWNLOADS", "never")
    }

    /// `uv pip install` from where pip would install.
    pub(crate) fn install(&self) -> Command {
        let command = self.command().args(["pip", "install"]);
        let command = if self.settings.no_index { command.arg("--no-index") } else { command };
        with_variables(command, &self.settings.variables)
    }

    /// `uv pip install` from these indexes only. Of equal versions that of the first
    /// index is taken.
    pub(crate) fn install_from(&self, indexes: &[&Url], connections: &PipSettings) -> Command {
        let command = self.command().args(["--no-config", "pip", "install", "--no-cache"]);
        let command = without_variables(command, is_selection_variable);
        let settings = UvSettings::of(connections).unwrap_or_default();
        let command = with_variables(command, &settings.variables);
        let Some((default, first)) = indexes.split_last() else { return command };
        let first = first.iter().map(|url| url.as_str()).collect::<Vec<_>>().join(" ");
        let command = command.secret_env("UV_DEFAULT_INDEX", default.as_str().into());
        let command = command.secret_env("UV_INDEX", first.into());
        command.env("UV_INDEX_STRATEGY", "unsafe-best-match")
    }
}

impl UvSettings {
    fn of(pip: &PipSettings) -> Option<Self> {
        pip.iter().try_fold(Self::default(), |settings, (key, value)| settings.with(key, value?))
    }

    /// With one more setting, or `None` if uv has nothing that corresponds.
    fn with(mut self, key: &str, value: &str) -> Option<Self> {
        let list = |separator: &str| value.split_whitespace().collect::<Vec<_>>().join(separator);
        let variables = match key {
            "index-url" => vec![("UV_DEFAULT_INDEX", value.to_owned())],
            // pip takes the best version of all indexes.
            "extra-index-url" => {
                vec![("UV_INDEX", list(" ")), ("UV_INDEX_STRATEGY", "unsafe-best-match".to_owned())]
            }
            "find-links" => vec![("UV_FIND_LINKS", list(","))],
            "trusted-host" => vec![("UV_INSECURE_HOST", list(" "))],
            "cert" => vec![("SSL_CERT_FILE", value.to_owned())],
            "client-cert" => vec![("SSL_CLIENT_CERT", value.to_owned())],
            "proxy" => vec![("HTTP_PROXY", value.to_owned()), ("HTTPS_PROXY", value.to_owned())],
            "timeout" | "default-timeout" => vec![("UV_HTTP_TIMEOUT", value.to_owned())],
            "retries" => vec![("UV_HTTP_RETRIES", value.to_owned())],
            "keyring-provider" if matches!(value, "disabled" | "subprocess") => {
                vec![("UV_KEYRING_PROVIDER", value.to_owned())]
            }
            "no-index" if matches!(value, "1" | "true" | "yes" | "on") => {
                self.no_index = true;
                Vec::new()
            }
            key if WITHOUT_EFFECT.contains(&key) => Vec::new(),
            _ => return None,
        };
        self.variables.extend(variables);
        Some(self)
    }
}

fn with_variables(command: Command, variables: &[(&str, String)]) -> Command {
    variables
        .iter()
        .fold(command, |command, (name, value)| command.secret_env(name, value.as_str().into()))
}

/// Whether a variable configures uv in another respect than connections.
fn is_selection_variable(variable: &str) -> bool {
    variable.starts_with("UV_")
        && !CONNECTION_VARIABLES.iter().any(|kept| variable.starts_with(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listed: &str) -> Option<UvSettings> {
        UvSettings::of(&PipSettings::parse(listed))
    }

    #[test]
    fn what_pip_is_configured_with_is_given_to_uv() {
        let settings = settings(
            "global.index-url='https://a/simple'\nglobal.extra-index-url='https://b https://c'\n\
             global.find-links='/x\\n/y'\n:env:.no-index='1'\n:env:.quiet='1'\n",
        );
        let settings = settings.unwrap();
        let expected = [
            ("UV_INDEX", "https://b https://c"),
            ("UV_INDEX_STRATEGY", "unsafe-best-match"),
            ("UV_FIND_LINKS", "/x,/y"),
            ("UV_DEFAULT_INDEX", "https://a/simple"),
        ];
        assert_eq!(settings.variables, expected.map(|(name, value)| (name, value.to_owned())));
        assert!(settings.no_index);
    }

    #[test]
    fn uv_is_not_used_where_pip_has_a_setting_that_uv_does_not_have() {
        for listed in ["global.pre='1'", "install.constraint='/c.txt'", "global.cert='\\x00'"] {
            assert!(settings(listed).is_none(), "{listed}");
        }
    }

    #[test]
    fn variables_of_uv_that_choose_files_are_ignored_where_indexes_are_given() {
        assert!(is_selection_variable("UV_INDEX") && is_selection_variable("UV_CONSTRAINT"));
        assert!(!is_selection_variable("UV_HTTP_TIMEOUT") && !is_selection_variable("PATH"));
    }
}
