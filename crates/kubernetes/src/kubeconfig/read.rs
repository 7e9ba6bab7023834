use std::{collections::HashSet, io, path::Path};

use kube::config::{Kubeconfig, KubeconfigError};

use crate::ClusterError;

/// One file; `None` when it is not there.
pub(super) fn file(path: &Path) -> Result<Option<Kubeconfig>, ClusterError> {
    let config = match Kubeconfig::read_from(path) {
        Ok(config) => config,
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(error) => return Err(explain(path, error)),
    };
    match named_twice(&config) {
        Some(reason) => Err(broken(path, None, reason)),
        None => Ok(Some(config)),
    }
}

/// The parser's own text shows lines of the file, and those may hold a token:
/// only the place is told.
fn explain(path: &Path, error: KubeconfigError) -> ClusterError {
    match error {
        KubeconfigError::ReadConfig(source, _) if source.kind() != io::ErrorKind::InvalidData => {
            ClusterError::KubeconfigUnreadable { file: path.to_owned(), source }
        }
        KubeconfigError::Parse(error) => {
            let line = error.location().map(|place| place.line()).filter(|line| *line > 0);
            let reason = "this is no kubeconfig: its YAML is broken, or a value has another form \
                          than it must have";
            broken(path, line, reason.to_owned())
        }
        KubeconfigError::ReadConfig(..) => broken(path, None, "this is no text".to_owned()),
        _ => broken(path, None, "its documents contradict each other".to_owned()),
    }
}

fn broken(path: &Path, line: Option<u64>, reason: String) -> ClusterError {
    ClusterError::BrokenKubeconfig { file: path.to_owned(), line, reason }
}

/// kubectl refuses a file with two entries of one name; taking one of them
/// could mean the wrong cluster.
fn named_twice(config: &Kubeconfig) -> Option<String> {
    let twice = |noun: &str, names: Vec<&String>| {
        let mut seen = HashSet::new();
        let name = names.into_iter().find(|name| !seen.insert(*name))?;
        Some(format!("{noun} `{name}` is there twice"))
    };
    twice("context", config.contexts.iter().map(|entry| &entry.name).collect())
        .or_else(|| twice("cluster", config.clusters.iter().map(|entry| &entry.name).collect()))
        .or_else(|| twice("user", config.auth_infos.iter().map(|entry| &entry.name).collect()))
}

/// Adds a file of lower precedence: what is named already stays as it is
/// (`ClientConfigLoadingRules.Load` of client-go). An empty current context
/// counts as none; `minikube delete` leaves one behind.
pub(super) fn merge(into: &mut Kubeconfig, next: Kubeconfig) {
    add(&mut into.contexts, next.contexts, |entry| &entry.name);
    add(&mut into.clusters, next.clusters, |entry| &entry.name);
    add(&mut into.auth_infos, next.auth_infos, |entry| &entry.name);
    let current = next.current_context.filter(|name| !name.is_empty());
    into.current_context = into.current_context.take().or(current);
}

fn add<T>(into: &mut Vec<T>, next: Vec<T>, name: fn(&T) -> &String) {
    let known: HashSet<String> = into.iter().map(|entry| name(entry).clone()).collect();
    into.extend(next.into_iter().filter(|entry| !known.contains(name(entry))));
}
