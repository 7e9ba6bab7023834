use serde_json::json;

use super::{
    State,
    objects::{cron_job, digest, pod, revision, with, workload},
};

/// A shop of seven services in production (`shop`) and the same one being
/// prepared (`shop-staging`), scaled to zero.
pub(crate) fn shop() -> State {
    let mut state = State::default();
    add_pods(&mut state);
    add_deployments(&mut state);
    add_others(&mut state);
    state
}

/// Each form of an image ID is there once.
fn add_pods(state: &mut State) {
    let mut add = |pod| state.add_object("/api/v1/pods", pod);
    let id = |prefix: &str, digit| format!("{prefix}{}", digest(digit));
    let web = id("docker-pullable://nginx@", '1');
    add(pod("shop", "web-6f5c-1", &[("web", "nginx:1.27", &web)]));
    let api = id("docker://", '2');
    let server = pod("shop", "api-6f5c-1", &[("api", "shop/api:1.2.0", &api)]);
    let server = with(server, "initContainer", &[("migrate", "shop/api:1.2.0", &api)]);
    let debugger = id("docker.io/library/busybox@", '3');
    add(with(server, "ephemeralContainer", &[("debug", "busybox:1.36", &debugger)]));
    let worker = id("ghcr.io/shop/worker@", '4');
    add(pod("shop", "worker-6f5c-1", &[("worker", &worker, &worker)]));
    add(pod("shop", "postgres-0", &[("postgres", "postgres:16", &digest('5'))]));
    // Not started yet.
    add(pod("shop", "redis-6f5c-1", &[("redis", "redis:7", "")]));
    // Done, and kept for its log; CRI-O leaves out the algorithm.
    let bare = "6".repeat(64);
    let mut completed =
        pod("shop", "cron-1-x", &[("cron", "txemi/immich-autotag:cron-0.9.1", &bare)]);
    completed["status"]["phase"] = json!("Succeeded");
    add(completed);
    let agent = id("registry.local:5000/log/agent@", '7');
    let mut agent =
        pod("shop", "agent-n1", &[("agent", "registry.local:5000/log/agent:3", &agent)]);
    agent["spec"]["volumes"] = json!([{
        "name": "rules", "image": { "reference": "registry.local:5000/log/rules:3" }
    }]);
    add(agent);
}

fn add_deployments(state: &mut State) {
    let path = "/apis/apps/v1/deployments";
    state.add_object(path, workload("shop", "web", Some(2), "nginx:1.27"));
    state.add_object(path, workload("shop", "api", Some(1), "shop/api:1.2.0"));
    state.add_object(path, workload("shop", "worker", Some(1), "ghcr.io/shop/worker:2"));
    state.add_object(path, workload("shop", "redis", Some(1), "redis:7"));
    state.add_object(path, workload("shop-staging", "api", Some(0), "shop/api:1.3.0-rc1"));
    let path = "/apis/apps/v1/replicasets";
    state.add_object(path, workload("shop", "api-1111", Some(0), "shop/api:1.0.0"));
    state.add_object(path, workload("shop", "api-2222", Some(0), "shop/api:1.1.0"));
    state.add_object(path, workload("shop", "api-6f5c", Some(1), "shop/api:1.2.0"));
}

fn add_others(state: &mut State) {
    let stateful = workload("shop", "postgres", Some(1), "postgres:16");
    state.add_object("/apis/apps/v1/statefulsets", stateful);
    let path = "/apis/apps/v1/controllerrevisions";
    state.add_object(path, revision("shop", "postgres-5f", "postgres:15"));
    // Of a controller that keeps something else in its revisions.
    let mut foreign = revision("shop", "vm-5f", "");
    foreign["data"] = json!({ "spec": "opaque", "containers": 3 });
    state.add_object(path, foreign);
    let daemon = workload("shop", "agent", None, "registry.local:5000/log/agent:3");
    state.add_object("/apis/apps/v1/daemonsets", daemon);
    let cron = cron_job("shop", "cron", "txemi/immich-autotag:cron-0.9.2");
    state.add_object("/apis/batch/v1/cronjobs", cron);
    let job = workload("shop", "cron-1", None, "txemi/immich-autotag:cron-0.9.1");
    state.add_object("/apis/batch/v1/jobs", job);
    let old = workload("shop", "legacy", Some(0), "shop/legacy:0.1");
    state.add_object("/api/v1/replicationcontrollers", old);
}
