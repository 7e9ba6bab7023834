use registry_dockerhub::{AccessCheck, Anonymous, FixedCredentials, RegistryClient, Right};
use rehearsal::oci::{Access, Account, Action, RegistryOptions};

use crate::{
    at_all_registries,
    images::{image, publish},
    test_registry::{PASSWORD, TestRegistry, client, password},
};

const ALL: [Right; 3] = [Right::Pull, Right::Push, Right::Delete];

at_all_registries!(
    rights_that_are_there_are_granted_and_nothing_changes,
    a_repository_that_does_not_exist_yet_is_told,
    a_stranger_has_no_right_to_push,
    a_wrong_password_is_told,
);

fn with_password(registry: &TestRegistry, user: &str, secret: &str) -> RegistryClient {
    let name = registry.host().parse().unwrap();
    client(FixedCredentials::new().with(name, password(user, secret)))
}

async fn rights_that_are_there_are_granted_and_nothing_changes(registry: &TestRegistry) {
    let (publisher, repository) = (registry.client(), registry.repository("team/app"));
    publish(&publisher, &repository, &image("amd64", "x"), &["1.0"]).await;
    let before = registry.is_embedded().then(|| registry.server().state());
    let check = registry.client().access(&repository).check(&ALL).await;
    assert!(matches!(check, AccessCheck::Granted), "{check:?}");
    if let Some(before) = before {
        assert_eq!(registry.server().state(), before);
        assert_eq!(registry.server().open_uploads(), 0);
    }
}

async fn a_repository_that_does_not_exist_yet_is_told(registry: &TestRegistry) {
    let check = registry.client().access(&registry.repository("team/none")).check(&ALL).await;
    assert!(matches!(check, AccessCheck::NotFound), "{check:?}");
}

async fn a_stranger_has_no_right_to_push(registry: &TestRegistry) {
    let stranger = registry.client().anonymous();
    let check =
        stranger.access(&registry.repository("team/app")).check(&[Right::Pull, Right::Push]).await;
    match registry.needs_login() {
        true => assert!(matches!(check, AccessCheck::Unauthorized(_)), "{check:?}"),
        false => assert!(matches!(check, AccessCheck::NotFound), "{check:?}"),
    }
}

async fn a_wrong_password_is_told(registry: &TestRegistry) {
    if !registry.needs_login() {
        return;
    }
    let wrong = with_password(registry, "me", "canary-wrong");
    let check = wrong.access(&registry.repository("team/app")).check(&ALL).await;
    let AccessCheck::Unauthorized(error) = check else { panic!("{check:?}") };
    assert!(error.to_string().contains("does not accept the credentials"), "{error}");
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_reader_lacks_the_right_to_push_although_the_tokens_are_opaque() {
    for registry in [
        TestRegistry::spec_with_tokens(),
        TestRegistry::docker_hub(),
        TestRegistry::with_passwords(),
    ] {
        let (publisher, repository) = (registry.client(), registry.repository("team/app"));
        publish(&publisher, &repository, &image("amd64", "x"), &["1.0"]).await;
        let reader = with_password(&registry, "reader", PASSWORD);
        let check = reader.access(&repository).check(&[Right::Pull]).await;
        assert!(matches!(check, AccessCheck::Granted), "{check:?}");
        let check = reader.access(&repository).check(&[Right::Pull, Right::Push]).await;
        assert!(matches!(check, AccessCheck::MissingRight(Right::Push)), "{check:?}");
        let check = reader.access(&repository).check(&ALL).await;
        assert!(matches!(check, AccessCheck::MissingRight(_)), "{check:?}");
    }
}

#[tokio::test]
async fn a_pusher_lacks_the_right_to_delete() {
    let pusher = Account::new("me", PASSWORD).grant("*", [Action::Pull, Action::Push]);
    let options = RegistryOptions::default().access(Access::by_token().account(pusher));
    let registry = TestRegistry::embedded(options, true);
    let check = registry.client().access(&registry.repository("team/app")).check(&ALL).await;
    assert!(matches!(check, AccessCheck::MissingRight(Right::Delete)), "{check:?}");
}

#[tokio::test]
async fn deletion_that_is_switched_off_is_told() {
    let registry = TestRegistry::embedded(RegistryOptions::default().without_deletion(), false);
    let (client, repository) = (registry.client(), registry.repository("team/app"));
    assert!(!client.access(&repository).can_delete().await.unwrap());
    let check = client.access(&repository).check(&ALL).await;
    assert!(matches!(check, AccessCheck::MissingRight(Right::Delete)), "{check:?}");
    let digest = publish(&client, &repository, &image("amd64", "x"), &[]).await;
    let error = client.manifests(&repository).delete(&digest).await.unwrap_err();
    assert!(error.to_string().contains("not supported"), "{error}");
}

#[tokio::test]
async fn a_registry_that_is_down_is_unreachable() {
    let registry = TestRegistry::spec();
    let repository = registry.repository("team/app");
    drop(registry);
    let check = client(Anonymous).access(&repository).check(&ALL).await;
    assert!(matches!(check, AccessCheck::Unreachable(_)), "{check:?}");
}
