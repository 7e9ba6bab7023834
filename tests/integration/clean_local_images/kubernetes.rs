//! Images of pods and workloads stay, and a cluster without a response stops everything.

use crate::harness::{GeneratedImage, RealServer};

use super::{
    cluster::{Cluster, kubeconfig},
    machine::{APP, Machine, app, on_both_stores},
};

fn releases(tags: &[&str]) -> Vec<GeneratedImage> {
    tags.iter().map(|tag| app(tag).layer(tag, 5_000)).collect()
}

/// Writes the kubeconfig where kubectl looks for it.
fn configure(machine: &Machine, kubeconfig: &str) {
    std::fs::create_dir_all(machine.home().join(".kube")).unwrap();
    std::fs::write(machine.home().join(".kube/config"), kubeconfig).unwrap();
}

#[test]
fn images_of_pods_and_of_workloads_scaled_to_zero_stay() {
    on_both_stores(|machine| {
        let machine = machine.with_images(&releases(&["pod", "by-id", "zero", "unused"]));
        let id = machine.docker.image_id(&format!("{APP}:by-id"));
        let kubeconfig = Cluster::default()
            .pod("api-1", &format!("{APP}:pod"), "")
            // Its tag belongs to another image by now.
            .pod("api-2", "elsewhere/app:1", &format!("docker://{id}"))
            .deployment("api", &format!("{APP}:zero"), 0)
            .kubeconfig();
        configure(&machine, &kubeconfig);
        let cleaned = machine.clean().json().run().exits(0);
        let kept: String =
            cleaned.kept().iter().map(|(name, why)| format!("{name}: {why}\n")).collect();
        insta::allow_duplicates! { insta::assert_snapshot!(kept, @"
        tidegate-it/app:by-id: in use by pod shop/api-2 in minikube
        tidegate-it/app:pod: in use by pod shop/api-1 in minikube
        tidegate-it/app:zero: in use by deployment shop/api in minikube (scaled to zero)
        "); }
        assert_eq!(cleaned.removed().keys().collect::<Vec<_>>(), ["tidegate-it/app:unused"]);
        let clusters = cleaned.report()["clusters"].clone();
        assert_eq!(clusters.as_array().unwrap().len(), 3, "{clusters:#}");
    });
}

#[test]
fn nothing_is_removed_while_a_cluster_does_not_respond() {
    let machine = Machine::new().with_images(&releases(&["1"]));
    configure(&machine, &kubeconfig(RealServer::free_port()));
    let cleaned = machine.clean().run();
    let complaints = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let complaints = complaints.replace_all(&cleaned.complaints(), "127.0.0.1:PORT").into_owned();
    insta::assert_snapshot!(complaints, @"
    exit 4
    [ERROR] cannot determine which images the cluster uses
            Kubernetes context `minikube`: cannot reach http://127.0.0.1:PORT: Connection refused (os error 111)
    [INFO] start the cluster (`minikube start`), or connect to its network; if the cluster no longer exists, remove it with `kubectl config delete-context NAME`; --despite-silent-clusters continues without it, --without-kubernetes queries no cluster
    ");
    assert_eq!(machine.docker.tags().len(), 1);

    let cleaned = machine.clean().arg("--despite-silent-clusters").arg("--dry-run").json().run();
    let cleaned = cleaned.exits(0);
    assert_eq!(cleaned.to_remove().len(), 1);
    let warned = cleaned.events().into_iter().any(|event| {
        event["level"] == "warn"
            && event["text"].as_str().unwrap().contains("ignoring cluster minikube")
    });
    assert!(warned, "{cleaned}");
    machine.clean().arg("--without-kubernetes").run().exits(0);
    assert!(machine.docker.tags().is_empty());
}

#[test]
fn a_context_that_the_kubeconfig_does_not_have_stops_everything() {
    let machine = Machine::new().with_images(&releases(&["1"]));
    configure(&machine, &Cluster::default().kubeconfig());
    let cleaned = machine.clean().args(&["--kube-context", "nowhere"]).run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 4
    [ERROR] cannot determine which images the cluster uses
            Kubernetes context `nowhere` does not exist; available: minikube
    [INFO] `kubectl config get-contexts` lists the contexts; --despite-silent-clusters continues without it, --without-kubernetes queries no cluster
    ");
    assert_eq!(machine.docker.tags().len(), 1);
}

#[test]
fn a_broken_kubeconfig_stops_everything() {
    let machine = Machine::new().with_images(&releases(&["1"]));
    configure(&machine, "contexts: [\n");
    let cleaned = machine.clean().run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 4
    [ERROR] cannot determine which images the cluster uses
            $MACHINE/home/.kube/config, line 1: invalid kubeconfig: its YAML is malformed, or a value has the wrong type
    [INFO] fix the file, or set KUBECONFIG to another one; `kubectl config view` reads the same files; --despite-silent-clusters continues without it, --without-kubernetes queries no cluster
    ");
    assert_eq!(machine.docker.tags().len(), 1);
}

/// Its pods do not use the images of this machine.
#[test]
fn a_remote_cluster_is_not_queried_and_that_is_reported() {
    let machine = Machine::new().with_images(&releases(&["1"]));
    configure(
        &machine,
        &kubeconfig(1).replace("minikube", "production").replace("127.0.0.1:1", "k8s.example"),
    );
    let cleaned = machine.clean().run().exits(0);
    assert!(
        cleaned
            .stdout
            .contains("[INFO] cluster production is not on this machine and is not queried"),
        "{cleaned}"
    );
    assert!(machine.docker.tags().is_empty());
}

/// The nodes of minikube run from an image that looks unused while no cluster exists.
#[test]
fn the_image_of_minikubes_nodes_stays_when_everything_is_cleaned() {
    let kicbase = "gcr.io/k8s-minikube/kicbase:v0.0.45";
    let machine = Machine::new()
        .with_images(&releases(&["1"]))
        .with_images(&[GeneratedImage::new(kicbase).folder("kic")]);
    let flags = ["--all-images", "--yes"];
    machine.clean().args(&flags).run().exits(0);
    assert_eq!(machine.docker.tags(), [kicbase]);
}
