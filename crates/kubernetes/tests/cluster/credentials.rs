//! Tokens and credential plugins; none of their secrets is shown.

use std::time::Duration;

use kubernetes::{Cluster, ClusterError};

use crate::{
    fake::{Authority, FakeCluster, State, shop},
    support::{CANARY, Home, all_forms, base64, entry},
};

/// An encrypted cluster that accepts one token.
async fn guarded() -> (FakeCluster, Authority) {
    let authority = Authority::new();
    let state = State { tokens: [CANARY.to_owned()].into(), ..shop() };
    (FakeCluster::encrypted(state, &authority).await, authority)
}

fn assert_silent(error: &ClusterError) {
    let text = all_forms(error);
    assert!(!text.contains(CANARY) && !text.contains(&base64(CANARY)), "{text}");
}

#[tokio::test]
async fn a_token_inline_and_in_a_file_is_sent() {
    let (fake, authority) = guarded().await;
    let entry = entry(&fake, Some(&authority));
    assert!(Home::with(&entry, &format!("{{token: {CANARY}}}")).uses().await.is_ok());
    let home = Home::with(&entry, "{tokenFile: token}");
    home.write(".kube/token", &format!("{CANARY}\n"));
    assert!(home.uses().await.is_ok());
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_unauthorized() {
    let (fake, authority) = guarded().await;
    let home = Home::with(&entry(&fake, Some(&authority)), "{token: old-canary-5c1e9b}");
    let error = home.uses().await.unwrap_err();
    assert!(matches!(error, ClusterError::Unauthorized { .. }));
    assert!(error.to_string().ends_with("rejected the credentials of user `me`"));
    assert_silent(&error);
    // Neither of these shows more than names.
    assert!(!format!("{:?} {:?}", home.kubeconfig(), home.connect().await).contains(CANARY));
}

#[tokio::test]
async fn no_credentials_go_over_a_connection_that_is_not_encrypted() {
    let fake = FakeCluster::plain(shop()).await;
    let home = Home::with(&entry(&fake, None), &format!("{{token: {CANARY}, as: boss}}"));
    home.uses().await.unwrap();
    assert!(fake.state().headers.iter().all(|headers| !headers.contains_key("authorization")));
    assert!(fake.state().headers.iter().all(|headers| !headers.contains_key("impersonate-user")));
}

#[tokio::test]
async fn a_user_who_impersonates_another_names_both() {
    let (fake, authority) = guarded().await;
    let user = format!("{{token: {CANARY}, as: boss, as-groups: [a, b]}}");
    Home::with(&entry(&fake, Some(&authority)), &user).uses().await.unwrap();
    assert!(fake.state().headers.iter().all(|headers| headers["impersonate-user"] == "boss"));
}

/// A home with a credential plugin of these lines.
fn with_plugin(entry: &str, more: &str, lines: &str) -> Home {
    let exec = format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: ../plugin, \
         args: [get, {CANARY}], env: [{{name: GIVEN, value: {CANARY}}}]{more}}}}}"
    );
    let home = Home::with(entry, &exec);
    home.script("plugin", lines);
    home
}

/// JSON with the token that the plugin was given in its environment.
const PRINTS_TOKEN: &str = r#"cat <<END
{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
 "status": {"token": "$GIVEN", "expirationTimestamp": "2099-01-01T00:00:00Z"}}
END"#;

#[tokio::test]
async fn a_credential_plugin_gives_a_token_and_runs_once() {
    let (fake, authority) = guarded().await;
    let lines = format!("echo run >> \"$0.log\"\n{PRINTS_TOKEN}");
    let home = with_plugin(&entry(&fake, Some(&authority)), "", &lines);
    assert!(!home.uses().await.unwrap().is_empty());
    assert_eq!(std::fs::read_to_string(home.path().join("plugin.log")).unwrap(), "run\n");
}

#[tokio::test]
async fn a_credential_plugin_may_print_yaml() {
    let (fake, authority) = guarded().await;
    let lines = "printf 'kind: ExecCredential\\nstatus:\\n  token: %s\\n' \"$GIVEN\"";
    assert!(with_plugin(&entry(&fake, Some(&authority)), "", lines).uses().await.is_ok());
}

#[tokio::test]
async fn a_credential_plugin_gives_a_client_certificate() {
    let authority = Authority::new();
    let fake = FakeCluster::strict(shop(), &authority).await;
    let (certificate, key) = authority.client();
    let status = serde_json::json!({ "status": {
        "clientCertificateData": certificate.trim_end(), "clientKeyData": key.trim_end()
    } });
    let home = with_plugin(&entry(&fake, Some(&authority)), "", "cat \"$0.json\"");
    home.write("plugin.json", &status.to_string());
    assert!(home.uses().await.is_ok());
}

#[tokio::test]
async fn a_credential_plugin_gets_the_cluster_on_request() {
    let (fake, authority) = guarded().await;
    let lines = format!("printf %s \"$KUBERNETES_EXEC_INFO\" > \"$0.info\"\n{PRINTS_TOKEN}");
    let more = ", provideClusterInfo: true, interactiveMode: IfAvailable";
    let home = with_plugin(&entry(&fake, Some(&authority)), more, &lines);
    home.uses().await.unwrap();
    let info = std::fs::read(home.path().join("plugin.info")).unwrap();
    let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
    assert_eq!(info["kind"], "ExecCredential");
    assert_eq!(info["apiVersion"], "client.authentication.k8s.io/v1");
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["spec"]["cluster"]["server"], fake.server);
    let authority_data = info["spec"]["cluster"]["certificate-authority-data"].as_str();
    assert_eq!(authority_data.unwrap(), base64(&authority.pem()));
}

#[tokio::test]
async fn a_credential_plugin_that_fails_is_named_and_nothing_it_knows_is_shown() {
    let (fake, authority) = guarded().await;
    let entry = entry(&fake, Some(&authority));
    for (lines, reason) in [
        ("echo $GIVEN; echo $GIVEN >&2; exit 3", "`plugin` ended with exit code 3"),
        ("echo $GIVEN; kill -9 $$", "`plugin` was killed by a signal"),
        ("echo $GIVEN", "`plugin` printed no credentials"),
        ("printf '{\"status\": {}}'", "`plugin` printed no credentials"),
        ("printf '{\"status\": {\"token\": \"\"}}'", "`plugin` printed no credentials"),
        ("printf '{\"status\": {\"token\": [\"%s\"]}}' $GIVEN", "`plugin` printed no credentials"),
        ("printf '{\"status\": {\"token\": \"a\\\\n%s\"}}' $GIVEN", "invalid characters"),
    ] {
        let error = with_plugin(&entry, "", lines).connect().await.unwrap_err();
        assert!(matches!(error, ClusterError::NoCredentials { .. }), "{error}");
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(error.hint().unwrap().contains("kubectl"), "{error}");
        assert_silent(&error);
    }
    assert!(fake.state().requests.is_empty());
}

#[tokio::test]
async fn a_credential_plugin_that_is_missing_or_needs_a_terminal_is_an_error() {
    let (fake, authority) = guarded().await;
    let home = with_plugin(&entry(&fake, Some(&authority)), "", PRINTS_TOKEN);
    std::fs::remove_file(home.path().join("plugin")).unwrap();
    let error = home.connect().await.unwrap_err();
    assert!(error.to_string().ends_with("`plugin` was not found"), "{error}");
    let more = ", interactiveMode: Always";
    let home = with_plugin(&entry(&fake, Some(&authority)), more, PRINTS_TOKEN);
    let error = home.connect().await.unwrap_err();
    assert!(error.to_string().ends_with("`plugin` needs a terminal"), "{error}");
}

#[tokio::test]
async fn a_credential_plugin_that_hangs_is_stopped_in_time() {
    let (fake, authority) = guarded().await;
    let home = with_plugin(&entry(&fake, Some(&authority)), "", "exec sleep 600");
    let timeout = Duration::from_millis(300);
    let error = Cluster::connect(&home.kubeconfig(), "test", timeout).await.unwrap_err();
    assert!(error.to_string().ends_with("`plugin` did not finish within 0.3 s"), "{error}");
}

#[tokio::test]
async fn a_credential_plugin_does_not_run_for_a_plain_connection() {
    let fake = FakeCluster::plain(shop()).await;
    assert!(with_plugin(&entry(&fake, None), "", "exit 3").uses().await.is_ok());
}
