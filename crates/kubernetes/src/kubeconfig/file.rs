use std::{collections::HashSet, io, path::Path};

use kube::config::{Kubeconfig, KubeconfigError};

use crate::ClusterError;

/// Reads one file; `None` when it does not exist.
pub(super) fn read_kubeconfig(path: &Path) -> Result<Option<Kubeconfig>, ClusterError> {
    let config = match Kubeconfig::read_from(path) {
        Ok(config) => config,
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(file_error(path, error)),
    };
    match duplicate_entry(&config) {
        Some(reason) => Err(broken_kubeconfig(path, None, reason)),
        None => Ok(Some(config)),
    }
}

/// The parser's own text shows lines of the file, which may hold a token: only the
/// line number is shown.
fn file_error(path: &Path, error: KubeconfigError) -> ClusterError {
    match error {
        KubeconfigError::ReadConfig(source, _) if source.kind() != io::ErrorKind::InvalidData => {
            ClusterError::KubeconfigUnreadable { file: path.to_owned(), source }
        }
        KubeconfigError::Parse(error) => {
            let line = error.location().map(|place| place.line()).filter(|line| *line > 0);
            let reason = "invalid kubeconfig: its YAML is malformed, or a value has the wrong type";
            broken_kubeconfig(path, line, reason.to_owned())
        }
        KubeconfigError::ReadConfig(..) => {
            broken_kubeconfig(path, None, "it is not UTF-8 text".to_owned())
        }
        _ => broken_kubeconfig(path, None, "its documents contradict each other".to_owned()),
    }
}

fn broken_kubeconfig(path: &Path, line: Option<u64>, reason: String) -> ClusterError {
    ClusterError::BrokenKubeconfig { file: path.to_owned(), line, reason }
}

/// kubectl refuses a file with two entries of one name; choosing one of them could
/// select the wrong cluster.
fn duplicate_entry(config: &Kubeconfig) -> Option<String> {
    let contexts = config.contexts.iter().map(|entry| &entry.name);
    let clusters = config.clusters.iter().map(|entry| &entry.name);
    let users = config.auth_infos.iter().map(|entry| &entry.name);
    duplicate_name("context", contexts)
        .or_else(|| duplicate_name("cluster", clusters))
        .or_else(|| duplicate_name("user", users))
}

fn duplicate_name<'a>(noun: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            return Some(format!("duplicate {noun} `{name}`"));
        }
    }
    None
}

/// Adds a file of lower precedence: existing entries stay as they are
/// (`ClientConfigLoadingRules.Load` of client-go). An empty current context counts as
/// none; `minikube delete` leaves one behind.
pub(super) fn merge_kubeconfig(into: &mut Kubeconfig, next: Kubeconfig) {
    append_missing(&mut into.contexts, next.contexts, |entry| &entry.name);
    append_missing(&mut into.clusters, next.clusters, |entry| &entry.name);
    append_missing(&mut into.auth_infos, next.auth_infos, |entry| &entry.name);
    let current = next.current_context.filter(|name| !name.is_empty());
    into.current_context = into.current_context.take().or(current);
}

fn append_missing<T>(into: &mut Vec<T>, next: Vec<T>, name: fn(&T) -> &String) {
    let existing: HashSet<String> = into.iter().map(|entry| name(entry).clone()).collect();
    into.extend(next.into_iter().filter(|entry| !existing.contains(name(entry))));
}
