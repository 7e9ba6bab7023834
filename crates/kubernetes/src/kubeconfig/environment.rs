use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// The environment variables that determine which kubeconfig is read and how a
/// cluster is reached. This library reads no variables by itself; binaries use
/// [`KubeEnvironment::from_process`].
#[derive(Clone, Default)]
pub struct KubeEnvironment {
    /// `KUBECONFIG`: one file or several, separated as in `PATH`.
    pub kubeconfig: Option<OsString>,
    /// The user's home folder; without it there is no default kubeconfig.
    pub home: Option<PathBuf>,
    /// `HTTPS_PROXY`. It may hold a password.
    pub https_proxy: Option<String>,
    /// `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl KubeEnvironment {
    /// Reads the variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        Self::from_variables(|name| env::var_os(name))
    }

    /// Reads variables. An empty one counts as unset, as for kubectl. Go's clients
    /// look at the upper-case name of a proxy first.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            kubeconfig: non_empty(variable("KUBECONFIG")),
            home: non_empty(variable("HOME")).map(PathBuf::from),
            https_proxy: non_empty(variable("HTTPS_PROXY"))
                .or_else(|| non_empty(variable("https_proxy")))
                .map(|proxy| proxy.to_string_lossy().into_owned()),
            no_proxy: non_empty(variable("NO_PROXY"))
                .or_else(|| non_empty(variable("no_proxy")))
                .map(|hosts| hosts.to_string_lossy().into_owned()),
        }
    }

    /// Whether `KUBECONFIG` is set.
    pub(super) fn names_kubeconfig(&self) -> bool {
        self.kubeconfig.as_ref().is_some_and(|value| !value.is_empty())
    }

    /// The files that kubectl would read, in the order of their precedence.
    pub(super) fn kubeconfig_files(&self) -> Vec<PathBuf> {
        match &self.kubeconfig {
            Some(value) if !value.is_empty() => split_file_list(value),
            _ => self.home.iter().map(|home| home.join(".kube/config")).collect(),
        }
    }
}

fn non_empty(value: Option<OsString>) -> Option<OsString> {
    value.filter(|value| !value.is_empty())
}

/// Empty names are ignored and a file named twice is read once
/// (`NewDefaultClientConfigLoadingRules` of client-go).
fn split_file_list(value: &OsStr) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = Vec::new();
    for file in env::split_paths(value) {
        if !file.as_os_str().is_empty() && !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files_for(kubeconfig: Option<&str>) -> Vec<PathBuf> {
        let environment = KubeEnvironment {
            kubeconfig: kubeconfig.map(OsString::from),
            home: Some("/home/me".into()),
            ..KubeEnvironment::default()
        };
        environment.kubeconfig_files()
    }

    #[test]
    fn the_default_is_the_file_below_the_home_folder() {
        assert_eq!(files_for(None), [PathBuf::from("/home/me/.kube/config")]);
        assert_eq!(files_for(Some("")), [PathBuf::from("/home/me/.kube/config")]);
        assert!(KubeEnvironment::default().kubeconfig_files().is_empty());
    }

    #[test]
    fn a_list_without_a_name_does_not_fall_back_to_the_default() {
        assert!(files_for(Some(":")).is_empty());
    }

    #[test]
    fn each_file_of_the_list_is_read_once_and_in_order() {
        assert_eq!(files_for(Some("/b::/a:/b")), [PathBuf::from("/b"), PathBuf::from("/a")]);
    }

    #[test]
    fn empty_variables_count_as_unset_and_upper_case_names_win() {
        let environment = KubeEnvironment::from_variables(|name| match name {
            "KUBECONFIG" | "HTTPS_PROXY" => Some(OsString::new()),
            "https_proxy" | "NO_PROXY" | "no_proxy" => Some(name.into()),
            _ => None,
        });
        assert_eq!((environment.kubeconfig, environment.home), (None, None));
        assert_eq!(environment.https_proxy.as_deref(), Some("https_proxy"));
        assert_eq!(environment.no_proxy.as_deref(), Some("NO_PROXY"));
    }
}
