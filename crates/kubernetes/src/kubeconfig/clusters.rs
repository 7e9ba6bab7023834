use std::{fmt, path::PathBuf};

use kube::config::{AuthInfo, Cluster, Kubeconfig};

use super::{Context, Surroundings, read};
use crate::ClusterError;

/// The clusters that the user's kubeconfig knows, by the names of its contexts.
pub struct Clusters {
    contexts: Vec<Context>,
    files: Vec<PathBuf>,
    missing: Vec<PathBuf>,
    config: Kubeconfig,
    surroundings: Surroundings,
}

impl Clusters {
    /// Reads and merges the files that kubectl would read: those of
    /// `KUBECONFIG`, else `~/.kube/config`. The first file that names
    /// something wins. No file at all is an ordinary outcome: no contexts.
    ///
    /// # Errors
    /// `KubeconfigUnreadable`, `BrokenKubeconfig`.
    pub fn read(surroundings: Surroundings) -> Result<Self, ClusterError> {
        let mut config = Kubeconfig::default();
        let (mut files, mut missing) = (Vec::new(), Vec::new());
        for path in surroundings.files() {
            match read::file(&path)? {
                Some(next) => {
                    read::merge(&mut config, next);
                    files.push(path);
                }
                None => missing.push(path),
            }
        }
        let contexts = config.contexts.iter().map(|named| Context::of(named, &config)).collect();
        Ok(Self { contexts, files, missing, config, surroundings })
    }

    /// All contexts, in the order of the files.
    #[must_use]
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }

    /// The context that kubectl uses when none is stated.
    ///
    /// # Errors
    /// `UnknownContext` when the kubeconfig states one that it does not have.
    pub fn current(&self) -> Result<Option<&Context>, ClusterError> {
        let name = self.config.current_context.as_deref();
        name.map(|name| self.context(name)).transpose()
    }

    /// The context of this name.
    ///
    /// # Errors
    /// `UnknownContext`.
    pub fn context(&self, name: &str) -> Result<&Context, ClusterError> {
        let found = self.contexts.iter().find(|context| context.name == name);
        found.ok_or_else(|| ClusterError::UnknownContext {
            context: name.to_owned(),
            known: self.contexts.iter().map(|context| context.name.clone()).collect(),
        })
    }

    /// Files that `KUBECONFIG` names and that are not there. kubectl passes
    /// over them; whoever is about to remove something should say so.
    #[must_use]
    pub fn missing(&self) -> &[PathBuf] {
        let stated = self.surroundings.kubeconfig.as_ref().is_some_and(|value| !value.is_empty());
        if stated { &self.missing } else { &[] }
    }

    /// The files that were read, in the order of their precedence.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    pub(crate) fn cluster_of(&self, context: &Context) -> Option<&Cluster> {
        super::context::cluster(&self.config, &context.cluster)
    }

    /// A user that is not there means no credentials, as it does for kubectl.
    pub(crate) fn user_of(&self, context: &Context) -> AuthInfo {
        let named = context
            .user
            .as_ref()
            .and_then(|user| self.config.auth_infos.iter().find(|named| &named.name == user));
        named.and_then(|named| named.auth_info.clone()).unwrap_or_default()
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }
}

/// Names only: the rest holds credentials.
impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clusters")
            .field("contexts", &self.contexts)
            .field("current", &self.config.current_context)
            .field("files", &self.files)
            .field("missing", &self.missing)
            .finish_non_exhaustive()
    }
}
