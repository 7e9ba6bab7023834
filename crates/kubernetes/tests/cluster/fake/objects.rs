use serde_json::{Value, json};

/// `sha256:` and 64 times this digit.
pub(crate) fn digest(digit: char) -> String {
    format!("sha256:{}", String::from(digit).repeat(64))
}

/// Metadata as a real server gives it, with much that does not matter.
fn metadata(namespace: &str, name: &str, service: &str) -> Value {
    json!({
        "name": name, "namespace": namespace, "uid": format!("uid-{namespace}-{name}"),
        "resourceVersion": "4711", "creationTimestamp": "2026-08-01T10:00:00Z",
        "labels": { "app.kubernetes.io/name": service, "pod-template-hash": "6f5c" },
        "managedFields": [{ "manager": "kubectl", "operation": "Update", "fieldsV1": {} }],
    })
}

fn container(name: &str, image: &str) -> Value {
    json!({
        "name": name, "image": image, "imagePullPolicy": "IfNotPresent",
        "env": [{ "name": "PASSWORD", "value": super::super::support::CANARY }],
        "resources": {}, "terminationMessagePath": "/dev/termination-log",
    })
}

/// A pod's specification with containers `(name, image)`.
pub(super) fn spec(containers: &[(&str, &str)]) -> Value {
    let containers: Vec<Value> =
        containers.iter().map(|(name, image)| container(name, image)).collect();
    json!({
        "containers": containers, "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
        "volumes": [{ "name": "token", "projected": { "sources": [] } }],
    })
}

/// A pod with containers `(name, image, imageID)`; the first part of its name
/// is its service.
pub(crate) fn pod(namespace: &str, name: &str, containers: &[(&str, &str, &str)]) -> Value {
    let service = name.split('-').next().unwrap();
    let named: Vec<_> = containers.iter().map(|(name, image, _)| (*name, *image)).collect();
    json!({
        "metadata": metadata(namespace, name, service), "spec": spec(&named),
        "status": { "phase": "Running", "containerStatuses": statuses(containers) },
    })
}

pub(super) fn statuses(containers: &[(&str, &str, &str)]) -> Vec<Value> {
    let status = |(name, image, id): &(&str, &str, &str)| {
        json!({
            "name": name, "image": image, "imageID": id, "restartCount": 0, "ready": !id.is_empty(),
            "containerID": "docker://0123", "state": { "running": {} }, "lastState": {},
        })
    };
    containers.iter().map(status).collect()
}

/// Adds init or ephemeral containers to a pod: `initContainer`, `ephemeralContainer`.
pub(super) fn with(mut pod: Value, kind: &str, containers: &[(&str, &str, &str)]) -> Value {
    let added: Vec<Value> =
        containers.iter().map(|(name, image, _)| container(name, image)).collect();
    pod["spec"][format!("{kind}s")] = json!(added);
    pod["status"][format!("{kind}Statuses")] = json!(statuses(containers));
    pod
}

/// An object with a pod template.
pub(super) fn workload(namespace: &str, name: &str, replicas: Option<i64>, image: &str) -> Value {
    let service = name.split('-').next().unwrap();
    let template = json!({
        "metadata": { "labels": { "app": service } }, "spec": spec(&[(service, image)])
    });
    let mut spec = json!({ "selector": { "matchLabels": {} }, "template": template });
    if let Some(replicas) = replicas {
        spec["replicas"] = json!(replicas);
    }
    json!({ "metadata": metadata(namespace, name, service), "spec": spec, "status": {} })
}

pub(super) fn cron_job(namespace: &str, name: &str, image: &str) -> Value {
    let job = workload(namespace, name, None, image);
    json!({
        "metadata": metadata(namespace, name, name),
        "spec": {
            "schedule": "0 3 * * *", "suspend": true,
            "jobTemplate": { "metadata": {}, "spec": job["spec"] },
        },
        "status": {},
    })
}

/// A revision of a stateful set or daemon set.
pub(super) fn revision(namespace: &str, name: &str, image: &str) -> Value {
    let template = json!({ "$patch": "replace", "spec": spec(&[("main", image)]) });
    json!({
        "metadata": metadata(namespace, name, name.split('-').next().unwrap()),
        "revision": 3, "data": { "spec": { "template": template } },
    })
}
