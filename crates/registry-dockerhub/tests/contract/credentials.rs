//! Credential helpers as programs, and credentials on their way to a registry.

use std::{os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use registry_dockerhub::{
    AccessCheck, Credential, CredentialLocations, CredentialQuery, CredentialSource as _,
    DockerCredentials, RegistryError, Right,
};
use tempfile::TempDir;

use crate::test_registry::{PASSWORD, TestRegistry, client};

/// A folder with a config file that names the helper `test`, and that helper.
fn docker_folder(script: &str) -> (TempDir, CredentialLocations) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    std::fs::write(&config, r#"{"credsStore":"test","auths":{"r.example":{}}}"#).unwrap();
    write_program(&folder.path().join("docker-credential-test"), script);
    let locations = CredentialLocations {
        helper_folder: Some(folder.path().to_owned()),
        helper_patience: Duration::from_millis(500),
        ..CredentialLocations::file(config)
    };
    (folder, locations)
}

fn write_program(path: &Path, script: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

async fn ask(script: &str) -> Result<Option<Credential>, RegistryError> {
    let (_folder, locations) = docker_folder(script);
    let query = CredentialQuery {
        registry: "r.example".parse().unwrap(),
        server: "r.example".to_owned(),
        path: "team/app".to_owned(),
    };
    DockerCredentials::load(&locations)?.credential(&query).await
}

#[tokio::test]
async fn a_helper_is_told_the_server_and_tells_user_and_secret() {
    let script = r#"read server; [ "$1 $server" = "get r.example" ] || exit 9
        echo '{"ServerURL":"r.example","Username":"me","Secret":"canary-secret"}'"#;
    let Some(Credential::Password { user, .. }) = ask(script).await.unwrap() else { panic!() };
    assert_eq!(user, "me");
}

#[tokio::test]
async fn a_helper_that_knows_nothing_means_anonymous() {
    let script = "echo 'credentials not found in native keychain'; exit 1";
    assert!(ask(script).await.unwrap().is_none());
}

#[tokio::test]
async fn a_helper_that_fails_or_babbles_is_named_and_not_quoted() {
    for (script, reason) in [
        ("echo canary-secret; echo canary-secret >&2; exit 3", "exit code 3"),
        ("echo 'not json canary-secret'", "cannot be read"),
        ("sleep 20; echo canary-secret", "no answer within"),
    ] {
        let error = ask(script).await.unwrap_err();
        let text = format!("{error} {error:?} {:?}", error.hint());
        assert!(text.contains(reason) && text.contains("docker-credential-test"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn what_docker_login_wrote_opens_the_registry() {
    let registry = TestRegistry::with_passwords();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.json");
    let text =
        serde_json::json!({"auths": {registry.host(): {"username": "me", "password": PASSWORD}}});
    std::fs::write(&config, text.to_string()).unwrap();
    let credentials = DockerCredentials::load(&CredentialLocations::file(&config)).unwrap();
    let check =
        client(credentials).access(&registry.repository("team/app")).check(&[Right::Push]).await;
    assert!(matches!(check, AccessCheck::Granted), "{check:?}");
}

#[tokio::test]
async fn a_helper_that_is_missing_stops_the_preflight() {
    let (folder, locations) = docker_folder("exit 0");
    std::fs::remove_file(folder.path().join("docker-credential-test")).unwrap();
    let registry = TestRegistry::with_passwords();
    let credentials = DockerCredentials::load(&locations).unwrap();
    let check =
        client(credentials).access(&registry.repository("team/app")).check(&[Right::Push]).await;
    let AccessCheck::Unauthorized(error) = check else { panic!("{check:?}") };
    assert!(error.to_string().contains("was not found on PATH"), "{error}");
}
