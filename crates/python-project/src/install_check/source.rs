use std::{fmt, path::PathBuf};

use process::Command;
use url::Url;

use crate::{
    isolation::without_variables,
    pip_settings::{PipSettings, is_selection_variable, pip_variable},
    uv::Uv,
};

/// Where a package is installed from.
#[derive(Clone, PartialEq, Eq)]
pub enum InstallSource {
    /// A wheel on this machine; its dependencies come from where the user's pip
    /// would install them.
    Wheel(PathBuf),
    /// These simple indexes; of the user's pip configuration only the settings
    /// about connections apply. Credentials in the addresses are passed to pip
    /// in its environment and are not shown.
    Index {
        /// The index of the project.
        index: Url,
        /// Further indexes for dependencies.
        extra: Vec<Url>,
    },
}

impl fmt::Debug for InstallSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wheel(path) => f.debug_tuple("Wheel").field(path).finish(),
            Self::Index { index, extra } => {
                let (index, extra) =
                    (redacted(index), extra.iter().map(redacted).collect::<Vec<_>>());
                f.debug_struct("Index").field("index", &index).field("extra", &extra).finish()
            }
        }
    }
}

fn redacted(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

impl InstallSource {
    /// pip that installs from this source.
    pub(super) fn configure_pip(&self, pip: Command, settings: Option<&PipSettings>) -> Command {
        let Self::Index { index, extra } = self else { return pip };
        let pip = without_variables(pip, is_selection_variable);
        let connections = settings.map(PipSettings::connections).unwrap_or_default();
        let pip = connections.iter().fold(pip, |pip, (key, value)| {
            pip.secret_env(pip_variable(key), value.unwrap_or_default().into())
        });
        let extra = extra.iter().map(Url::as_str).collect::<Vec<_>>().join(" ");
        // pip documentation, "Configuration": the null device stands for "no
        // configuration file at all".
        let pip = pip.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_NO_CACHE_DIR", "1");
        let pip = pip.secret_env("PIP_INDEX_URL", index.as_str().into());
        let pip = pip.secret_env("PIP_EXTRA_INDEX_URL", extra.into());
        if is_loopback(index) { without_proxy(pip) } else { pip }
    }

    /// `uv pip install` from this source.
    pub(super) fn configure_uv(&self, uv: &Uv, settings: Option<&PipSettings>) -> Command {
        let Self::Index { index, extra } = self else { return uv.install() };
        let connections = settings.map(PipSettings::connections).unwrap_or_default();
        let indexes: Vec<&Url> = [index].into_iter().chain(extra).collect();
        let command = uv.install_from(&indexes, &connections);
        if is_loopback(index) { without_proxy(command) } else { command }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A server on this machine is not behind a proxy, even if variables configure one.
fn without_proxy(command: Command) -> Command {
    ["NO_PROXY", "no_proxy"].iter().fold(command, |command, name| {
        let inherited = std::env::var(name).map(|list| format!("{list},")).unwrap_or_default();
        command.env(name, format!("{inherited}127.0.0.1,localhost,::1"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_an_index_are_not_shown() {
        let index = "https://me:canary@packages.example/simple/?t=canary".parse().unwrap();
        let shown = format!("{:?}", InstallSource::Index { index, extra: vec![] });
        assert!(!shown.contains("canary"), "{shown}");
    }
}
