use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
};

use serde_json::{Value, json};

/// The lists of a Kubernetes API server, which responds as long as the tests run.
#[derive(Debug, Default)]
pub(super) struct Cluster {
    lists: BTreeMap<&'static str, Vec<Value>>,
}

const LISTS: [(&str, &str); 9] = [
    ("/api/v1/pods", "PodList"),
    ("/api/v1/replicationcontrollers", "ReplicationControllerList"),
    ("/apis/apps/v1/deployments", "DeploymentList"),
    ("/apis/apps/v1/replicasets", "ReplicaSetList"),
    ("/apis/apps/v1/statefulsets", "StatefulSetList"),
    ("/apis/apps/v1/daemonsets", "DaemonSetList"),
    ("/apis/apps/v1/controllerrevisions", "ControllerRevisionList"),
    ("/apis/batch/v1/cronjobs", "CronJobList"),
    ("/apis/batch/v1/jobs", "JobList"),
];

impl Cluster {
    /// A running pod of the namespace `shop`, with the identity that its node
    /// reports for the image.
    pub(super) fn pod(self, name: &str, image: &str, image_id: &str) -> Self {
        let mut pod = json!({ "metadata": metadata(name), "spec": spec(image) });
        pod["status"] = json!({ "phase": "RunningClean", "containerStatuses": [
            { "name": "main", "image": image, "imageID": image_id }
        ] });
        self.with("/api/v1/pods", pod)
    }

    /// A workload of the namespace `shop`.
    pub(super) fn deployment(self, name: &str, image: &str, replicas: u32) -> Self {
        let template = json!({ "spec": spec(image) });
        let spec = json!({ "replicas": replicas, "template": template });
        let deployment = json!({ "metadata": metadata(name), "spec": spec });
        self.with("/apis/apps/v1/deployments", deployment)
    }

    fn with(mut self, list: &'static str, object: Value) -> Self {
        self.lists.entry(list).or_default().push(object);
        self
    }

    /// Serves it on the loopback; the kubeconfig that names it `minikube`.
    pub(super) fn kubeconfig(self) -> String {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            listener.incoming().flatten().for_each(|stream| self.serve(&stream));
        });
        kubeconfig(port)
    }

    fn serve(&self, stream: &TcpStream) {
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        let Some(request_line) = lines.next() else { return };
        lines.take_while(|line| !line.is_empty()).for_each(drop);
        let path = request_line.split(['?', ' ']).nth(1).unwrap_or_default();
        let list = LISTS.iter().find(|(list, _)| *list == path);
        let (status, body) = match list {
            Some((list, kind)) => {
                let items = self.lists.get(list).cloned().unwrap_or_default();
                (200, json!({ "kind": kind, "apiVersion": "v1", "metadata": {}, "items": items }))
            }
            None => (404, json!({ "kind": "Status", "code": 404 })),
        };
        let body = body.to_string();
        let head = format!("HTTP/1.1 {status} -\r\nContent-Type: application/json\r\n");
        let rest = format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        // The client may be gone.
        let _ = (&mut &*stream).write_all((head + &rest).as_bytes());
    }
}

/// The kubeconfig of a cluster at this port of the loopback.
pub(super) fn kubeconfig(port: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: minikube\n\
         contexts: [{{name: minikube, context: {{cluster: minikube, user: minikube}}}}]\n\
         clusters: [{{name: minikube, cluster: {{server: 'http://127.0.0.1:{port}'}}}}]\n\
         users: [{{name: minikube, user: {{}}}}]\n"
    )
}

fn metadata(name: &str) -> Value {
    json!({ "name": name, "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z" })
}

fn spec(image: &str) -> Value {
    json!({ "containers": [{ "name": "main", "image": image }] })
}
