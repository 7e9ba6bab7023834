use std::{fmt, path::PathBuf};

use kube::config::{AuthInfo, Cluster, Kubeconfig as KubeconfigFile};

use super::{Context, KubeEnvironment, context, file};
use crate::ClusterError;

/// The user's kubeconfig, merged from its files.
pub struct Kubeconfig {
    contexts: Vec<Context>,
    files: Vec<PathBuf>,
    missing_files: Vec<PathBuf>,
    merged: KubeconfigFile,
    environment: KubeEnvironment,
}

impl Kubeconfig {
    /// Reads and merges the files that kubectl would read: those of `KUBECONFIG`,
    /// else `~/.kube/config`. The first file that names something wins. Without any
    /// file there are no contexts, which is not an error.
    ///
    /// # Errors
    /// `KubeconfigUnreadable`, `BrokenKubeconfig`.
    pub fn load(environment: KubeEnvironment) -> Result<Self, ClusterError> {
        let mut merged = KubeconfigFile::default();
        let (mut files, mut missing_files) = (Vec::new(), Vec::new());
        for path in environment.kubeconfig_files() {
            match file::read_kubeconfig(&path)? {
                Some(next) => {
                    file::merge_kubeconfig(&mut merged, next);
                    files.push(path);
                }
                None => missing_files.push(path),
            }
        }
        let contexts = merged.contexts.iter().map(|named| Context::new(named, &merged)).collect();
        Ok(Self { contexts, files, missing_files, merged, environment })
    }

    /// All contexts, in the order of the files.
    #[must_use]
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }

    /// The context that kubectl uses by default.
    ///
    /// # Errors
    /// `UnknownContext` when the kubeconfig does not have the context that it names.
    pub fn current_context(&self) -> Result<Option<&Context>, ClusterError> {
        let name = self.merged.current_context.as_deref();
        name.map(|name| self.context(name)).transpose()
    }

    /// The context with this name.
    ///
    /// # Errors
    /// `UnknownContext`.
    pub fn context(&self, name: &str) -> Result<&Context, ClusterError> {
        let found = self.contexts.iter().find(|context| context.name == name);
        found.ok_or_else(|| ClusterError::UnknownContext {
            context: name.to_owned(),
            available: self.contexts.iter().map(|context| context.name.clone()).collect(),
        })
    }

    /// Files that `KUBECONFIG` names and that do not exist. kubectl ignores them; a
    /// program that removes images should warn.
    #[must_use]
    pub fn missing_files(&self) -> &[PathBuf] {
        if self.environment.names_kubeconfig() { &self.missing_files } else { &[] }
    }

    /// The files that were read, in the order of their precedence.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(crate) fn cluster_of(&self, context: &Context) -> Option<&Cluster> {
        context::find_cluster(&self.merged, &context.cluster)
    }

    /// A user that does not exist has no credentials, as in kubectl.
    pub(crate) fn user_of(&self, context: &Context) -> AuthInfo {
        let users = &self.merged.auth_infos;
        let user = users.iter().find(|entry| Some(&entry.name) == context.user.as_ref());
        user.and_then(|entry| entry.auth_info.clone()).unwrap_or_default()
    }

    pub(crate) fn environment(&self) -> &KubeEnvironment {
        &self.environment
    }
}

/// Names only: the rest holds credentials.
impl fmt::Debug for Kubeconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kubeconfig")
            .field("contexts", &self.contexts)
            .field("current_context", &self.merged.current_context)
            .field("files", &self.files)
            .field("missing_files", &self.missing_files)
            .finish_non_exhaustive()
    }
}
