//! What a cluster uses.

use image_ref::Digest;
use kubernetes::{ClusterUse, ImageIdentity, ImageName, Kind, Part};
use serde_json::json;

use crate::{
    fake::{Accident, FakeCluster, State, digest, pod, shop},
    support::{CANARY, Home, entry},
};

async fn uses_of(state: State) -> Vec<ClusterUse> {
    let fake = FakeCluster::plain(state).await;
    Home::with(&entry(&fake, None), "{}").uses().await.unwrap()
}

fn named<'a>(uses: &'a [ClusterUse], kind: Kind, name: &str) -> Vec<&'a ClusterUse> {
    uses.iter().filter(|usage| usage.kind == kind && usage.name == name).collect()
}

fn images(uses: &[ClusterUse], kind: Kind) -> Vec<String> {
    let of_kind = uses.iter().filter(|usage| usage.kind == kind);
    of_kind.map(|usage| format!("{}/{} {}", usage.namespace, usage.name, usage.image)).collect()
}

fn one(text: String) -> Digest {
    text.parse().unwrap()
}

#[tokio::test]
async fn workloads_scaled_to_zero_and_suspended_ones_use_their_images() {
    let uses = uses_of(shop()).await;
    assert!(
        images(&uses, Kind::Deployment).contains(&"shop-staging/api shop/api:1.3.0-rc1".to_owned())
    );
    assert_eq!(images(&uses, Kind::CronJob), ["shop/cron txemi/immich-autotag:cron-0.9.2"]);
    assert_eq!(images(&uses, Kind::ReplicationController), ["shop/legacy shop/legacy:0.1"]);
    let staged = uses.iter().find(|usage| usage.namespace == "shop-staging").unwrap();
    assert_eq!((staged.replicas, staged.service.as_deref()), (Some(0), Some("api")));
}

#[tokio::test]
async fn revisions_that_a_rollback_goes_back_to_use_their_images() {
    let uses = uses_of(shop()).await;
    let sets = images(&uses, Kind::ReplicaSet);
    assert_eq!(
        sets,
        [
            "shop/api-1111 shop/api:1.0.0",
            "shop/api-2222 shop/api:1.1.0",
            "shop/api-6f5c shop/api:1.2.0"
        ]
    );
    assert_eq!(images(&uses, Kind::ControllerRevision), ["shop/postgres-5f postgres:15"]);
}

#[tokio::test]
async fn the_other_workloads_are_read_too() {
    let uses = uses_of(shop()).await;
    assert_eq!(images(&uses, Kind::StatefulSet), ["shop/postgres postgres:16"]);
    assert_eq!(images(&uses, Kind::DaemonSet), ["shop/agent registry.local:5000/log/agent:3"]);
    assert_eq!(images(&uses, Kind::Job), ["shop/cron-1 txemi/immich-autotag:cron-0.9.1"]);
}

#[tokio::test]
async fn init_and_ephemeral_containers_and_image_volumes_count() {
    let uses = uses_of(shop()).await;
    let parts: Vec<_> = named(&uses, Kind::Pod, "api-6f5c-1")
        .into_iter()
        .map(|usage| (usage.part.clone(), usage.image.to_string()))
        .collect();
    assert_eq!(
        parts,
        [
            (Part::Container("api".into()), "shop/api:1.2.0".to_owned()),
            (Part::InitContainer("migrate".into()), "shop/api:1.2.0".to_owned()),
            (Part::EphemeralContainer("debug".into()), "busybox:1.36".to_owned()),
        ]
    );
    let agent = named(&uses, Kind::Pod, "agent-n1");
    assert_eq!(agent[1].part, Part::ImageVolume("rules".into()));
    assert_eq!(agent[1].to_string(), "Pod shop/agent-n1 (image volume rules)");
}

#[tokio::test]
async fn what_really_runs_is_known_by_its_digest_in_every_form() {
    let uses = uses_of(shop()).await;
    let running = |pod: &str| named(&uses, Kind::Pod, pod)[0].running.clone();
    let pulled = |repository: &str, digit| {
        Some(ImageIdentity::Pulled(repository.parse().unwrap(), one(digest(digit))))
    };
    assert_eq!(running("web-6f5c-1"), pulled("nginx", '1'));
    assert_eq!(running("api-6f5c-1"), Some(ImageIdentity::Local(one(digest('2')))));
    assert_eq!(running("worker-6f5c-1"), pulled("ghcr.io/shop/worker", '4'));
    assert_eq!(running("postgres-0"), Some(ImageIdentity::Local(one(digest('5')))));
    assert_eq!(running("redis-6f5c-1"), None);
    assert_eq!(running("cron-1-x"), Some(ImageIdentity::Local(one(digest('6')))));
}

/// The image of a running pod can be changed; until it is restarted it runs
/// the old one.
#[tokio::test]
async fn both_names_count_when_the_status_names_another_image() {
    let mut state = State::default();
    let id = format!("docker://{}", digest('8'));
    let mut changed = pod("shop", "api-1", &[("api", "shop/api:2", &id)]);
    changed["status"]["containerStatuses"][0]["image"] = json!("shop/api:1");
    state.add("/api/v1/pods", changed);
    let uses = uses_of(state).await;
    assert_eq!(images(&uses, Kind::Pod), ["shop/api-1 shop/api:2", "shop/api-1 shop/api:1"]);
    assert_eq!(uses[0].running, uses[1].running);
}

#[tokio::test]
async fn names_that_cannot_be_read_are_kept() {
    let mut state = State::default();
    let odd = [("a", "Shop/API:1", ""), ("b", &*digest('9'), ""), ("c", "shop/api:$(TAG)", "x")];
    state.add("/api/v1/pods", pod("shop", "odd-1", &odd));
    let uses = uses_of(state).await;
    assert_eq!(uses[0].image, ImageName::Unknown("Shop/API:1".into()));
    assert_eq!(uses[1].image, ImageName::Id(one(digest('9'))));
    assert_eq!(uses[2].image, ImageName::Repository("shop/api".parse().unwrap()));
    assert_eq!(uses[2].running, Some(ImageIdentity::Unknown("x".into())));
}

#[tokio::test]
async fn the_values_of_variables_are_not_read() {
    let uses = uses_of(shop()).await;
    assert!(!format!("{uses:?}").contains(CANARY));
}

fn crowd(pods: usize) -> State {
    let mut state = State::default();
    for number in 0..pods {
        let image = format!("shop/api:{number}");
        state.add("/api/v1/pods", pod("shop", &format!("api-{number}"), &[("api", &image, "")]));
    }
    state
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page() {
    let fake = FakeCluster::plain(State { page: Some(7), ..crowd(30) }).await;
    let uses = Home::with(&entry(&fake, None), "{}").uses().await.unwrap();
    assert_eq!(uses.len(), 30);
    let questions = fake.state().asked.iter().filter(|path| path.contains("/pods")).count();
    assert_eq!(questions, 5);
}

#[tokio::test]
async fn a_list_whose_next_page_is_forgotten_is_read_again_in_one_piece() {
    let fake = FakeCluster::plain(State { page: Some(7), forgetful: true, ..crowd(30) }).await;
    let uses = Home::with(&entry(&fake, None), "{}").uses().await.unwrap();
    assert_eq!(uses.len(), 30);
    assert_eq!(fake.state().asked[2], "/api/v1/pods");
}

#[tokio::test]
async fn a_list_without_end_is_an_error() {
    let fake = FakeCluster::plain(State::default()).await;
    let endless = json!({ "kind": "PodList", "metadata": { "continue": "again" }, "items": [] });
    let accident = Accident::Says(endless.to_string());
    fake.state().accidents.insert("/api/v1/pods".into(), accident);
    let error = Home::with(&entry(&fake, None), "{}").uses().await.unwrap_err();
    assert!(error.to_string().ends_with("the list has no end"), "{error}");
}

#[tokio::test]
async fn the_cron_jobs_of_an_old_cluster_are_found() {
    let mut state = shop();
    let cron = state.objects.remove("/apis/batch/v1/cronjobs").unwrap();
    state.objects.insert("/apis/batch/v1beta1/cronjobs".into(), cron);
    state.not_served.insert("/apis/batch/v1/cronjobs".into());
    let uses = uses_of(state).await;
    assert_eq!(images(&uses, Kind::CronJob).len(), 1);
}

#[tokio::test]
async fn an_empty_cluster_uses_nothing() {
    assert_eq!(uses_of(State::default()).await, []);
}
