//! Docker Hub's own API.

use std::time::{Duration, SystemTime};

use registry_dockerhub::{
    Deletion, RegistryError, Right,
    hub::{HubClient, HubLogin},
};
use rehearsal::oci::{Access, Account, Action, ApiLimit, Profile, PullLimit, RegistryOptions};

use crate::{
    images::{attested, image, publish},
    test_registry::{PASSWORD, TestRegistry, http},
};

fn hub(registry: &TestRegistry, user: Option<&str>) -> HubClient {
    let login = user.map(|user| HubLogin { identifier: user.to_owned(), secret: PASSWORD.into() });
    HubClient::at(http(), format!("http://{}", registry.host()).parse().unwrap(), login)
}

/// The repository by the name that users write.
fn repository() -> image_ref::Repository {
    "team/app".parse().unwrap()
}

async fn scene(tags: &[&str]) -> (TestRegistry, image_ref::Digest) {
    let registry = TestRegistry::docker_hub();
    let layout = attested("amd64", "x");
    let digest = publish(&registry.client(), &registry.repository("team/app"), &layout, tags).await;
    (registry, digest)
}

#[tokio::test]
async fn all_pages_of_tags_are_listed_with_digests_and_platforms() {
    let names: Vec<String> = (0..120).map(|number| format!("v{number}")).collect();
    let (registry, digest) = scene(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let tags = hub(&registry, None).tags(&repository()).await.unwrap();
    assert_eq!(tags.len(), 120);
    assert!(tags.iter().all(|tag| tag.digest.as_ref() == Some(&digest)));
    assert_eq!(tags[0].platforms(), ["linux/amd64".parse().unwrap()]);
}

#[tokio::test]
async fn a_tag_is_deleted_and_its_siblings_stay() {
    let (registry, digest) = scene(&["1.0", "latest"]).await;
    let hub = hub(&registry, Some("me"));
    let tag = "1.0".parse().unwrap();
    assert_eq!(hub.tag(&repository(), &tag).await.unwrap().unwrap().digest, Some(digest.clone()));
    assert_eq!(hub.delete_tag(&repository(), &tag).await.unwrap(), Deletion::Deleted);
    assert_eq!(hub.delete_tag(&repository(), &tag).await.unwrap(), Deletion::WasAbsent);
    assert_eq!(hub.tag(&repository(), &tag).await.unwrap(), None);
    let latest: image_ref::ImageTag = "latest".parse().unwrap();
    let head =
        registry.client().manifests(&registry.repository("team/app")).head(&latest).await.unwrap();
    assert_eq!(head.unwrap().digest, digest);
}

#[tokio::test]
async fn a_token_that_may_not_delete_is_told_apart_from_no_login() {
    let (registry, _) = scene(&["1.0"]).await;
    let tag = "1.0".parse().unwrap();
    let error = hub(&registry, Some("reader")).delete_tag(&repository(), &tag).await.unwrap_err();
    let RegistryError::MissingRight { right, .. } = &error else { panic!("{error}") };
    assert_eq!(*right, Right::Delete);
    let error = hub(&registry, None).delete_tag(&repository(), &tag).await.unwrap_err();
    assert!(matches!(error, RegistryError::Unauthorized { has_credentials: false, .. }), "{error}");
    let error = hub(&registry, Some("nobody")).check_login().await.unwrap_err();
    assert!(matches!(error, RegistryError::Unauthorized { has_credentials: true, .. }), "{error}");
}

#[tokio::test]
async fn an_expired_token_is_renewed() {
    let (registry, _) = scene(&["1.0"]).await;
    let hub = hub(&registry, Some("me"));
    hub.check_login().await.unwrap();
    registry.server().expire_tokens();
    assert_eq!(hub.tags(&repository()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_repository_is_described_or_absent() {
    let (registry, _) = scene(&["1.0"]).await;
    let hub = hub(&registry, Some("me"));
    assert_eq!(hub.repository(&repository()).await.unwrap().unwrap().name, "app");
    assert_eq!(hub.repository(&"team/none".parse().unwrap()).await.unwrap(), None);
    assert!(hub.tags(&"team/none".parse().unwrap()).await.unwrap_err().is_not_found());
    let deep = "docker.io/team/app/deep".parse().unwrap();
    assert!(matches!(hub.tags(&deep).await.unwrap_err(), RegistryError::Malformed { .. }));
}

fn limited(requests: u32, window: Duration) -> TestRegistry {
    let account = Account::new("me", PASSWORD).grant("*", [Action::Pull, Action::Push]);
    let options = RegistryOptions::new(Profile::DockerHub)
        .access(Access::by_token().account(account).anonymous_pull())
        .api_limit(ApiLimit { requests, window })
        .pull_limit(PullLimit { pulls: 100, window: Duration::from_secs(21_600) });
    TestRegistry::embedded(options, true)
}

#[tokio::test]
async fn the_requests_left_are_known_and_a_wait_is_kept_or_told() {
    let registry = limited(2, Duration::from_secs(3600));
    publish(&registry.client(), &registry.repository("team/app"), &image("amd64", "x"), &["1"])
        .await;
    let hub = hub(&registry, None);
    hub.tags(&repository()).await.unwrap();
    let limit = hub.rate_limit().unwrap();
    assert_eq!((limit.limit, limit.remaining), (2, 1));
    assert!(limit.reset.unwrap() > SystemTime::now());
    hub.tags(&repository()).await.unwrap();
    let error = hub.tags(&repository()).await.unwrap_err();
    let RegistryError::RateLimited { retry_after, .. } = &error else { panic!("{error}") };
    assert!(
        retry_after.unwrap() > Duration::from_secs(3000),
        "a Unix time is not a number of seconds"
    );
}

#[tokio::test]
async fn the_pulls_left_are_asked_without_a_pull() {
    let registry = limited(100, Duration::from_secs(60));
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    publish(&client, &repository, &image("amd64", "x"), &["1"]).await;
    let tag: image_ref::ImageTag = "1".parse().unwrap();
    let first = client.manifests(&repository).pull_limit(&tag).await.unwrap().unwrap();
    let second = client.manifests(&repository).pull_limit(&tag).await.unwrap().unwrap();
    assert_eq!((first.limit, first), (100, second));
    let open = TestRegistry::spec();
    let elsewhere =
        open.client().manifests(&open.repository("team/app")).pull_limit(&tag).await.unwrap();
    assert_eq!(elsewhere, None);
}
