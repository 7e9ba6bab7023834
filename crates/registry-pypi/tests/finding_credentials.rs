//! Credentials are found where users store them, in the documented order.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{ffi::OsString, time::SystemTime};

use registry_pypi::{
    CredentialCheck, CredentialSource, Credentials, IndexError, UploadOutcome, UploadSet,
    credentials::{self, Environment, Keyring, Sources},
};
use rehearsal::index::{IndexOptions, TrustedPublisher, sample::Sample};
use secrecy::{ExposeSecret as _, SecretString};
use support::{built, package_index, reader, writer};
use transport::HttpClient;

/// Has one password, for one user at any service of this host.
struct OnePassword(&'static str, &'static str);

#[async_trait::async_trait]
impl Keyring for OnePassword {
    async fn password(&self, service: &str, user: &str) -> Option<SecretString> {
        (service.starts_with("http://127.0.0.1") && user == self.0).then(|| self.1.into())
    }
}

async fn found(
    variables: &[(&str, &str)],
    pypirc: &str,
    keyring: Option<&dyn Keyring>,
) -> Option<Credentials> {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(".pypirc"), pypirc).unwrap();
    let (_index, endpoints) = package_index(IndexOptions::default());
    let environment: Environment = variables.iter().copied().collect();
    let sources = Sources {
        home: Some(home.path()),
        keyring,
        other_tools_variables: true,
        ..Sources::variables(&environment)
    };
    credentials::find(&endpoints, sources).await.unwrap()
}

#[tokio::test]
async fn the_first_source_with_credentials_counts() {
    let index = ("TIDEGATE_INDEX_EMBEDDED_TOKEN", "pypi-index");
    let twine = ("TWINE_PASSWORD", "twine");
    let uv = ("UV_PUBLISH_TOKEN", "pypi-uv");
    let pypirc = "[embedded]\nusername = me\npassword = 50%off\n";
    let keyring = OnePassword("__token__", "pypi-ring");
    let secret = async |variables: &[(&str, &str)], pypirc: &str| {
        let found = found(variables, pypirc, Some(&keyring)).await.unwrap();
        (found.user.clone(), found.password.expose_secret().to_owned())
    };
    let token = |text: &str| ("__token__".to_owned(), text.to_owned());
    assert_eq!(secret(&[index, twine, uv], pypirc).await, token("pypi-index"));
    assert_eq!(secret(&[twine, uv], pypirc).await, token("twine"));
    assert_eq!(secret(&[uv], pypirc).await, token("pypi-uv"));
    assert_eq!(secret(&[], pypirc).await, ("me".to_owned(), "50%off".to_owned()));
    assert_eq!(secret(&[], "").await, token("pypi-ring"));
}

#[tokio::test]
async fn the_keyring_is_queried_with_the_configured_user() {
    let keyring = OnePassword("me", "secret");
    let found = found(&[], "[embedded]\nusername = me\n", Some(&keyring)).await.unwrap();
    assert_eq!((found.user.as_str(), found.source), ("me", CredentialSource::Keyring));
}

#[tokio::test]
async fn nothing_anywhere_is_no_error() {
    assert!(found(&[], "", None).await.is_none());
}

/// A program of the system in place of `keyring`.
fn instead_of_keyring(program: &str) -> credentials::KeyringProgram {
    credentials::KeyringProgram::at(process::find_program(program).unwrap())
}

#[tokio::test]
async fn the_keyring_program_gets_service_and_user() {
    let keyring = instead_of_keyring("echo");
    let password = keyring.password("https://index.example/legacy/", "__token__").await.unwrap();
    assert_eq!(password.expose_secret(), "get https://index.example/legacy/ __token__");
}

#[tokio::test]
async fn a_keyring_without_backend_or_program_has_nothing() {
    assert!(instead_of_keyring("false").password("service", "user").await.is_none());
    let absent = credentials::KeyringProgram::at("/nowhere/keyring".into());
    assert!(absent.password("service", "user").await.is_none());
}

fn job(index: &rehearsal::index::PackageIndex, subject: &str) -> Environment {
    let variables = index.job_environment(subject).into_iter();
    variables.map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

#[tokio::test]
async fn a_trusted_publisher_gets_a_token_that_uploads_with_attestations() {
    let publisher = TrustedPublisher::new("repo:octo/greeter", ["greeter"]);
    let (index, endpoints) = package_index(IndexOptions::default().trusted_publisher(publisher));
    let http = HttpClient::new("tidegate-test/1").unwrap();
    let environment = job(&index, "repo:octo/greeter");
    let sources = Sources { trusted_publishing: Some(&http), ..Sources::variables(&environment) };
    let token = credentials::find(&endpoints, sources).await.unwrap().unwrap();
    assert_eq!(token.source, CredentialSource::TrustedPublishing);
    assert!(token.expires.unwrap() > SystemTime::now());
    assert_eq!(writer(&endpoints).check_credentials(&token).await, CredentialCheck::Accepted);

    let built = built(&Sample::new("greeter", "0.1.0"));
    let beside = built.folder.path().join("greeter-0.1.0-py3-none-any.whl.publish.attestation");
    std::fs::write(beside, r#"{"version":1,"verification_material":{},"envelope":{}}"#).unwrap();
    let wheel = support::opened(built.wheel.path());
    let set = UploadSet::new(vec![wheel], endpoints.rules, &[]).unwrap();
    let done = writer(&endpoints).upload_set(&set, &token, None).await.unwrap();
    assert_eq!(done[0].outcome, UploadOutcome::Accepted);
    let files = reader(&endpoints).files("greeter").await.unwrap();
    assert!(files[0].provenance.is_some(), "the attestation arrived");
}

#[tokio::test]
async fn an_unregistered_job_is_refused_with_the_code_of_pypi() {
    let (index, endpoints) = package_index(IndexOptions::default());
    let http = HttpClient::new("tidegate-test/1").unwrap();
    let environment = job(&index, "repo:octo/other");
    let sources = Sources { trusted_publishing: Some(&http), ..Sources::variables(&environment) };
    let error = credentials::find(&endpoints, sources).await.unwrap_err();
    let IndexError::TrustedPublishing { code, .. } = &error else { panic!("{error:?}") };
    assert_eq!(code, "invalid-publisher");
}

#[tokio::test]
async fn attestations_are_not_sent_without_a_trusted_publisher() {
    let (_index, endpoints) = package_index(IndexOptions::default());
    let built = built(&Sample::new("greeter", "0.1.0"));
    let beside = built.folder.path().join("greeter-0.1.0-py3-none-any.whl.publish.attestation");
    std::fs::write(beside, "{}").unwrap();
    let wheel = support::opened(built.wheel.path());
    assert_eq!(wheel.attestations()[0].kind, "publish");
    writer(&endpoints).upload(&wheel, &support::token(), None).await.unwrap();
}
