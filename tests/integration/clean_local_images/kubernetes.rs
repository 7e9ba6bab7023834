//! What pods and workloads use stays, and a silent cluster stops everything.

use crate::harness::{GeneratedImage, RealServer};

use super::{
    cluster::{Cluster, kubeconfig},
    place::{APP, Place, app, on_both_stores},
};

fn releases(tags: &[&str]) -> Vec<GeneratedImage> {
    tags.iter().map(|tag| app(tag).layer(tag, 5_000)).collect()
}

/// Writes the kubeconfig where kubectl looks for it.
fn configure(place: &Place, kubeconfig: &str) {
    std::fs::create_dir_all(place.home().join(".kube")).unwrap();
    std::fs::write(place.home().join(".kube/config"), kubeconfig).unwrap();
}

#[test]
fn images_of_pods_and_of_workloads_scaled_to_zero_stay() {
    on_both_stores(|place| {
        let place = place.has(&releases(&["pod", "by-id", "zero", "unused"]));
        let id = place.docker.image_id(&format!("{APP}:by-id"));
        let kubeconfig = Cluster::default()
            .pod("api-1", &format!("{APP}:pod"), "")
            // Its tag means another image by now.
            .pod("api-2", "elsewhere/app:1", &format!("docker://{id}"))
            .deployment("api", &format!("{APP}:zero"), 0)
            .kubeconfig();
        configure(&place, &kubeconfig);
        let cleaned = place.clean().json().run().exits(0);
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
fn nothing_is_removed_while_a_cluster_does_not_answer() {
    let place = Place::new().has(&releases(&["1"]));
    configure(&place, &kubeconfig(RealServer::free_port()));
    let cleaned = place.clean().run();
    let complaints = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let complaints = complaints.replace_all(&cleaned.complaints(), "127.0.0.1:PORT").into_owned();
    insta::assert_snapshot!(complaints, @"
    exit 4
    [ERROR] it is not known which images the cluster uses
            Kubernetes context `minikube`: no answer from http://127.0.0.1:PORT: Connection refused (os error 111)
    [INFO] start the cluster (`minikube start`), or connect to its network; a cluster that is gone is taken out with `kubectl config delete-context NAME`; --despite-silent-clusters goes on without its answer, --without-kubernetes asks no cluster
    ");
    assert_eq!(place.docker.tags().len(), 1);

    let cleaned = place.clean().arg("--despite-silent-clusters").arg("--dry-run").json().run();
    let cleaned = cleaned.exits(0);
    assert_eq!(cleaned.to_remove().len(), 1);
    let warned = cleaned.events().into_iter().any(|event| {
        event["level"] == "warn" && event["text"].as_str().unwrap().contains("minikube is left out")
    });
    assert!(warned, "{cleaned}");
    place.clean().arg("--without-kubernetes").run().exits(0);
    assert!(place.docker.tags().is_empty());
}

#[test]
fn a_context_that_the_kubeconfig_does_not_have_stops_everything() {
    let place = Place::new().has(&releases(&["1"]));
    configure(&place, &Cluster::default().kubeconfig());
    let cleaned = place.clean().args(&["--kube-context", "nowhere"]).run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 4
    [ERROR] it is not known which images the cluster uses
            Kubernetes context `nowhere` does not exist; there is minikube
    [INFO] `kubectl config get-contexts` lists the contexts; --despite-silent-clusters goes on without its answer, --without-kubernetes asks no cluster
    ");
    assert_eq!(place.docker.tags().len(), 1);
}

#[test]
fn a_broken_kubeconfig_stops_everything() {
    let place = Place::new().has(&releases(&["1"]));
    configure(&place, "contexts: [\n");
    let cleaned = place.clean().run();
    insta::assert_snapshot!(cleaned.complaints(), @"
    exit 4
    [ERROR] it is not known which images the cluster uses
            $PLACE/home/.kube/config, line 1: this is no kubeconfig: its YAML is broken, or a value has another form than it must have
    [INFO] correct the file, or name another one with KUBECONFIG; `kubectl config view` reads the same files; --despite-silent-clusters goes on without its answer, --without-kubernetes asks no cluster
    ");
    assert_eq!(place.docker.tags().len(), 1);
}

/// Nobody's pods run on the images of this machine there.
#[test]
fn a_cluster_elsewhere_is_not_asked_and_that_is_said() {
    let place = Place::new().has(&releases(&["1"]));
    configure(
        &place,
        &kubeconfig(1).replace("minikube", "production").replace("127.0.0.1:1", "k8s.example"),
    );
    let cleaned = place.clean().run().exits(0);
    assert!(
        cleaned
            .stdout
            .contains("[INFO] cluster production is not on this machine and is not asked"),
        "{cleaned}"
    );
    assert!(place.docker.tags().is_empty());
}

/// The nodes of minikube run from an image that looks unused while there are none.
#[test]
fn the_image_of_minikubes_nodes_stays_when_everything_is_cleaned() {
    let kicbase = "gcr.io/k8s-minikube/kicbase:v0.0.45";
    let place =
        Place::new().has(&releases(&["1"])).has(&[GeneratedImage::new(kicbase).folder("kic")]);
    let flags = ["--all-images", "--yes"];
    place.clean().args(&flags).run().exits(0);
    assert_eq!(place.docker.tags(), [kicbase]);
}
