//! The whole course of a release at the embedded forge, with faults.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use github::{
    AssetFile, AssetOutcome, Draft, Endpoints, GitHubClient, GitHubError, MakeLatest, Probe,
    RepositoryName, WaitPolicy, WorkflowOutcome,
};
use rehearsal::{
    fault::Fault,
    forge::{Forge, ForgeOptions, ForgeToken, Permission, Workflow},
};
use transport::{HttpClient, RetryPolicy};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

struct World {
    forge: Forge,
    folder: tempfile::TempDir,
}

fn options() -> ForgeOptions {
    ForgeOptions::new("octo", "greeter")
        .token(ForgeToken::new("canary-push", "octo", Permission::Push))
        .token(ForgeToken::new("canary-pull", "pal", Permission::Pull))
        .tag("v1", COMMIT)
}

impl World {
    fn new(options: ForgeOptions) -> Self {
        Self { forge: Forge::start(options).unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn client(&self, token: Option<&str>) -> GitHubClient {
        let retry = RetryPolicy {
            attempts: 3,
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_secs(2),
        };
        let http = HttpClient::new("tidegate-test/1").unwrap().with_retry(retry);
        let endpoints = Endpoints::at(self.forge.url().parse().unwrap(), None);
        let repository = RepositoryName::parse("octo/greeter").unwrap();
        let client = GitHubClient::new(http, endpoints, repository, token.map(Into::into));
        client.settle(Duration::from_millis(1))
    }

    fn maintainer(&self) -> GitHubClient {
        self.client(Some("canary-push"))
    }

    fn file(&self, name: &str, text: &str) -> AssetFile {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        AssetFile::read(&path).unwrap()
    }
}

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
async fn a_release_is_drafted_filled_published_and_probed() {
    let world = World::new(options());
    let (github, file) = (world.maintainer(), world.file("greeter-1.0.whl", "wheel"));
    let files = [file.clone(), world.file("SHA256SUMS", "sums")];
    let probe = |files: Vec<AssetFile>| {
        let github = github.clone();
        async move { github.probe_release("v1", &files).await.unwrap().probe }
    };
    assert_eq!(probe(files.to_vec()).await, Probe::Absent);
    let release = github.create_draft(&draft()).await.unwrap();
    assert_eq!(github.create_draft(&draft()).await.unwrap().id, release.id);
    let sent = Arc::new(Mutex::new(0));
    let count = Arc::clone(&sent);
    let progress: transport::Progress = Arc::new(move |bytes| *count.lock().unwrap() += bytes);
    for file in &files {
        let outcome = github.upload_asset(&release, file, Some(progress.clone())).await.unwrap();
        assert_eq!(outcome, AssetOutcome::Uploaded);
    }
    assert_eq!(*sent.lock().unwrap(), 9);
    assert_eq!(
        github.upload_asset(&release, &file, None).await.unwrap(),
        AssetOutcome::AlreadyThere
    );
    assert_eq!(probe(files.to_vec()).await, Probe::Partial);
    assert!(!github.publish(release.id, MakeLatest::Yes).await.unwrap().draft);
    assert!(!github.publish(release.id, MakeLatest::Yes).await.unwrap().draft);
    assert_eq!(probe(files.to_vec()).await, Probe::Identical);
    assert_eq!(probe(vec![world.file("greeter-1.0.whl", "other")]).await, Probe::Diverged);
    assert_eq!(world.forge.state().releases.len(), 1);
}

#[tokio::test]
async fn a_stranger_sees_the_published_release_and_its_content() {
    let world = World::new(options());
    let (github, file) = (world.maintainer(), world.file("a b.txt", "text"));
    let release = github.create_draft(&draft()).await.unwrap();
    github.upload_asset(&release, &file, None).await.unwrap();
    let stranger = world.client(None);
    assert_eq!(stranger.release_by_tag("v1").await.unwrap(), None, "drafts are private");
    github.publish(release.id, MakeLatest::Yes).await.unwrap();
    let seen = stranger.release_by_tag("v1").await.unwrap().unwrap();
    let asset = seen.asset("a b.txt").unwrap();
    assert_eq!(stranger.downloaded_sha256(asset).await.unwrap(), file.sha256);
    assert_eq!(
        github.downloaded_sha256(asset).await.unwrap(),
        file.sha256,
        "no token at the storage"
    );
}

#[tokio::test]
async fn lost_answers_at_every_writing_request_leave_one_whole_release() {
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
            let story = format!("{verb} {part} {fault:?}");
            world.forge.faults().inject(fault.method(verb).path_contains(part));
            let release = github.create_draft(&draft()).await.expect(&story);
            github.upload_asset(&release, &file, None).await.expect(&story);
            assert_eq!(world.forge.state().releases.len(), 1, "{story}");
            if verb == "DELETE" {
                assert!(github.delete_draft(release.id).await.expect(&story));
                assert!(!github.delete_draft(release.id).await.expect(&story));
                assert_eq!(world.forge.state().releases.len(), 0, "{story}");
                continue;
            }
            github.publish(release.id, MakeLatest::Yes).await.expect(&story);
            let state = github.probe_release("v1", &[file]).await.expect(&story);
            assert_eq!(state.probe, Probe::Identical, "{story}");
            assert_eq!(world.forge.faults().total_triggered(), 1, "{story}");
        }
    }
}

#[tokio::test]
async fn another_content_under_the_same_name_is_refused() {
    let world = World::new(options());
    let github = world.maintainer();
    let release = github.create_draft(&draft()).await.unwrap();
    github.upload_asset(&release, &world.file("a", "one"), None).await.unwrap();
    let error = github.upload_asset(&release, &world.file("a", "two"), None).await.unwrap_err();
    assert!(matches!(error, GitHubError::AssetDiverged { .. }), "{error}");
}

#[tokio::test]
async fn access_is_told_before_anything_is_made() {
    let world = World::new(options());
    assert!(world.maintainer().check_access().await.unwrap().push);
    let refused = |token: Option<&'static str>| {
        let client = world.client(token);
        async move { client.check_access().await.unwrap_err() }
    };
    assert!(matches!(refused(None).await, GitHubError::NoToken { .. }));
    assert!(matches!(refused(Some("wrong")).await, GitHubError::TokenRefused { .. }));
    assert!(matches!(refused(Some("canary-pull")).await, GitHubError::NoPushRight { .. }));
    let error = world.client(Some("canary-pull")).create_draft(&draft()).await.unwrap_err();
    assert!(matches!(error, GitHubError::Forbidden { .. }), "{error}");
}

#[tokio::test]
async fn a_private_repository_is_not_found_by_strangers() {
    let world = World::new(options().private());
    assert!(matches!(world.client(None).repository().await, Err(GitHubError::NotFound { .. })));
}

#[tokio::test]
async fn limits_are_waited_for() {
    let world = World::new(options());
    world.forge.limit_secondary(1, Duration::from_secs(1));
    world.maintainer().create_draft(&draft()).await.unwrap();
    assert_eq!(world.forge.state().releases.len(), 1);
}

#[tokio::test]
async fn immutable_releases_take_the_same_course() {
    let world = World::new(options().immutable_releases());
    let (github, file) = (world.maintainer(), world.file("a", "one"));
    let release = github.create_draft(&draft()).await.unwrap();
    github.upload_asset(&release, &file, None).await.unwrap();
    assert!(github.publish(release.id, MakeLatest::Yes).await.unwrap().immutable);
    assert_eq!(github.probe_release("v1", &[file]).await.unwrap().probe, Probe::Identical);
}

async fn wait(workflow: Option<Workflow>, names: &[&str], deadline: Duration) -> WorkflowOutcome {
    let options = workflow.into_iter().fold(options(), ForgeOptions::workflow);
    let world = World::new(options);
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let policy = WaitPolicy { deadline, poll: Duration::from_millis(10) };
    world.maintainer().wait_for_workflows(COMMIT, &names, policy, &|_| ()).await.unwrap()
}

#[tokio::test]
async fn workflows_are_waited_for_and_their_ends_told_apart() {
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
