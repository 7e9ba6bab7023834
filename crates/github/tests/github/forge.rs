//! A whole release at the embedded forge, with faults.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use github::{AssetOutcome, Draft, GitHubError, MakeLatest, WaitPolicy, WorkflowOutcome};
use probe::Probe;
use rehearsal::{
    fault::Fault,
    forge::{ForgeOptions, Workflow},
};

use crate::world::{COMMIT, World, options};

fn draft() -> Draft {
    Draft {
        tag: "v1".to_owned(),
        target: COMMIT.to_owned(),
        name: "Greeter 1".to_owned(),
        body: "### Added\n\n- All".to_owned(),
        prerelease: false,
    }
}

#[tokio::test]
async fn a_release_is_drafted_filled_published_and_compared() {
    let world = World::new(options());
    let (github, file) = (world.maintainer(), world.file("greeter-1.0.whl", "wheel"));
    let files = [file.clone(), world.file("SHA256SUMS", "sums")];
    let releases = github.releases();
    assert!(matches!(releases.probe("v1", &files).await, Probe::Absent));
    let release = github.releases().create_draft(&draft()).await.unwrap();
    assert_eq!(github.releases().create_draft(&draft()).await.unwrap().id, release.id);
    let sent = Arc::new(Mutex::new(0));
    let count = Arc::clone(&sent);
    let progress: transport::Progress = Arc::new(move |bytes| *count.lock().unwrap() += bytes);
    for file in &files {
        let outcome = github.assets().upload(&release, file, Some(progress.clone())).await.unwrap();
        assert_eq!(outcome, AssetOutcome::Uploaded);
    }
    assert_eq!(*sent.lock().unwrap(), 9);
    assert_eq!(
        github.assets().upload(&release, &file, None).await.unwrap(),
        AssetOutcome::AlreadyPresent
    );
    assert!(matches!(releases.probe("v1", &files).await, Probe::Partial(_)));
    assert!(!github.releases().publish(release.id, MakeLatest::Yes).await.unwrap().draft);
    assert!(!github.releases().publish(release.id, MakeLatest::Yes).await.unwrap().draft);
    assert!(releases.probe("v1", &files).await.is_identical());
    let other = [world.file("greeter-1.0.whl", "other")];
    assert!(matches!(releases.probe("v1", &other).await, Probe::Diverged(_)));
    assert_eq!(world.forge.state().releases.len(), 1);
}

#[tokio::test]
async fn an_anonymous_client_sees_the_published_release_and_its_content() {
    let world = World::new(options());
    let (github, file) = (world.maintainer(), world.file("a b.txt", "text"));
    let release = github.releases().create_draft(&draft()).await.unwrap();
    github.assets().upload(&release, &file, None).await.unwrap();
    let anonymous = world.client(None);
    assert_eq!(anonymous.releases().by_tag("v1").await.unwrap(), None, "drafts are private");
    github.releases().publish(release.id, MakeLatest::Yes).await.unwrap();
    let seen = anonymous.releases().by_tag("v1").await.unwrap().unwrap();
    let asset = seen.asset("a b.txt").unwrap();
    assert_eq!(anonymous.assets().downloaded_sha256(asset).await.unwrap(), file.sha256);
    assert_eq!(
        github.assets().downloaded_sha256(asset).await.unwrap(),
        file.sha256,
        "no token at the storage"
    );
}

#[tokio::test]
async fn lost_responses_of_every_writing_request_leave_one_complete_release() {
    for (verb, part) in [
        ("POST", "/releases"),
        ("POST", "/assets"),
        ("PATCH", "/releases"),
        ("DELETE", "/releases"),
    ] {
        for fault in [
            Fault::lost_response(),
            Fault::reset_before_body(),
            Fault::reset_after_body(),
            Fault::status(502),
        ] {
            let world = World::new(options());
            let (github, file) = (world.maintainer(), world.file("a.whl", "wheel"));
            let context = format!("{verb} {part} {fault:?}");
            world.forge.faults().inject(fault.method(verb).path_contains(part));
            let release = github.releases().create_draft(&draft()).await.expect(&context);
            github.assets().upload(&release, &file, None).await.expect(&context);
            assert_eq!(world.forge.state().releases.len(), 1, "{context}");
            if verb == "DELETE" {
                assert!(github.releases().delete_draft(release.id).await.expect(&context));
                assert!(!github.releases().delete_draft(release.id).await.expect(&context));
                assert_eq!(world.forge.state().releases.len(), 0, "{context}");
                continue;
            }
            github.releases().publish(release.id, MakeLatest::Yes).await.expect(&context);
            let probe = github.releases().probe("v1", &[file]).await;
            assert!(probe.is_identical(), "{context}: {probe:?}");
            assert_eq!(world.forge.faults().total_triggered(), 1, "{context}");
        }
    }
}

#[tokio::test]
async fn another_content_under_the_same_name_is_refused() {
    let world = World::new(options());
    let github = world.maintainer();
    let release = github.releases().create_draft(&draft()).await.unwrap();
    github.assets().upload(&release, &world.file("a", "one"), None).await.unwrap();
    let error = github.assets().upload(&release, &world.file("a", "two"), None).await.unwrap_err();
    assert!(matches!(error, GitHubError::AssetDiverged { .. }), "{error}");
}

#[tokio::test]
async fn access_is_checked_before_anything_is_created() {
    let world = World::new(options());
    assert!(world.maintainer().check_access().await.unwrap().push);
    let refused = |token: Option<&'static str>| {
        let client = world.client(token);
        async move { client.check_access().await.unwrap_err() }
    };
    assert!(matches!(refused(None).await, GitHubError::NoToken { .. }));
    assert!(matches!(refused(Some("wrong")).await, GitHubError::TokenRefused { .. }));
    assert!(matches!(refused(Some("canary-pull")).await, GitHubError::NoPushRight { .. }));
    let error =
        world.client(Some("canary-pull")).releases().create_draft(&draft()).await.unwrap_err();
    assert!(matches!(error, GitHubError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_private_repository_is_not_found_anonymously() {
    let world = World::new(options().private());
    assert!(matches!(world.client(None).access().await, Err(GitHubError::NotFound { .. })));
}

#[tokio::test]
async fn limits_are_waited_for() {
    let world = World::new(options());
    world.forge.limit_secondary(1, Duration::from_secs(1));
    world.maintainer().releases().create_draft(&draft()).await.unwrap();
    assert_eq!(world.forge.state().releases.len(), 1);
}

#[tokio::test]
async fn immutable_releases_are_published_in_the_same_order() {
    let world = World::new(options().immutable_releases());
    let (github, file) = (world.maintainer(), world.file("a", "one"));
    let release = github.releases().create_draft(&draft()).await.unwrap();
    github.assets().upload(&release, &file, None).await.unwrap();
    assert!(github.releases().publish(release.id, MakeLatest::Yes).await.unwrap().immutable);
    assert!(github.releases().probe("v1", &[file]).await.is_identical());
}

async fn wait(workflow: Option<Workflow>, names: &[&str], deadline: Duration) -> WorkflowOutcome {
    let options = workflow.into_iter().fold(options(), ForgeOptions::workflow);
    let world = World::new(options);
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let policy = WaitPolicy { deadline, poll: Duration::from_millis(10) };
    world.maintainer().workflows().wait(COMMIT, &names, policy, &|_| ()).await.unwrap()
}

#[tokio::test]
async fn workflows_are_waited_for_and_their_outcomes_differ() {
    let (long, short) = (Duration::from_secs(20), Duration::from_millis(50));
    let ci = || Workflow::new("CI");
    let slow = ci().appears_after(1).queued_for(1).runs_for(2);
    assert!(matches!(wait(Some(slow), &["CI"], long).await, WorkflowOutcome::Green(_)));
    assert!(matches!(wait(Some(ci()), &[], long).await, WorkflowOutcome::Green(_)));
    let failing = ci().runs_for(1).concludes("failure");
    let outcome = wait(Some(failing), &["CI"], long).await;
    assert!(
        matches!(&outcome, WorkflowOutcome::Failed(runs) if !runs[0].url.is_empty()),
        "{outcome:?}"
    );
    let endless = wait(Some(ci().runs_for(u32::MAX)), &["CI"], short).await;
    assert!(matches!(endless, WorkflowOutcome::Running(_)), "{endless:?}");
    let missing = WorkflowOutcome::NotStarted(vec!["Docs".to_owned()]);
    assert_eq!(wait(Some(ci()), &["Docs"], short).await, missing);
    assert_eq!(wait(None, &[], short).await, WorkflowOutcome::NotStarted(vec![]));
}

#[tokio::test]
async fn artifacts_are_unpacked_and_the_storage_never_gets_the_token() {
    let files: &[(&str, &[u8])] = &[("dist/a-1-py3-none-any.whl", b"wheel"), ("notes.txt", b"-")];
    let world = World::new(
        options()
            .workflow(Workflow::new("Wheels").artifact("wheels-linux", files))
            .workflow(Workflow::new("Old").artifact("wheels-old", files).artifacts_expired()),
    );
    let (client, folder) = (world.maintainer(), world.folder.path());
    let runs = client.workflows().runs(COMMIT).await.unwrap();
    let listed = client.artifacts().list(runs[0].id).await.unwrap();
    let unpacked = client.artifacts().unpack(&listed[0], folder, ".whl").await.unwrap();
    assert_eq!(unpacked, [folder.join("a-1-py3-none-any.whl")]);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
    let downloads = world.forge.storage_requests();
    assert_eq!(downloads.len(), 1);
    assert!(downloads[0].status.is_some_and(|status| status.is_success()), "{downloads:?}");

    // A download that breaks off is repeated.
    let truncated = Fault::truncated_body().path_contains("/artifacts/");
    world.forge.storage_faults().inject(truncated);
    let unpacked = client.artifacts().unpack(&listed[0], folder, ".whl").await.unwrap();
    assert_eq!(std::fs::read(&unpacked[0]).unwrap(), b"wheel");
    assert_eq!(world.forge.storage_requests().len(), 3);

    let damaged = github::Artifact { digest: Some("sha256:0".to_owned()), ..listed[0].clone() };
    let error = client.artifacts().unpack(&damaged, folder, ".whl").await.unwrap_err();
    assert!(matches!(error, GitHubError::InvalidArtifact { .. }), "{error}");
    let old = client.artifacts().list(runs[1].id).await.unwrap();
    let error = client.artifacts().unpack(&old[0], folder, ".whl").await.unwrap_err();
    assert!(matches!(error, GitHubError::ArtifactExpired { .. }), "{error}");
}
