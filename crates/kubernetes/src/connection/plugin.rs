use std::time::Duration;

use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode, Kubeconfig};
use process::{Command, ProcessError};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::material::Identity;

/// What a credential plugin gave.
pub(super) struct Given {
    pub(super) token: Option<SecretString>,
    pub(super) identity: Option<Identity>,
}

/// The part that is used of an `ExecCredential`
/// (`client.authentication.k8s.io/v1` and `v1beta1`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs a credential plugin. It gets no terminal and no more time than
/// `limit`. `kube` would run it too: twice, without a limit, on the thread of
/// the caller, with its output and its environment in the text of the error.
///
/// The reason of the error is for a person and holds nothing that the plugin
/// said, nor its arguments.
pub(super) async fn run(
    exec: &ExecConfig,
    cluster: &Cluster,
    limit: Duration,
) -> Result<Given, String> {
    let program = exec.command.as_deref().filter(|command| !command.is_empty());
    let program = program.ok_or("its credential plugin has no command")?;
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(format!("the credential plugin `{}` needs a terminal", short(program)));
    }
    let output = command(program, exec, cluster)?.timeout(limit).outcome().await;
    let output = output.map_err(|error| why(program, &error))?;
    if !output.success() {
        let code =
            output.code.map_or_else(|| "a signal".into(), |code| format!("exit code {code}"));
        return Err(format!("the credential plugin `{}` ended with {code}", short(program)));
    }
    let given = parse(&output.stdout_text());
    given
        .ok_or_else(|| format!("the credential plugin `{}` printed no credentials", short(program)))
}

fn command(program: &str, exec: &ExecConfig, cluster: &Cluster) -> Result<Command, String> {
    let variables = exec.env.iter().flatten().filter_map(|entry| {
        Some((entry.get("name")?.as_str(), SecretString::from(entry.get("value")?.as_str())))
    });
    let command = Command::new(program)
        .args(exec.args.iter().flatten())
        .env("KUBERNETES_EXEC_INFO", request(exec, cluster)?);
    Ok(variables.fold(command, |command, (name, value)| command.secret_env(name, value)))
}

/// What the plugin is told: `ExecCredential` with a `spec`.
fn request(exec: &ExecConfig, cluster: &Cluster) -> Result<String, String> {
    let mut spec = json!({ "interactive": false });
    if exec.provide_cluster_info {
        let told = ExecAuthCluster::try_from(cluster);
        let told = told.map_err(|_| "its certificate authority cannot be read")?;
        spec["cluster"] = json!(told);
    }
    let version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    Ok(json!({ "kind": "ExecCredential", "apiVersion": version, "spec": spec }).to_string())
}

/// JSON, or YAML, which kubectl takes as well. A kubeconfig keeps the members
/// that it does not know, so its parser does for this document too.
fn parse(text: &str) -> Option<Given> {
    let mut document = Kubeconfig::from_yaml(text).ok()?;
    let status: Status = serde_json::from_value(document.other.remove("status")?).ok()?;
    let filled = |text: &String| !text.is_empty();
    let token = status.token.filter(filled).map(SecretString::from);
    let certificate = status.client_certificate_data.filter(filled);
    let identity =
        certificate.zip(status.client_key_data.filter(filled)).map(|(certificate, key)| Identity {
            certificate: certificate.into_bytes(),
            key: key.into_bytes().into(),
        });
    (token.is_some() || identity.is_some()).then_some(Given { token, identity })
}

fn why(program: &str, error: &ProcessError) -> String {
    let program = short(program);
    match error {
        ProcessError::NotFound { .. } => format!("the credential plugin `{program}` was not found"),
        ProcessError::TimedOut { limit, .. } => {
            let seconds = limit.as_secs_f64();
            format!("the credential plugin `{program}` did not end within {seconds:.1} s")
        }
        ProcessError::Io { source, .. } => {
            format!("the credential plugin `{program}` could not be run: {}", source.kind())
        }
        _ => format!("the credential plugin `{program}` failed"),
    }
}

/// The program's name without its folders.
fn short(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
