//! What goes wrong on the way, and what is left of it afterwards.

use std::{collections::BTreeSet, time::Duration};

use image_ref::{Digest, ImageTag, Platform, Repository};
use oci_image::BlobContent;
use registry_dockerhub::{BlobOutcome, Limits, PushOptions, RegistryClient, RegistryError};
use rehearsal::fault::Fault;

use crate::{
    images::{big_image, digest_of, image, publish},
    test_registry::{TestRegistry, limits},
};

fn tag(text: &str) -> ImageTag {
    text.parse().unwrap()
}

/// A registry with one tagged image.
async fn scene() -> (TestRegistry, RegistryClient, Repository, Digest) {
    let registry = TestRegistry::spec();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let digest = publish(&client, &repository, &image("amd64", "x"), &["1.0"]).await;
    (registry, client, repository, digest)
}

/// The error of asking for a tag, logged in, while the registry shows this fault.
async fn error_of(fault: Fault) -> RegistryError {
    let registry = TestRegistry::with_passwords();
    let patience = Duration::from_millis(600);
    let client = registry.client().with_limits(Limits { patience, ..limits() });
    let repository = registry.repository("team/app");
    publish(&client, &repository, &image("amd64", "x"), &["1.0"]).await;
    registry.server().faults().inject(fault.path_contains("/manifests/").forever());
    client.manifests(&repository).get(&tag("1.0")).await.unwrap_err()
}

fn header(name: &str, value: &str) -> (http::HeaderName, http::HeaderValue) {
    (name.parse().unwrap(), value.parse().unwrap())
}

#[tokio::test]
async fn every_fault_has_its_own_message_and_advice() {
    let (wait, hour) = header("retry-after", "3600");
    let faults = [
        (Fault::status(401), "does not accept the credentials"),
        (Fault::status(403), "pull on"),
        (Fault::status(404), "not found"),
        (Fault::status(429), "it does not say for how long"),
        (Fault::status(429).with_header(wait, hour), "it asks to wait 3600 s"),
        (Fault::status(500), "failed by itself"),
        (Fault::reset_before_body(), "the connection to"),
        (Fault::delay(Duration::from_secs(2)), "did not answer in time"),
        (Fault::garbage(), "does not answer like a registry"),
    ];
    let mut seen = BTreeSet::new();
    for (fault, message) in faults {
        let error = error_of(fault).await;
        let text = error.to_string();
        assert!(text.contains(message), "{text} lacks `{message}`");
        assert!(error.hint().is_some(), "{text}");
        assert!(seen.insert(text.clone()), "{text} is there twice");
    }
}

#[tokio::test]
async fn other_refusals_have_their_status_and_code() {
    let body = r#"{"errors":[{"code":"TAG_INVALID","message":"no such form"}]}"#;
    let (registry, client, repository, _) = scene().await;
    registry.server().faults().inject(Fault::status(400).with_body(body).method("GET"));
    let error = client.manifests(&repository).get(&tag("1.0")).await.unwrap_err();
    let expected = format!("{repository}:1.0: answered 400 Bad Request TAG_INVALID (no such form)");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test]
async fn a_403_of_a_rule_is_not_a_missing_right() {
    let registry = TestRegistry::docker_hub();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let digest = publish(&client, &repository, &image("amd64", "x"), &["1.0"]).await;
    let error = client.manifests(&repository).delete(&digest).await.unwrap_err();
    assert!(error.to_string().contains("a tag or an index refers to this manifest"), "{error}");
}

#[tokio::test]
async fn a_fault_that_passes_is_waited_out() {
    let (registry, client, repository, digest) = scene().await;
    let faults = registry.server().faults();
    let (wait, second) = header("retry-after", "1");
    for fault in [
        Fault::status(503),
        Fault::reset_before_body(),
        Fault::status(429).with_header(wait, second),
    ] {
        let id = faults.inject(fault.method("HEAD").path_contains("/manifests/"));
        let head = client.manifests(&repository).head(&tag("1.0")).await.unwrap().unwrap();
        assert_eq!((head.digest, faults.triggered(&id)), (digest.clone(), 1));
    }
}

#[tokio::test]
async fn a_tag_whose_answer_was_lost_is_looked_up_and_not_written_again() {
    let (registry, client, repository, digest) = scene().await;
    registry.server().clear_requests();
    let fault = Fault::lost_response().method("PUT").path_contains("/manifests/latest");
    let id = registry.server().faults().inject(fault);
    client.retag(&repository).tag(&digest, &tag("latest")).await.unwrap();
    assert_eq!(registry.server().faults().triggered(&id), 1);
    let requests = registry.server().requests();
    assert_eq!(requests.iter().filter(|request| request.method == "PUT").count(), 1);
}

#[tokio::test]
async fn a_tag_that_did_not_arrive_is_written_again() {
    for fault in [
        Fault::reset_before_body(),
        Fault::reset_after_body(),
        Fault::status(500),
        Fault::status(502),
        Fault::garbage(),
    ] {
        let (registry, client, repository, digest) = scene().await;
        let id = registry.server().faults().inject(fault.method("PUT"));
        client.retag(&repository).tag(&digest, &tag("latest")).await.unwrap();
        assert_eq!(registry.server().faults().triggered(&id), 1);
        let head = client.manifests(&repository).head(&tag("latest")).await.unwrap().unwrap();
        assert_eq!(head.digest, digest);
    }
}

#[tokio::test]
async fn a_tag_that_never_arrives_is_a_failure_of_that_tag_alone() {
    let (registry, client, repository, digest) = scene().await;
    let fault = Fault::status(500).method("PUT").path_contains("/manifests/latest");
    registry.server().faults().inject(fault.forever());
    let targets = [tag("latest"), tag("1")];
    let (_, outcome) = client.retag(&repository).plan_and_apply(&digest, &targets).await.unwrap();
    assert_eq!(outcome.moved, [(tag("1"), None)]);
    let [(failed, error)] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(failed.as_str(), "latest");
    assert!(error.is_ambiguous(), "{error}");
}

#[tokio::test]
async fn a_digest_that_shows_late_is_waited_for_and_one_that_never_does_is_reported() {
    let (registry, client, repository, old) = scene().await;
    let new = publish(&client, &repository, &image("amd64", "y"), &[]).await;
    // Looks after the write use HEAD.
    let stale = || Fault::stale().method("HEAD").path_contains("/manifests/1.0");
    registry.server().faults().inject(stale().times(2));
    client.retag(&repository).tag(&new, &tag("1.0")).await.unwrap();
    client.retag(&repository).tag(&old, &tag("1.0")).await.unwrap();
    registry.server().faults().inject(stale().forever());
    let error = client.retag(&repository).tag(&new, &tag("1.0")).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotVisible { .. }), "{error}");
}

/// Sends three and a half chunks while the registry shows this fault.
async fn upload_with(fault: Fault) -> Result<(BlobOutcome, TestRegistry), RegistryError> {
    let registry = TestRegistry::spec();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let bytes: Vec<u8> = (0..230_000_usize).map(|position| (position % 241) as u8).collect();
    let digest = Digest::of(&bytes);
    registry.server().faults().inject(fault);
    let content = BlobContent::Bytes(bytes.into());
    let outcome = client.uploads(&repository).send(&digest, &content, |_| ()).await?;
    assert_eq!(client.blobs(&repository).size(&digest).await.unwrap(), Some(230_000));
    Ok((outcome, registry))
}

fn bytes_sent(registry: &TestRegistry) -> u64 {
    registry.server().requests().iter().map(|request| request.body_bytes).sum()
}

#[tokio::test]
async fn a_chunk_that_broke_is_resumed_where_it_broke() {
    for fault in [
        Fault::reset_before_body(),
        Fault::reset_after_body(),
        Fault::lost_response(),
        Fault::status(500),
        Fault::status(502),
        Fault::garbage(),
    ] {
        let (outcome, registry) = upload_with(fault.method("PATCH").skip(1)).await.unwrap();
        assert_eq!(outcome, BlobOutcome::Uploaded);
        let posts = registry.server().requests().iter().filter(|r| r.method == "POST").count();
        assert_eq!(posts, 1, "the upload went on");
        assert!(bytes_sent(&registry) <= 230_000 + (64 << 10), "one chunk at most came twice");
    }
}

#[tokio::test]
async fn an_upload_that_the_registry_forgot_starts_again() {
    let forgot = r#"{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"upload unknown"}]}"#;
    let fault = Fault::status(404).with_body(forgot).method("PATCH").skip(1);
    let (outcome, registry) = upload_with(fault).await.unwrap();
    assert_eq!(outcome, BlobOutcome::Uploaded);
    let posts = registry.server().requests().iter().filter(|r| r.method == "POST").count();
    assert_eq!(posts, 2);
}

#[tokio::test]
async fn a_lost_response_to_the_last_request_is_looked_up() {
    let (outcome, registry) = upload_with(Fault::lost_response().method("PUT")).await.unwrap();
    assert_eq!(outcome, BlobOutcome::Uploaded);
    assert_eq!(bytes_sent(&registry), 230_000);
}

#[tokio::test]
async fn an_upload_that_always_breaks_is_reported_with_the_reason() {
    let error = upload_with(Fault::status(500).method("PATCH").forever()).await.err().unwrap();
    assert!(matches!(error, RegistryError::ServerFailed { .. }), "{error}");
}

#[tokio::test]
async fn a_download_that_breaks_off_is_continued() {
    let registry = TestRegistry::spec();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let digest = publish(&client, &repository, &big_image(300 << 10), &[]).await;
    registry.server().clear_requests();
    let fault = Fault::truncated_body().method("GET").path_contains("/blobs/").skip(1).times(2);
    registry.server().faults().inject(fault);
    let amd64: Platform = "linux/amd64".parse().unwrap();
    client.verify_pull(&repository, &digest, &amd64).await.unwrap();
    let requests = registry.server().requests();
    assert!(requests.iter().any(|request| request.headers.contains_key("range")));
}

#[tokio::test]
async fn content_that_is_not_its_digest_is_found_out() {
    let (registry, client, repository, digest) = scene().await;
    let config = client.manifests(&repository).get(&digest).await.unwrap();
    let oci_image::ManifestView::Image(view) = config.view().unwrap() else { panic!() };
    let wrong = vec![b'x'; usize::try_from(view.layers[0].size).unwrap()];
    let path = format!("/blobs/{}", view.layers[0].digest);
    registry.server().faults().inject(Fault::status(200).with_body(wrong).path_contains(path));
    let amd64: Platform = "linux/amd64".parse().unwrap();
    let error = client.verify_pull(&repository, &digest, &amd64).await.unwrap_err();
    assert!(matches!(error, RegistryError::DigestMismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_push_that_broke_is_continued_by_pushing_again() {
    let registry = TestRegistry::spec();
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let layout = big_image(300 << 10);
    let (digest, options) = (digest_of(&layout), PushOptions::default());
    let fault = Fault::status(400).method("PUT").path_contains("/manifests/");
    registry.server().faults().inject(fault);
    client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap_err();
    let outcome = client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
    assert!(outcome.blobs.iter().all(|(_, how)| *how == BlobOutcome::Existing));
    assert_eq!(outcome.manifests_sent, [digest]);
}

#[tokio::test]
async fn a_refused_mount_is_followed_by_an_upload() {
    let options = rehearsal::oci::RegistryOptions::default().without_mounting();
    let registry = TestRegistry::embedded(options, false);
    let client = registry.client();
    let [sister, repository] = ["team/base", "team/app"].map(|path| registry.repository(path));
    let layout = image("amd64", "x");
    let digest = publish(&client, &sister, &layout, &["1.0"]).await;
    assert!(!client.uploads(&repository).mount(&digest, &sister).await.unwrap());
    assert_eq!(registry.server().open_uploads(), 0);
    let options = PushOptions { mount_from: Some(sister), ..PushOptions::default() };
    let outcome = client.push(&repository, options.clone()).layout(&layout, &digest).await.unwrap();
    assert!(outcome.blobs.iter().all(|(_, how)| *how == BlobOutcome::Uploaded));
    assert_eq!(registry.server().open_uploads(), 0, "the upload opened instead is used");
}
