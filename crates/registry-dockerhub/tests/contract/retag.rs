use image_ref::{Digest, ImageTag, Repository};
use registry_dockerhub::{
    Endpoints, FixedCredentials, ManifestName, RegistryClient, RegistryError, RetagPlan,
};

use crate::{
    at_all_registries,
    images::{attested, image, publish},
    test_registry::{PASSWORD, TestRegistry, client_for, password},
};

at_all_registries!(
    tags_move_without_a_changed_byte,
    a_tag_that_is_there_is_not_written,
    what_was_moved_can_be_put_back,
    a_tag_that_somebody_else_moved_is_left_alone,
    a_plan_applied_twice_changes_nothing_more,
);

fn tags<const N: usize>(texts: [&str; N]) -> [ImageTag; N] {
    texts.map(|text| text.parse().unwrap())
}

/// A plan as a resumed program finds it.
fn through_a_journal(plan: &RetagPlan) -> RetagPlan {
    serde_json::from_str(&serde_json::to_string(plan).unwrap()).unwrap()
}

async fn digest_at(client: &RegistryClient, repository: &Repository, tag: &str) -> Option<Digest> {
    let tag: ImageTag = tag.parse().unwrap();
    client.manifests(repository).head(&tag).await.unwrap().map(|head| head.digest)
}

/// `1.0` and the floating tags at the old image, `1.1` at the new one.
async fn scene(registry: &TestRegistry) -> (RegistryClient, Repository, Digest, Digest) {
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    let old = publish(&client, &repository, &image("amd64", "old"), &["1.0", "latest", "1"]).await;
    let new = publish(&client, &repository, &attested("amd64", "new"), &["1.1"]).await;
    (client, repository, old, new)
}

async fn tags_move_without_a_changed_byte(registry: &TestRegistry) {
    let (client, repository, old, new) = scene(registry).await;
    let targets = tags(["latest", "1", "stable"]);
    let (plan, outcome) = client.retag(&repository).plan_and_apply(&new, &targets).await.unwrap();
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert_eq!(plan.moves[0].old.as_ref().unwrap().digest(), &old);
    assert_eq!(plan.moves[2].old, None);
    for tag in ["latest", "1", "stable"] {
        let tag: ImageTag = tag.parse().unwrap();
        assert_eq!(client.manifests(&repository).get(&tag).await.unwrap(), plan.source);
    }
    assert_eq!(digest_at(&client, &repository, "1.0").await, Some(old));
}

async fn a_tag_that_is_there_is_not_written(registry: &TestRegistry) {
    let (client, repository, _, new) = scene(registry).await;
    client.retag(&repository).plan_and_apply(&new, &tags(["latest"])).await.unwrap();
    let (plan, outcome) =
        client.retag(&repository).plan_and_apply(&new, &tags(["latest", "1.1"])).await.unwrap();
    assert!(plan.is_empty());
    assert_eq!(outcome.unchanged, tags(["latest", "1.1"]));
}

async fn what_was_moved_can_be_put_back(registry: &TestRegistry) {
    let (client, repository, old, new) = scene(registry).await;
    let plan = client.retag(&repository).plan(&new, &tags(["latest", "1", "fresh"])).await.unwrap();
    client.retag(&plan.repository).apply(&plan).await.complete().unwrap();
    let left = client.retag(&repository).undo(&through_a_journal(&plan)).await.unwrap();
    assert_eq!(left, tags(["fresh"]));
    assert_eq!(digest_at(&client, &repository, "latest").await, Some(old.clone()));
    assert_eq!(digest_at(&client, &repository, "1").await, Some(old));
}

async fn a_tag_that_somebody_else_moved_is_left_alone(registry: &TestRegistry) {
    let (client, repository, _, new) = scene(registry).await;
    let plan = client.retag(&repository).plan(&new, &tags(["latest", "1"])).await.unwrap();
    let plan = through_a_journal(&plan);
    let theirs = publish(&client, &repository, &image("amd64", "theirs"), &["latest"]).await;
    let outcome = client.retag(&plan.repository).apply(&plan).await;
    let [(tag, error)] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(tag.as_str(), "latest");
    assert!(matches!(error, RegistryError::TagMoved { .. }), "{error}");
    assert_eq!(digest_at(&client, &repository, "latest").await, Some(theirs));
    assert_eq!(digest_at(&client, &repository, "1").await, Some(new));
}

async fn a_plan_applied_twice_changes_nothing_more(registry: &TestRegistry) {
    let (client, repository, _, new) = scene(registry).await;
    let plan = client.retag(&repository).plan(&new, &tags(["latest"])).await.unwrap();
    let plan = through_a_journal(&plan);
    assert_eq!(client.retag(&plan.repository).apply(&plan).await.moved.len(), 1);
    let again = client.retag(&plan.repository).apply(&plan).await;
    assert_eq!((again.moved.len(), again.unchanged.len(), again.failed.len()), (0, 1, 0));
}

/// Docker Hub counts every fetched manifest as a pull.
#[tokio::test]
async fn on_docker_hub_each_old_manifest_is_pulled_once() {
    let registry = TestRegistry::docker_hub();
    let (publisher, repository, _, new) = scene(&registry).await;
    let names: Vec<String> = (0..5).map(|number| format!("t{number}")).collect();
    for name in &names {
        publisher.retag(&repository).plan_and_apply(&new, &tags([name])).await.unwrap();
    }
    let url = format!("http://{}", registry.host()).parse().unwrap();
    let hub = image_ref::Registry::docker_hub();
    let login = FixedCredentials::new().with(hub.clone(), password("me", PASSWORD));
    let client = client_for(Endpoints::public().with(hub, url), login);
    let targets: Vec<ImageTag> = names.iter().map(|name| name.parse().unwrap()).collect();
    registry.server().clear_requests();
    let one: ManifestName = "1.0".parse().unwrap();
    client.retag(&"team/app".parse().unwrap()).plan_and_apply(&one, &targets).await.unwrap();
    let requests = registry.server().requests();
    let pulls = requests.iter().filter(|request| {
        request.method == "GET"
            && request.status.is_some_and(|status| status == 200)
            && request.path_and_query.contains("/manifests/")
    });
    assert_eq!(pulls.count(), 2, "the source and the one old manifest");
}
