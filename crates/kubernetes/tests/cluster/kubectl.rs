//! kubectl reads the same from the same server and the same files.

use std::collections::BTreeSet;

use kubernetes::{ClusterUse, Clusters, Kind, Surroundings};
use serde_json::Value;
use tokio::process::Command;

use crate::{
    fake::{Authority, FakeCluster, State, shop},
    support::{CANARY, Home, entry},
};

/// What kubectl prints as JSON, with this folder as its home.
async fn kubectl(home: &Home, kubeconfig: &str, args: &[&str]) -> Value {
    let output = Command::new("kubectl")
        .args(args)
        .args(["-o", "json"])
        .env("HOME", home.path())
        .env("KUBECONFIG", kubeconfig)
        .output()
        .await
        .expect("kubectl is needed (Debian: kubernetes-client)");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl {args:?}: {errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Every `image` of any container, wherever it stands.
fn images(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(image), Some(_)) = (fields.get("image"), fields.get("imagePullPolicy")) {
                found.insert(image.as_str().unwrap().to_owned());
            }
            if let Some(reference) = fields.get("image").and_then(|image| image.get("reference")) {
                found.insert(reference.as_str().unwrap().to_owned());
            }
            fields.values().for_each(|value| images(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| images(value, found)),
        _ => {}
    }
}

fn ours<'a>(uses: impl Iterator<Item = &'a ClusterUse>) -> BTreeSet<String> {
    uses.map(|usage| usage.image.to_string()).collect()
}

#[tokio::test]
async fn kubectl_reads_the_same_images() {
    let authority = Authority::new();
    let state = State { tokens: [CANARY.to_owned()].into(), page: Some(3), ..shop() };
    let fake = FakeCluster::encrypted(state, &authority).await;
    let home = Home::with(&entry(&fake, Some(&authority)), &format!("{{token: {CANARY}}}"));
    let uses = home.uses().await.unwrap();

    let mut pods = BTreeSet::new();
    images(&kubectl(&home, "", &["get", "pods", "-A"]).await, &mut pods);
    assert_eq!(pods, ours(uses.iter().filter(|usage| usage.kind == Kind::Pod)));
    assert_eq!(pods.len(), 9);

    let kinds = "pods,deployments,replicasets,statefulsets,daemonsets,controllerrevisions,\
                 cronjobs,jobs,replicationcontrollers";
    let mut all = BTreeSet::new();
    images(&kubectl(&home, "", &["get", kinds, "-A"]).await, &mut all);
    all.remove("");
    assert_eq!(all, ours(uses.iter()));
    // Both read the lists in pages.
    assert!(fake.state().asked.iter().filter(|path| path.contains("continue")).count() >= 4);
}

#[tokio::test]
async fn kubectl_runs_the_same_credential_plugin() {
    let authority = Authority::new();
    let state = State { tokens: [CANARY.to_owned()].into(), ..shop() };
    let fake = FakeCluster::encrypted(state, &authority).await;
    let version = "client.authentication.k8s.io/v1beta1";
    let exec = format!("{{exec: {{apiVersion: {version}, command: ../plugin}}}}");
    let home = Home::with(&entry(&fake, Some(&authority)), &exec);
    let credential = format!(
        r#"{{"apiVersion": "{version}", "kind": "ExecCredential", "status": {{"token": "{CANARY}"}}}}"#
    );
    home.script("plugin", &format!("echo '{credential}'"));
    assert!(home.uses().await.is_ok());
    let pods = kubectl(&home, "", &["get", "pods", "-A"]).await;
    assert_eq!(pods["items"].as_array().unwrap().len(), 7);
}

#[tokio::test]
async fn kubectl_merges_the_files_to_the_same_contexts() {
    let home = Home::new();
    let file = |name: &str, current: &str, contexts: &[(&str, &str)]| {
        let entry = |(name, server): &(&str, &str)| {
            (
                format!("{{name: {name}, context: {{cluster: {name}}}}}"),
                format!("{{name: {name}, cluster: {{server: '{server}'}}}}"),
            )
        };
        let (contexts, clusters): (Vec<_>, Vec<_>) = contexts.iter().map(entry).unzip();
        let (contexts, clusters) = (contexts.join(", "), clusters.join(", "));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: '{current}'\n\
             contexts: [{contexts}]\nclusters: [{clusters}]\n"
        );
        home.write(name, &text).display().to_string()
    };
    let a = file("a", "", &[("one", "https://first"), ("two", "https://two")]);
    let b = file("b", "three", &[("one", "https://second"), ("three", "https://three")]);
    let c = file("c", "one", &[("four", "https://four")]);
    let list = format!("{a}::{b}:/nonexistent/config:{c}:{a}");

    let theirs = kubectl(&home, &list, &["config", "view"]).await;
    let surroundings = Surroundings { kubeconfig: Some(list.into()), ..home.surroundings() };
    let clusters = Clusters::read(surroundings).unwrap();
    assert_eq!(theirs["current-context"], clusters.current().unwrap().unwrap().name);
    let named = |section: &str, value: fn(&Value) -> &Value| -> BTreeSet<(String, String)> {
        let entries = theirs[section].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        entries.map(|entry| (text(&entry["name"]), text(value(entry)))).collect()
    };
    let ours = |value: fn(&kubernetes::Context) -> String| -> BTreeSet<(String, String)> {
        clusters.contexts().iter().map(|context| (context.name.clone(), value(context))).collect()
    };
    assert_eq!(
        named("contexts", |entry| &entry["context"]["cluster"]),
        ours(|context| context.cluster.clone())
    );
    assert_eq!(
        named("clusters", |entry| &entry["cluster"]["server"]),
        ours(|context| context.server.clone().unwrap())
    );
}
