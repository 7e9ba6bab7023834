use kube::config::{Cluster, Kubeconfig, NamedContext, NamedExtension};

use super::locality::{Locality, locality_of_context};

/// One context of the kubeconfig: a cluster and a user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Context {
    /// Its name, as `kubectl --context` takes it.
    pub name: String,
    /// The name of its cluster. Several contexts may share one.
    pub cluster: String,
    /// The name of its user.
    pub user: Option<String>,
    /// The server's address, without credentials, if the kubeconfig has one.
    pub server: Option<String>,
    locality: Locality,
}

impl Context {
    pub(super) fn new(named: &NamedContext, config: &Kubeconfig) -> Self {
        let context = named.context.clone().unwrap_or_default();
        let cluster = find_cluster(config, &context.cluster);
        let server = cluster.and_then(|cluster| cluster.server.as_deref()).map(without_credentials);
        let extensions = cluster.and_then(|cluster| cluster.extensions.as_deref()).unwrap_or(&[]);
        let locality = locality_of_context(&named.name, server.as_deref(), is_minikube(extensions));
        Self {
            name: named.name.clone(),
            cluster: context.cluster,
            user: context.user.filter(|user| !user.is_empty()),
            server: server.filter(|server| !server.is_empty()),
            locality,
        }
    }

    /// How near the cluster is, judging by names and addresses alone; nothing is
    /// queried.
    #[must_use]
    pub fn locality(&self) -> Locality {
        self.locality
    }

    /// Whether the cluster may use the images of an engine on this machine: always,
    /// except for [`Locality::Elsewhere`].
    #[must_use]
    pub fn may_be_on_this_machine(&self) -> bool {
        self.locality != Locality::Elsewhere
    }
}

pub(super) fn find_cluster<'a>(config: &'a Kubeconfig, name: &str) -> Option<&'a Cluster> {
    config.clusters.iter().find(|named| named.name == name)?.cluster.as_ref()
}

/// Minikube marks the clusters that it creates, whatever the name of their profile
/// (`pkg/minikube/kubeconfig/extension.go`).
fn is_minikube(extensions: &[NamedExtension]) -> bool {
    let mut providers = extensions.iter().filter_map(|entry| entry.extension.get("provider"));
    providers.any(|provider| provider == "minikube.sigs.k8s.io")
}

/// Removes name and password before the host of an address.
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
        for (address, expected) in [
            ("https://me:secret@host:6443", "https://host:6443"),
            ("me:s@cret@host/path@x", "host/path@x"),
            ("https://host/k8s/clusters/c-1", "https://host/k8s/clusters/c-1"),
        ] {
            assert_eq!(without_credentials(address), expected);
        }
    }
}
