use std::fmt;

use process::Command;
use url::Url;

use crate::PythonError;

/// Settings of pip that say how to connect, not where to. They are kept when
/// the user's configuration is set aside.
const CONNECTION: [&str; 8] = [
    "cert",
    "client-cert",
    "proxy",
    "trusted-host",
    "timeout",
    "default-timeout",
    "retries",
    "keyring-provider",
];

/// Where packages are installed from.
#[derive(Clone, PartialEq, Eq)]
pub enum PackageIndex {
    /// As the user's pip is configured.
    Configured,
    /// These addresses of simple indexes and nothing else of the user's pip
    /// configuration but how to connect. Credentials in them reach pip by
    /// environment and are not shown.
    At {
        /// Where the project is.
        index: Url,
        /// Where dependencies may be, too.
        extra: Vec<Url>,
    },
}

impl fmt::Debug for PackageIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Url| format!("{}{}", url.origin().ascii_serialization(), url.path());
        match self {
            Self::Configured => f.write_str("Configured"),
            Self::At { index, extra } => {
                let extra: Vec<_> = extra.iter().map(shown).collect();
                f.debug_struct("At").field("index", &shown(index)).field("extra", &extra).finish()
            }
        }
    }
}

impl PackageIndex {
    /// A pip command that installs from here.
    pub(super) async fn applied_to(&self, pip: Command) -> Result<Command, PythonError> {
        let Self::At { index, extra } = self else { return Ok(pip) };
        let listed = pip.clone().args(["config", "list"]).outcome().await?;
        let kept = connection_settings(&listed.stdout_text());
        let foreign = std::env::vars_os().map(|(name, _)| name);
        let foreign = foreign.filter(|name| name.to_str().is_some_and(is_set_aside));
        let pip = foreign.fold(pip, |pip, name| pip.without_env(name));
        let pip = kept.iter().fold(pip, |pip, (name, value)| pip.env(name, value));
        let extra = extra.iter().map(Url::as_str).collect::<Vec<_>>().join(" ");
        // pip documentation, "Configuration": the null device stands for "no
        // configuration file at all".
        let pip = pip.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_USER", "0");
        let pip = pip.secret_env("PIP_INDEX_URL", index.as_str().into());
        let pip = pip.secret_env("PIP_EXTRA_INDEX_URL", extra.into());
        Ok(if is_loopback(index) { past_proxies(pip) } else { pip })
    }
}

/// Whether a variable configures pip and says something else than how to connect.
fn is_set_aside(variable: &str) -> bool {
    let setting = variable.strip_prefix("PIP_").map(|name| name.to_lowercase().replace('_', "-"));
    setting.is_some_and(|setting| !CONNECTION.contains(&setting.as_str()))
}

/// Lines `section.key='value'` of `pip config list` as variables; values with
/// escapes are left out.
fn connection_settings(listed: &str) -> Vec<(String, String)> {
    let setting = |line: &str| {
        let (place, value) = line.split_once('=')?;
        let (section, key) = place.rsplit_once('.')?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let wanted = matches!(section, "global" | "install") && CONNECTION.contains(&key);
        let name = format!("PIP_{}", key.to_uppercase().replace('-', "_"));
        (wanted && !value.contains('\\')).then(|| (name, value.to_owned()))
    };
    listed.lines().filter_map(setting).collect()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A server on this machine is not behind a proxy, whatever the variables say.
fn past_proxies(pip: Command) -> Command {
    ["NO_PROXY", "no_proxy"].iter().fold(pip, |pip, name| {
        let before = std::env::var(name).map(|list| format!("{list},")).unwrap_or_default();
        pip.env(name, format!("{before}127.0.0.1,localhost,::1"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_way_to_connect_is_kept() {
        let listed = "global.cert='/etc/ca.crt'\nglobal.index-url='https://me:canary@x/simple'\n\
                      install.trusted-host='h'\n:env:.proxy='p'\nglobal.proxy='a\\nb'\nodd\n";
        let kept = connection_settings(listed);
        let expected = [("PIP_CERT", "/etc/ca.crt"), ("PIP_TRUSTED_HOST", "h")];
        assert_eq!(kept, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(is_set_aside("PIP_INDEX_URL") && is_set_aside("PIP_FIND_LINKS"));
        assert!(!is_set_aside("PIP_CERT") && !is_set_aside("PATH"));
    }

    #[test]
    fn credentials_of_an_index_are_not_shown() {
        let index = "https://me:canary@packages.example/simple/?t=canary".parse().unwrap();
        let shown = format!("{:?}", PackageIndex::At { index, extra: vec![] });
        assert!(!shown.contains("canary"), "{shown}");
    }
}
