use registry_dockerhub::{AccessCheck, Anonymous, FixedCredentials, RegistryClient, Right};
use rehearsal::oci::{Access, Account, Action, RegistryOptions};

use crate::{
    at_all_places,
    images::{image, publish},
    places::{PASSWORD, Place, client, password},
};

const ALL: [Right; 3] = [Right::Pull, Right::Push, Right::Delete];

at_all_places!(
    rights_that_are_there_are_granted_and_nothing_changes,
    a_repository_that_does_not_exist_yet_is_told,
    a_stranger_has_no_right_to_push,
    a_wrong_password_is_told,
);

fn with_password(place: &Place, user: &str, secret: &str) -> RegistryClient {
    let name = place.host().parse().unwrap();
    client(FixedCredentials::new().with(name, password(user, secret)))
}

async fn rights_that_are_there_are_granted_and_nothing_changes(place: &Place) {
    let (publisher, repository) = (place.client(), place.repository("team/app"));
    publish(&publisher, &repository, &image("amd64", "x"), &["1.0"]).await;
    let before = place.is_embedded().then(|| place.registry().state());
    let check = place.client().check_access(&repository, &ALL).await;
    assert!(matches!(check, AccessCheck::Granted), "{check:?}");
    if let Some(before) = before {
        assert_eq!(place.registry().state(), before);
        assert_eq!(place.registry().open_uploads(), 0);
    }
}

async fn a_repository_that_does_not_exist_yet_is_told(place: &Place) {
    let check = place.client().check_access(&place.repository("team/none"), &ALL).await;
    assert!(matches!(check, AccessCheck::NotFound), "{check:?}");
}

async fn a_stranger_has_no_right_to_push(place: &Place) {
    let stranger = place.client().anonymous();
    let check =
        stranger.check_access(&place.repository("team/app"), &[Right::Pull, Right::Push]).await;
    match place.needs_login() {
        true => assert!(matches!(check, AccessCheck::Unauthorized(_)), "{check:?}"),
        false => assert!(matches!(check, AccessCheck::NotFound), "{check:?}"),
    }
}

async fn a_wrong_password_is_told(place: &Place) {
    if !place.needs_login() {
        return;
    }
    let wrong = with_password(place, "me", "canary-wrong");
    let check = wrong.check_access(&place.repository("team/app"), &ALL).await;
    let AccessCheck::Unauthorized(error) = check else { panic!("{check:?}") };
    assert!(error.to_string().contains("does not accept the credentials"), "{error}");
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_reader_lacks_the_right_to_push_although_the_tokens_are_opaque() {
    for place in [Place::spec_with_tokens(), Place::docker_hub(), Place::with_passwords()] {
        let (publisher, repository) = (place.client(), place.repository("team/app"));
        publish(&publisher, &repository, &image("amd64", "x"), &["1.0"]).await;
        let reader = with_password(&place, "reader", PASSWORD);
        let check = reader.check_access(&repository, &[Right::Pull]).await;
        assert!(matches!(check, AccessCheck::Granted), "{check:?}");
        let check = reader.check_access(&repository, &[Right::Pull, Right::Push]).await;
        assert!(matches!(check, AccessCheck::MissingRight(Right::Push)), "{check:?}");
        let check = reader.check_access(&repository, &ALL).await;
        assert!(matches!(check, AccessCheck::MissingRight(_)), "{check:?}");
    }
}

#[tokio::test]
async fn a_pusher_lacks_the_right_to_delete() {
    let pusher = Account::new("me", PASSWORD).grant("*", [Action::Pull, Action::Push]);
    let options = RegistryOptions::default().access(Access::by_token().account(pusher));
    let place = Place::embedded(options, true);
    let check = place.client().check_access(&place.repository("team/app"), &ALL).await;
    assert!(matches!(check, AccessCheck::MissingRight(Right::Delete)), "{check:?}");
}

#[tokio::test]
async fn deletion_that_is_switched_off_is_told() {
    let place = Place::embedded(RegistryOptions::default().without_deletion(), false);
    let (client, repository) = (place.client(), place.repository("team/app"));
    assert!(!client.can_delete(&repository).await.unwrap());
    let check = client.check_access(&repository, &ALL).await;
    assert!(matches!(check, AccessCheck::MissingRight(Right::Delete)), "{check:?}");
    let digest = publish(&client, &repository, &image("amd64", "x"), &[]).await;
    let error = client.delete(&repository, &digest).await.unwrap_err();
    assert!(error.to_string().contains("not supported"), "{error}");
}

#[tokio::test]
async fn a_registry_that_is_down_is_unreachable() {
    let place = Place::spec();
    let repository = place.repository("team/app");
    drop(place);
    let check = client(Anonymous).check_access(&repository, &ALL).await;
    assert!(matches!(check, AccessCheck::Unreachable(_)), "{check:?}");
}
