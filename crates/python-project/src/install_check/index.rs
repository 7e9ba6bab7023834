use std::fmt;

use process::Command;
use url::Url;

use crate::PythonError;

/// Settings of pip about connections. They are kept when the rest of the user's
/// configuration is ignored.
const CONNECTION_SETTINGS: [&str; 8] = [
    "cert",
    "client-cert",
    "proxy",
    "trusted-host",
    "timeout",
    "default-timeout",
    "retries",
    "keyring-provider",
];

/// The source of packages for an installation.
#[derive(Clone, PartialEq, Eq)]
pub enum PackageIndex {
    /// The configuration of the user's pip.
    Configured,
    /// These simple indexes; of the user's pip configuration only the settings
    /// about connections apply. Credentials in the addresses are passed to pip
    /// in its environment and are not shown.
    At {
        /// The index of the project.
        index: Url,
        /// Further indexes for dependencies.
        extra: Vec<Url>,
    },
}

impl fmt::Debug for PackageIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configured => f.write_str("Configured"),
            Self::At { index, extra } => {
                let (index, extra) =
                    (redacted(index), extra.iter().map(redacted).collect::<Vec<_>>());
                f.debug_struct("At").field("index", &index).field("extra", &extra).finish()
            }
        }
    }
}

fn redacted(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

impl PackageIndex {
    /// Makes a pip command install from this source.
    pub(super) async fn configure(&self, pip: Command) -> Result<Command, PythonError> {
        let Self::At { index, extra } = self else { return Ok(pip) };
        let listed = pip.clone().args(["config", "list"]).outcome().await?;
        let kept = connection_settings(&listed.stdout_text());
        let ignored = std::env::vars_os().map(|(name, _)| name);
        let ignored = ignored.filter(|name| name.to_str().is_some_and(is_ignored));
        let pip = ignored.fold(pip, |pip, name| pip.without_env(name));
        let pip = kept.iter().fold(pip, |pip, (name, value)| pip.env(name, value));
        let extra = extra.iter().map(Url::as_str).collect::<Vec<_>>().join(" ");
        // pip documentation, "Configuration": the null device stands for "no
        // configuration file at all".
        let pip = pip.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_USER", "0");
        let pip = pip.secret_env("PIP_INDEX_URL", index.as_str().into());
        let pip = pip.secret_env("PIP_EXTRA_INDEX_URL", extra.into());
        Ok(if is_loopback(index) { without_proxy(pip) } else { pip })
    }
}

/// Whether a variable configures pip in another respect than connections.
fn is_ignored(variable: &str) -> bool {
    let setting = variable.strip_prefix("PIP_").map(|name| name.to_lowercase().replace('_', "-"));
    setting.is_some_and(|setting| !CONNECTION_SETTINGS.contains(&setting.as_str()))
}

/// Lines `section.key='value'` of `pip config list` as variables, without values
/// that have escapes.
fn connection_settings(listed: &str) -> Vec<(String, String)> {
    listed.lines().filter_map(connection_setting).collect()
}

fn connection_setting(line: &str) -> Option<(String, String)> {
    let (path, value) = line.split_once('=')?;
    let (section, key) = path.rsplit_once('.')?;
    let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    let applies = matches!(section, "global" | "install") && CONNECTION_SETTINGS.contains(&key);
    let name = format!("PIP_{}", key.to_uppercase().replace('-', "_"));
    (applies && !value.contains('\\')).then(|| (name, value.to_owned()))
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
fn without_proxy(pip: Command) -> Command {
    ["NO_PROXY", "no_proxy"].iter().fold(pip, |pip, name| {
        let inherited = std::env::var(name).map(|list| format!("{list},")).unwrap_or_default();
        pip.env(name, format!("{inherited}127.0.0.1,localhost,::1"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_connection_settings_are_kept() {
        let listed = "global.cert='/etc/ca.crt'\nglobal.index-url='https://me:canary@x/simple'\n\
                      install.trusted-host='h'\n:env:.proxy='p'\nglobal.proxy='a\\nb'\nodd\n";
        let kept = connection_settings(listed);
        let expected = [("PIP_CERT", "/etc/ca.crt"), ("PIP_TRUSTED_HOST", "h")];
        assert_eq!(kept, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(is_ignored("PIP_INDEX_URL") && is_ignored("PIP_FIND_LINKS"));
        assert!(!is_ignored("PIP_CERT") && !is_ignored("PATH"));
    }

    #[test]
    fn credentials_of_an_index_are_not_shown() {
        let index = "https://me:canary@packages.example/simple/?t=canary".parse().unwrap();
        let shown = format!("{:?}", PackageIndex::At { index, extra: vec![] });
        assert!(!shown.contains("canary"), "{shown}");
    }
}
