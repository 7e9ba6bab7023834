use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// What decides which kubeconfig is read and how a cluster is reached, when
/// nothing else is stated. The values are arguments of this library; binaries
/// take them with [`Surroundings::of_this_process`].
#[derive(Clone, Default)]
pub struct Surroundings {
    /// `KUBECONFIG`: one file or several, separated as `PATH` is.
    pub kubeconfig: Option<OsString>,
    /// The user's home folder; without it there is no default kubeconfig.
    pub home: Option<PathBuf>,
    /// `HTTPS_PROXY`. It may hold a password.
    pub https_proxy: Option<String>,
    /// `NO_PROXY`.
    pub no_proxy: Option<String>,
}

impl Surroundings {
    /// Reads the variables of this process. An empty one counts as unset, as
    /// it does for kubectl.
    #[must_use]
    pub fn of_this_process() -> Self {
        let read = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        // Go's clients look at the upper-case name first.
        let text = |name: &str| {
            let value = read(name).or_else(|| read(&name.to_lowercase()));
            value.map(|value| value.to_string_lossy().into_owned())
        };
        Self {
            kubeconfig: read("KUBECONFIG"),
            home: read("HOME").map(PathBuf::from),
            https_proxy: text("HTTPS_PROXY"),
            no_proxy: text("NO_PROXY"),
        }
    }

    /// The files that kubectl would read, in the order of their precedence.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        match self.kubeconfig.as_deref().filter(|value| !value.is_empty()) {
            Some(value) => listed(value),
            None => self.home.iter().map(|home| home.join(".kube/config")).collect(),
        }
    }
}

/// Empty names are passed over and a file named twice is read once
/// (`NewDefaultClientConfigLoadingRules` of client-go).
fn listed(value: &OsStr) -> Vec<PathBuf> {
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

    fn files(kubeconfig: Option<&str>) -> Vec<PathBuf> {
        let kubeconfig = kubeconfig.map(OsString::from);
        Surroundings { kubeconfig, home: Some("/home/me".into()), ..Surroundings::default() }
            .files()
    }

    #[test]
    fn nothing_stated_means_the_file_below_the_home_folder() {
        assert_eq!(files(None), [PathBuf::from("/home/me/.kube/config")]);
        assert_eq!(files(Some("")), [PathBuf::from("/home/me/.kube/config")]);
        assert!(Surroundings::default().files().is_empty());
    }

    #[test]
    fn a_list_without_a_name_does_not_fall_back_to_the_default() {
        assert!(files(Some(":")).is_empty());
    }

    #[test]
    fn each_file_of_the_list_is_read_once_and_in_order() {
        assert_eq!(files(Some("/b::/a:/b")), [PathBuf::from("/b"), PathBuf::from("/a")]);
    }
}
