use std::time::Duration;

use kube::config::{Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode, Kubeconfig};
use process::{Command, ProcessError};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::pem_source::ClientIdentity;

/// The credentials that a plugin printed.
pub(super) struct PluginCredentials {
    pub(super) token: Option<SecretString>,
    pub(super) identity: Option<ClientIdentity>,
}

/// The relevant part of an `ExecCredential`
/// (`client.authentication.k8s.io/v1` and `v1beta1`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredentialStatus {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Runs a credential plugin, without a terminal and within `timeout`. `kube` would
/// run it too: twice, without a limit, on the thread of the caller, with its output
/// and its environment in the text of the error.
///
/// The reason of the error is for people and contains neither the plugin's output
/// nor its arguments.
pub(super) async fn run_plugin(
    exec: &ExecConfig,
    cluster: &Cluster,
    timeout: Duration,
) -> Result<PluginCredentials, String> {
    let program = exec.command.as_deref().filter(|command| !command.is_empty());
    let program = program.ok_or("its credential plugin has no command")?;
    let name = file_name(program);
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(format!("the credential plugin `{name}` needs a terminal"));
    }
    let output = plugin_command(program, exec, cluster)?.timeout(timeout).outcome().await;
    let output = output.map_err(|error| failure_reason(name, &error))?;
    if !output.success() {
        return Err(match output.code {
            Some(code) => format!("the credential plugin `{name}` ended with exit code {code}"),
            None => format!("the credential plugin `{name}` was killed by a signal"),
        });
    }
    PluginCredentials::from_output(&output.stdout_text())
        .ok_or_else(|| format!("the credential plugin `{name}` printed no credentials"))
}

fn plugin_command(program: &str, exec: &ExecConfig, cluster: &Cluster) -> Result<Command, String> {
    let mut command = Command::new(program)
        .args(exec.args.iter().flatten())
        .env("KUBERNETES_EXEC_INFO", exec_info(exec, cluster)?);
    for entry in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (entry.get("name"), entry.get("value")) {
            command = command.secret_env(name, SecretString::from(value.as_str()));
        }
    }
    Ok(command)
}

/// The plugin's input: `ExecCredential` with a `spec`.
fn exec_info(exec: &ExecConfig, cluster: &Cluster) -> Result<String, String> {
    let mut spec = json!({ "interactive": false });
    if exec.provide_cluster_info {
        let cluster = ExecAuthCluster::try_from(cluster)
            .map_err(|_| "its certificate authority cannot be read")?;
        spec["cluster"] = json!(cluster);
    }
    let version = exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1");
    Ok(json!({ "kind": "ExecCredential", "apiVersion": version, "spec": spec }).to_string())
}

impl PluginCredentials {
    /// Reads JSON, or YAML, which kubectl accepts as well. The parser of kubeconfigs
    /// keeps unknown members, so it reads this document too.
    fn from_output(text: &str) -> Option<Self> {
        let mut document = Kubeconfig::from_yaml(text).ok()?;
        let status: ExecCredentialStatus =
            serde_json::from_value(document.other.remove("status")?).ok()?;
        let token = non_empty(status.token).map(SecretString::from);
        let certificate = non_empty(status.client_certificate_data);
        let identity =
            certificate.zip(non_empty(status.client_key_data)).map(|(certificate, key)| {
                ClientIdentity {
                    certificate: certificate.into_bytes(),
                    key: key.into_bytes().into(),
                }
            });
        (token.is_some() || identity.is_some()).then_some(Self { token, identity })
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn failure_reason(plugin: &str, error: &ProcessError) -> String {
    match error {
        ProcessError::NotFound { .. } => format!("the credential plugin `{plugin}` was not found"),
        ProcessError::TimedOut { limit, .. } => {
            let seconds = limit.as_secs_f64();
            format!("the credential plugin `{plugin}` did not finish within {seconds:.1} s")
        }
        ProcessError::Io { source, .. } => {
            format!("cannot run the credential plugin `{plugin}`: {}", source.kind())
        }
        _ => format!("the credential plugin `{plugin}` failed"),
    }
}

fn file_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}
