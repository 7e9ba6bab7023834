//! The images that a cluster uses.

use kubernetes::{ClusterImageUse, ImageIdentity, ImageName, ObjectKind, PodPart};
use serde_json::json;

use crate::{
    fake::{FakeCluster, Fault, State, digest, pod, shop},
    support::{CANARY, Home, entry},
};

async fn uses_of(state: State) -> Vec<ClusterImageUse> {
    let fake = FakeCluster::plain(state).await;
    Home::with(&entry(&fake, None), "{}").uses().await.unwrap()
}

fn named<'a>(
    uses: &'a [ClusterImageUse],
    kind: ObjectKind,
    name: &str,
) -> Vec<&'a ClusterImageUse> {
    uses.iter().filter(|usage| usage.kind == kind && usage.name == name).collect()
}

fn images(uses: &[ClusterImageUse], kind: ObjectKind) -> Vec<String> {
    let of_kind = uses.iter().filter(|usage| usage.kind == kind);
    of_kind.map(|usage| format!("{}/{} {}", usage.namespace, usage.name, usage.image)).collect()
}

#[tokio::test]
async fn workloads_scaled_to_zero_and_suspended_ones_use_their_images() {
    let uses = uses_of(shop()).await;
    assert!(
        images(&uses, ObjectKind::Deployment)
            .contains(&"shop-staging/api shop/api:1.3.0-rc1".to_owned())
    );
    assert_eq!(images(&uses, ObjectKind::CronJob), ["shop/cron txemi/immich-autotag:cron-0.9.2"]);
    assert_eq!(images(&uses, ObjectKind::ReplicationController), ["shop/legacy shop/legacy:0.1"]);
    let staged = uses.iter().find(|usage| usage.namespace == "shop-staging").unwrap();
    assert_eq!((staged.replicas, staged.service.as_deref()), (Some(0), Some("api")));
}

#[tokio::test]
async fn revisions_that_a_rollback_goes_back_to_use_their_images() {
    let uses = uses_of(shop()).await;
    let sets = images(&uses, ObjectKind::ReplicaSet);
    assert_eq!(
        sets,
        [
            "shop/api-1111 shop/api:1.0.0",
            "shop/api-2222 shop/api:1.1.0",
            "shop/api-6f5c shop/api:1.2.0"
        ]
    );
    assert_eq!(images(&uses, ObjectKind::ControllerRevision), ["shop/postgres-5f postgres:15"]);
}

#[tokio::test]
async fn the_other_workloads_are_read_too() {
    let uses = uses_of(shop()).await;
    assert_eq!(images(&uses, ObjectKind::StatefulSet), ["shop/postgres postgres:16"]);
    assert_eq!(
        images(&uses, ObjectKind::DaemonSet),
        ["shop/agent registry.local:5000/log/agent:3"]
    );
    assert_eq!(images(&uses, ObjectKind::Job), ["shop/cron-1 txemi/immich-autotag:cron-0.9.1"]);
}

#[tokio::test]
async fn init_and_ephemeral_containers_and_image_volumes_count() {
    let uses = uses_of(shop()).await;
    let parts: Vec<_> = named(&uses, ObjectKind::Pod, "api-6f5c-1")
        .into_iter()
        .map(|usage| (usage.part.clone(), usage.image.to_string()))
        .collect();
    assert_eq!(
        parts,
        [
            (PodPart::Container("api".into()), "shop/api:1.2.0".to_owned()),
            (PodPart::InitContainer("migrate".into()), "shop/api:1.2.0".to_owned()),
            (PodPart::EphemeralContainer("debug".into()), "busybox:1.36".to_owned()),
        ]
    );
    let agent = named(&uses, ObjectKind::Pod, "agent-n1");
    assert_eq!(agent[1].part, PodPart::ImageVolume("rules".into()));
    assert_eq!(agent[1].to_string(), "Pod shop/agent-n1 (image volume rules)");
}

fn pulled(repository: &str, digit: char) -> Option<ImageIdentity> {
    let digest = digest(digit).parse().unwrap();
    Some(ImageIdentity::Pulled(repository.parse().unwrap(), digest))
}

fn local(digit: char) -> Option<ImageIdentity> {
    Some(ImageIdentity::Local(digest(digit).parse().unwrap()))
}

#[tokio::test]
async fn what_actually_runs_is_known_by_its_digest_in_every_form() {
    let uses = uses_of(shop()).await;
    for (pod, running) in [
        ("web-6f5c-1", pulled("nginx", '1')),
        ("api-6f5c-1", local('2')),
        ("worker-6f5c-1", pulled("ghcr.io/shop/worker", '4')),
        ("postgres-0", local('5')),
        ("redis-6f5c-1", None),
        ("cron-1-x", local('6')),
    ] {
        assert_eq!(named(&uses, ObjectKind::Pod, pod)[0].running, running, "{pod}");
    }
}

/// The image of a running pod can be changed; until it is restarted it runs
/// the old one.
#[tokio::test]
async fn both_names_count_when_the_status_names_another_image() {
    let mut state = State::default();
    let id = format!("docker://{}", digest('8'));
    let mut changed = pod("shop", "api-1", &[("api", "shop/api:2", &id)]);
    changed["status"]["containerStatuses"][0]["image"] = json!("shop/api:1");
    state.add_object("/api/v1/pods", changed);
    let uses = uses_of(state).await;
    assert_eq!(images(&uses, ObjectKind::Pod), ["shop/api-1 shop/api:2", "shop/api-1 shop/api:1"]);
    assert_eq!(uses[0].running, uses[1].running);
}

#[tokio::test]
async fn invalid_names_are_kept() {
    let mut state = State::default();
    let odd = [("a", "Shop/API:1", ""), ("b", &*digest('9'), ""), ("c", "shop/api:$(TAG)", "x")];
    state.add_object("/api/v1/pods", pod("shop", "odd-1", &odd));
    let uses = uses_of(state).await;
    assert_eq!(uses[0].image, ImageName::Unknown("Shop/API:1".into()));
    assert_eq!(uses[1].image, ImageName::Id(digest('9').parse().unwrap()));
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
        state.add_object(
            "/api/v1/pods",
            pod("shop", &format!("api-{number}"), &[("api", &image, "")]),
        );
    }
    state
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page() {
    let fake = FakeCluster::plain(State { page_size: Some(7), ..crowd(30) }).await;
    let uses = Home::with(&entry(&fake, None), "{}").uses().await.unwrap();
    assert_eq!(uses.len(), 30);
    let requests = fake.state().requests.iter().filter(|path| path.contains("/pods")).count();
    assert_eq!(requests, 5);
}

#[tokio::test]
async fn a_list_whose_next_page_expired_is_read_again_in_one_piece() {
    let fake =
        FakeCluster::plain(State { page_size: Some(7), expires_tokens: true, ..crowd(30) }).await;
    let uses = Home::with(&entry(&fake, None), "{}").uses().await.unwrap();
    assert_eq!(uses.len(), 30);
    assert_eq!(fake.state().requests[2], "/api/v1/pods");
}

#[tokio::test]
async fn a_list_without_end_is_an_error() {
    let fake = FakeCluster::plain(State::default()).await;
    let endless = json!({ "kind": "PodList", "metadata": { "continue": "again" }, "items": [] });
    let fault = Fault::Body(endless.to_string());
    fake.state().faults.insert("/api/v1/pods".into(), fault);
    let error = Home::with(&entry(&fake, None), "{}").uses().await.unwrap_err();
    assert!(error.to_string().ends_with("the list does not end"), "{error}");
}

#[tokio::test]
async fn the_cron_jobs_of_an_old_cluster_are_found() {
    let mut state = shop();
    let cron = state.objects.remove("/apis/batch/v1/cronjobs").unwrap();
    state.objects.insert("/apis/batch/v1beta1/cronjobs".into(), cron);
    state.not_served.insert("/apis/batch/v1/cronjobs".into());
    let uses = uses_of(state).await;
    assert_eq!(images(&uses, ObjectKind::CronJob).len(), 1);
}

#[tokio::test]
async fn an_empty_cluster_uses_nothing() {
    assert_eq!(uses_of(State::default()).await, []);
}
