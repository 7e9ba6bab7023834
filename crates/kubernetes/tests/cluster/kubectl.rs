//! kubectl reads the same images and contexts from the same server and files.

use std::collections::BTreeSet;

use kubernetes::{ClusterImageUse, KubeEnvironment, Kubeconfig, ObjectKind};
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

/// Every `image` of any container, at any depth.
fn collect_images(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(image), Some(_)) = (fields.get("image"), fields.get("imagePullPolicy")) {
                found.insert(image.as_str().unwrap().to_owned());
            }
            if let Some(reference) = fields.get("image").and_then(|image| image.get("reference")) {
                found.insert(reference.as_str().unwrap().to_owned());
            }
            fields.values().for_each(|value| collect_images(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_images(value, found)),
        _ => {}
    }
}

fn image_names<'a>(uses: impl Iterator<Item = &'a ClusterImageUse>) -> BTreeSet<String> {
    uses.map(|usage| usage.image.to_string()).collect()
}

#[tokio::test]
async fn kubectl_reads_the_same_images() {
    let authority = Authority::new();
    let state = State { tokens: [CANARY.to_owned()].into(), page_size: Some(3), ..shop() };
    let fake = FakeCluster::encrypted(state, &authority).await;
    let home = Home::with(&entry(&fake, Some(&authority)), &format!("{{token: {CANARY}}}"));
    let uses = home.uses().await.unwrap();

    let mut pods = BTreeSet::new();
    collect_images(&kubectl(&home, "", &["get", "pods", "-A"]).await, &mut pods);
    assert_eq!(pods, image_names(uses.iter().filter(|usage| usage.kind == ObjectKind::Pod)));
    assert_eq!(pods.len(), 9);

    let kinds = "pods,deployments,replicasets,statefulsets,daemonsets,controllerrevisions,\
                 cronjobs,jobs,replicationcontrollers";
    let mut all = BTreeSet::new();
    collect_images(&kubectl(&home, "", &["get", kinds, "-A"]).await, &mut all);
    all.remove("");
    assert_eq!(all, image_names(uses.iter()));
    // Both read the lists in pages.
    assert!(fake.state().requests.iter().filter(|path| path.contains("continue")).count() >= 4);
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

/// A kubeconfig of contexts `(name, server)`.
fn file_of_contexts(home: &Home, name: &str, current: &str, contexts: &[(&str, &str)]) -> String {
    let mut text =
        format!("apiVersion: v1\nkind: Config\ncurrent-context: '{current}'\ncontexts:\n");
    for (name, _) in contexts {
        text += &format!("- {{name: {name}, context: {{cluster: {name}}}}}\n");
    }
    text += "clusters:\n";
    for (name, server) in contexts {
        text += &format!("- {{name: {name}, cluster: {{server: '{server}'}}}}\n");
    }
    home.write(name, &text).display().to_string()
}

/// Name and value of each entry in a section of what kubectl prints.
fn section(
    printed: &Value,
    section: &str,
    value: fn(&Value) -> &Value,
) -> BTreeSet<(String, String)> {
    let entries = printed[section].as_array().unwrap().iter();
    entries.map(|entry| (text(&entry["name"]), text(value(entry)))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn kubectl_merges_the_files_to_the_same_contexts() {
    let home = Home::new();
    let a = file_of_contexts(&home, "a", "", &[("one", "https://first"), ("two", "https://two")]);
    let b = file_of_contexts(
        &home,
        "b",
        "three",
        &[("one", "https://second"), ("three", "https://three")],
    );
    let c = file_of_contexts(&home, "c", "one", &[("four", "https://four")]);
    let list = format!("{a}::{b}:/nonexistent/config:{c}:{a}");

    let printed = kubectl(&home, &list, &["config", "view"]).await;
    let environment = KubeEnvironment { kubeconfig: Some(list.into()), ..home.environment() };
    let kubeconfig = Kubeconfig::load(environment).unwrap();
    let current = kubeconfig.current_context().unwrap().unwrap();
    assert_eq!(printed["current-context"], current.name);
    let contexts = kubeconfig.contexts().iter();
    let clusters: BTreeSet<_> =
        contexts.clone().map(|context| (context.name.clone(), context.cluster.clone())).collect();
    assert_eq!(section(&printed, "contexts", |entry| &entry["context"]["cluster"]), clusters);
    let servers: BTreeSet<_> =
        contexts.map(|context| (context.name.clone(), context.server.clone().unwrap())).collect();
    assert_eq!(section(&printed, "clusters", |entry| &entry["cluster"]["server"]), servers);
}
