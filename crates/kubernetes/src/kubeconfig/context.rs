use kube::config::{Cluster, Kubeconfig, NamedContext, NamedExtension};

use super::{Locality, locality};

/// One context of the kubeconfig: a cluster, seen as a user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// Its name, as `kubectl --context` takes it.
    pub name: String,
    /// The name of its cluster. Several contexts may share one.
    pub cluster: String,
    /// The name of its user.
    pub user: Option<String>,
    /// The server's address, without credentials; `None` when the kubeconfig
    /// states none.
    pub server: Option<String>,
    locality: Locality,
}

impl Context {
    pub(super) fn of(named: &NamedContext, config: &Kubeconfig) -> Self {
        let context = named.context.clone().unwrap_or_default();
        let entry = cluster(config, &context.cluster);
        let server = entry.and_then(|cluster| cluster.server.as_deref()).map(without_credentials);
        let extensions = entry.and_then(|cluster| cluster.extensions.as_deref()).unwrap_or(&[]);
        let locality = locality::judge(&named.name, server.as_deref(), is_minikube(extensions));
        Self {
            name: named.name.clone(),
            cluster: context.cluster,
            user: context.user.filter(|user| !user.is_empty()),
            server: server.filter(|server| !server.is_empty()),
            locality,
        }
    }

    /// How near the cluster looks, by names and addresses alone; nothing is
    /// asked.
    #[must_use]
    pub fn locality(&self) -> Locality {
        self.locality
    }

    /// Whether the cluster may use the images of an engine on this machine:
    /// everything but [`Locality::Elsewhere`].
    #[must_use]
    pub fn may_be_on_this_machine(&self) -> bool {
        self.locality != Locality::Elsewhere
    }
}

pub(super) fn cluster<'a>(config: &'a Kubeconfig, name: &str) -> Option<&'a Cluster> {
    config.clusters.iter().find(|named| named.name == name)?.cluster.as_ref()
}

/// Minikube signs the clusters that it makes, whatever their profile is called
/// (`pkg/minikube/kubeconfig/extension.go`).
fn is_minikube(extensions: &[NamedExtension]) -> bool {
    let provider = |entry: &NamedExtension| entry.extension.get("provider").cloned();
    extensions.iter().filter_map(provider).any(|provider| provider == "minikube.sigs.k8s.io")
}

/// An address may carry a password before its host.
pub(crate) fn without_credentials(address: &str) -> String {
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), address),
    };
    let authority_end = rest.find('/').unwrap_or(rest.len());
    let start = rest[..authority_end].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}{}", &rest[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        for (address, shown) in [
            ("https://me:secret@host:6443", "https://host:6443"),
            ("me:s@cret@host/path@x", "host/path@x"),
            ("https://host/k8s/clusters/c-1", "https://host/k8s/clusters/c-1"),
        ] {
            assert_eq!(without_credentials(address), shown);
        }
    }
}
