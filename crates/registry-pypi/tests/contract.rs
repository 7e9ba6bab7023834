//! What every package index must do, run against the embedded index and
//! the real pypiserver and devpi-server.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use probe::Probe;
use registry_pypi::{
    CredentialCheck, IndexError, Level, LevelState, NameUse, ProofOutcome, ProofRequest, Target,
    UploadOutcome, UploadSet, prove,
};
use rehearsal::index::sample::Sample;
use support::{TestIndex, built, devpi, embedded, polling, pypiserver, reader, user, writer};

/// One test with each server for each of the functions.
macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod embedded_index { $(#[tokio::test] async fn $name() { super::$name(super::embedded()).await; })+ }
        mod real_pypiserver { $(#[tokio::test] async fn $name() { super::$name(super::pypiserver()).await; })+ }
        mod real_devpi { $(#[tokio::test] async fn $name() { super::$name(super::devpi().await).await; })+ }
    };
}

contract!(
    a_missing_project_is_empty_and_no_error,
    a_set_is_uploaded_wheel_first_and_listed,
    the_same_bytes_again_change_nothing,
    other_bytes_under_the_same_name_are_refused_with_their_digest,
    a_probe_distinguishes_absent_partial_identical_and_diverged,
    wrong_credentials_are_rejected_and_valid_ones_accepted,
    a_wrong_password_stops_the_upload,
    a_release_is_proved_as_far_as_the_index_offers,
    a_release_of_unknown_digests_is_compared_with_itself,
    versions_are_listed_in_their_order,
);

fn sample(version: &str) -> Sample {
    Sample::new("My.Greeter", version).requires_python(">=3.8")
}

async fn a_missing_project_is_empty_and_no_error(index: TestIndex) {
    let listing = reader(&index.endpoints).listing("my-greeter").await.unwrap();
    assert!(listing.files.is_empty() && listing.versions.is_empty());
}

async fn a_set_is_uploaded_wheel_first_and_listed(index: TestIndex) {
    let built = built(&sample("0.1.0"));
    let both = vec![built.sdist.clone(), built.wheel.clone()];
    let set = UploadSet::new(both, index.endpoints.rules, &[]).unwrap();
    let done = writer(&index.endpoints).upload_set(&set, &index.credentials, None).await.unwrap();
    let names: Vec<&str> = done.iter().map(|uploaded| uploaded.file_name.as_str()).collect();
    assert_eq!(names, ["my_greeter-0.1.0-py3-none-any.whl", "my_greeter-0.1.0.tar.gz"]);
    assert!(done.iter().all(|uploaded| uploaded.outcome == UploadOutcome::Accepted));

    let files = reader(&index.endpoints).files("My.Greeter").await.unwrap();
    assert_eq!(files.len(), 2);
    for distribution in [&built.wheel, &built.sdist] {
        let file = files.iter().find(|file| file.file_name == distribution.file_name()).unwrap();
        assert_eq!(file.sha256.as_ref(), Some(&distribution.digests().sha256));
    }
}

async fn the_same_bytes_again_change_nothing(index: TestIndex) {
    let built = built(&sample("0.1.0"));
    let writer = writer(&index.endpoints);
    writer.upload(&built.wheel, &index.credentials, None).await.unwrap();
    writer.upload(&built.wheel, &index.credentials, None).await.unwrap();
    assert_eq!(reader(&index.endpoints).files("my-greeter").await.unwrap().len(), 1);
}

async fn other_bytes_under_the_same_name_are_refused_with_their_digest(index: TestIndex) {
    let (first, second) = (built(&sample("0.1.0")), built(&sample("0.1.0").greeting("goodbye")));
    let writer = writer(&index.endpoints);
    writer.upload(&first.wheel, &index.credentials, None).await.unwrap();
    let error = writer.upload(&second.wheel, &index.credentials, None).await.unwrap_err();
    let IndexError::FileNameUsed { used: NameUse::OtherBytes { sha256 }, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(sha256.as_ref(), Some(&first.wheel.digests().sha256));
    assert!(error.is_permanent() && error.hint().contains("next version"));
}

async fn a_probe_distinguishes_absent_partial_identical_and_diverged(index: TestIndex) {
    let (first, other) = (built(&sample("0.1.0")), built(&sample("0.1.0").greeting("goodbye")));
    let (reader, writer) = (reader(&index.endpoints), writer(&index.endpoints));
    let expected = [first.wheel.expected(), first.sdist.expected()];
    let probe = reader.probe("my-greeter", &expected).await;
    assert!(matches!(probe, Probe::Absent), "{probe:?}");
    writer.upload(&first.wheel, &index.credentials, None).await.unwrap();
    let probe = reader.probe("my-greeter", &expected).await;
    let Probe::Partial(state) = probe else { panic!("{probe:?}") };
    assert_eq!(state.files[1].probe, Probe::Absent);
    writer.upload(&first.sdist, &index.credentials, None).await.unwrap();
    assert!(reader.probe("My_Greeter", &expected).await.is_identical());
    let probe = reader.probe("my-greeter", &[other.wheel.expected()]).await;
    let Probe::Diverged(state) = probe else { panic!("{probe:?}") };
    assert_eq!(state.others, ["my_greeter-0.1.0.tar.gz"]);
}

async fn wrong_credentials_are_rejected_and_valid_ones_accepted(index: TestIndex) {
    let writer = writer(&index.endpoints);
    assert_eq!(writer.check_credentials(&index.credentials).await, CredentialCheck::Accepted);
    let wrong = user(&index.credentials.user, "wrong");
    let check = writer.check_credentials(&wrong).await;
    assert!(matches!(check, CredentialCheck::Rejected { .. }), "{check:?}");
}

async fn a_wrong_password_stops_the_upload(index: TestIndex) {
    let built = built(&sample("0.1.0"));
    let wrong = user(&index.credentials.user, "wrong");
    let error = writer(&index.endpoints).upload(&built.wheel, &wrong, None).await.unwrap_err();
    let refused = matches!(error, IndexError::Unauthorized { .. } | IndexError::Forbidden { .. });
    assert!(refused, "{error:?}");
    assert!(reader(&index.endpoints).files("my-greeter").await.unwrap().is_empty());
}

async fn a_release_is_proved_as_far_as_the_index_offers(index: TestIndex) {
    let built = built(&sample("0.1.0"));
    let both = vec![built.sdist.clone(), built.wheel.clone()];
    let set = UploadSet::new(both, index.endpoints.rules, &[]).unwrap();
    writer(&index.endpoints).upload_set(&set, &index.credentials, None).await.unwrap();
    let request = ProofRequest {
        project: "My.Greeter".into(),
        version: "0.1.0".into(),
        expected: set.distributions().iter().map(|d| d.expected()).collect(),
        accepted: Some(true),
        target: Some(Target::python("3.11")),
        polling: polling(10_000),
        ..ProofRequest::default()
    };
    let proof = prove(&reader(&index.endpoints), &request, None).await;
    assert_eq!(proof.outcome, ProofOutcome::Proved, "{proof:#?}");
    let recorded = match index.endpoints.json {
        Some(_) => LevelState::Proved,
        None => LevelState::NotOffered,
    };
    assert_eq!(proof.state(Level::Recorded), &recorded);
    assert_eq!(proof.state(Level::Installed), &LevelState::NotRequested);
    assert!(proof.polls >= 2, "listed must hold twice");
}

async fn a_release_of_unknown_digests_is_compared_with_itself(index: TestIndex) {
    let built = built(&sample("0.1.0"));
    writer(&index.endpoints).upload(&built.wheel, &index.credentials, None).await.unwrap();
    let request = ProofRequest {
        project: "my-greeter".into(),
        version: "0.1".into(),
        polling: polling(10_000),
        ..ProofRequest::default()
    };
    let proof = prove(&reader(&index.endpoints), &request, None).await;
    assert_eq!(proof.outcome, ProofOutcome::Proved, "{proof:#?}");
    assert_eq!(proof.files[0].sha256.as_ref(), Some(&built.wheel.digests().sha256));
}

async fn versions_are_listed_in_their_order(index: TestIndex) {
    let writer = writer(&index.endpoints);
    for version in ["0.10.0", "0.9.0", "1.0.0rc1"] {
        let built = built(&sample(version));
        writer.upload(&built.wheel, &index.credentials, None).await.unwrap();
    }
    let reader = reader(&index.endpoints);
    let versions = reader.versions("my-greeter").await.unwrap();
    let texts: Vec<String> = versions.sorted.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["0.9.0", "0.10.0", "1.0.0rc1"]);
    let format = reader.listing("my-greeter").await.unwrap().format.unwrap();
    assert_eq!(format == registry_pypi::ListingFormat::Json, index.has_json);
}
