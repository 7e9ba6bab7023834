use image_ref::Repository;

/// Ends of the paths of images that are nodes of local clusters, and what
/// belongs to them: minikube (kic drivers), kind, k3d. Their registries vary:
/// minikube falls back to mirrors.
const ENDS: [&str; 6] = [
    "kicbase",
    "kicbase/stable",
    "kindest/node",
    "rancher/k3s",
    "k3d-io/k3d-proxy",
    "k3d-io/k3d-tools",
];

/// Whether a repository holds images that the nodes of local clusters are made
/// of. Such an image is a container of the host's engine, often pulled by
/// digest: it looks dangling, and unused while the cluster is deleted, and is
/// half a gigabyte to pull again (minikube#20411). No cluster tells of it.
#[must_use]
pub fn is_node_image(repository: &Repository) -> bool {
    let path = format!("/{}", repository.path());
    ENDS.iter().any(|end| path.ends_with(&format!("/{end}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_local_clusters_are_known_whatever_their_registry() {
        for (repository, known) in [
            ("gcr.io/k8s-minikube/kicbase", true),
            ("kicbase/stable", true),
            ("registry.example.org/google_containers/kicbase", true),
            ("kindest/node", true),
            ("rancher/k3s", true),
            ("shop/kicbase-backup", false),
            ("mykindest/node", false),
            ("node", false),
        ] {
            assert_eq!(is_node_image(&repository.parse().unwrap()), known, "{repository}");
        }
    }
}
