use http::Uri;
use serde_json::{Value, json};

use super::State;

/// Kinds by the path of their list.
const RESOURCES: [(&str, &str); 10] = [
    ("/api/v1/pods", "Pod"),
    ("/api/v1/replicationcontrollers", "ReplicationController"),
    ("/apis/apps/v1/deployments", "Deployment"),
    ("/apis/apps/v1/replicasets", "ReplicaSet"),
    ("/apis/apps/v1/statefulsets", "StatefulSet"),
    ("/apis/apps/v1/daemonsets", "DaemonSet"),
    ("/apis/apps/v1/controllerrevisions", "ControllerRevision"),
    ("/apis/batch/v1/cronjobs", "CronJob"),
    ("/apis/batch/v1beta1/cronjobs", "CronJob"),
    ("/apis/batch/v1/jobs", "Job"),
];

pub(super) fn respond(uri: &Uri, state: &mut State, is_authenticated: bool) -> (u16, Value) {
    let path = uri.path();
    if !is_authenticated {
        return error_status(401, "Unauthorized", "Unauthorized");
    }
    if let Some(document) = discovery(path) {
        return (200, document);
    }
    let resource = RESOURCES.iter().find(|(list, _)| *list == path);
    let Some((_, kind)) = resource.filter(|_| !state.not_served.contains(path)) else {
        return error_status(404, "NotFound", "the server could not find the requested resource");
    };
    if state.forbidden.contains(path) {
        let plural = path.rsplit('/').next().unwrap();
        let message =
            format!("{plural} is forbidden: User \"ci\" cannot list resource \"{plural}\"");
        return error_status(403, "Forbidden", &message);
    }
    list_response(kind, path, uri.query().unwrap_or_default(), state)
}

fn list_response(kind: &str, path: &str, query: &str, state: &mut State) -> (u16, Value) {
    let items = match query_parameter(query, "continue").map(percent_decoded) {
        None => state.objects.get(path).cloned().unwrap_or_default(),
        Some(token) => match state.continue_tokens.remove(&token).filter(|_| !state.expires_tokens)
        {
            Some(rest) => rest,
            None => {
                return error_status(410, "Expired", "The provided continue parameter is too old");
            }
        },
    };
    let limit = query_parameter(query, "limit").and_then(|limit| limit.parse().ok());
    (200, page(kind, path, items, limit, state))
}

fn query_parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Without a limit this is the whole list, as from a real server.
fn page(
    kind: &str,
    path: &str,
    mut items: Vec<Value>,
    limit: Option<usize>,
    state: &mut State,
) -> Value {
    let limit = limit.map(|limit| limit.min(state.page_size.unwrap_or(limit)));
    let rest = items.split_off(limit.unwrap_or(items.len()).min(items.len()));
    let group_version = path.trim_start_matches("/api/").trim_start_matches("/apis/");
    let group_version = group_version.rsplit_once('/').unwrap().0;
    let mut metadata = json!({ "resourceVersion": "4711" });
    if !rest.is_empty() {
        // Characters with a meaning in queries.
        let token = format!("rest+of/{}&={kind}", rest.len());
        metadata["continue"] = json!(token);
        metadata["remainingItemCount"] = json!(rest.len());
        state.continue_tokens.insert(token, rest);
    }
    json!({
        "kind": format!("{kind}List"), "apiVersion": group_version, "metadata": metadata, "items": items
    })
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

fn error_status(code: u16, reason: &str, message: &str) -> (u16, Value) {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code,
    });
    (code, status)
}

/// Documents with which clients discover the resources.
fn discovery(path: &str) -> Option<Value> {
    Some(match path {
        "/version" => json!({ "major": "1", "minor": "32", "gitVersion": "v1.32.4" }),
        "/api" => json!({ "kind": "APIVersions", "versions": ["v1"] }),
        "/apis" => json!({
            "kind": "APIGroupList", "apiVersion": "v1", "groups": [api_group("apps"), api_group("batch")]
        }),
        "/api/v1" => api_resources("v1", "/api/v1/"),
        "/apis/apps/v1" => api_resources("apps/v1", "/apis/apps/v1/"),
        "/apis/batch/v1" => api_resources("batch/v1", "/apis/batch/v1/"),
        _ => return None,
    })
}

fn api_group(name: &str) -> Value {
    let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
    json!({ "name": name, "versions": [version], "preferredVersion": version })
}

fn api_resources(group_version: &str, prefix: &str) -> Value {
    let listed = RESOURCES.iter().filter_map(|(path, kind)| {
        let name = path.strip_prefix(prefix)?;
        let verbs = ["get", "list"];
        Some(json!({
            "name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": verbs
        }))
    });
    let listed: Vec<Value> = listed.collect();
    json!({
        "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version,
        "resources": listed,
    })
}
