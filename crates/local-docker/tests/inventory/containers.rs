use std::time::Duration;

use futures_util::future::try_join_all;
use local_docker::{
    ContainerDetails, ContainerId, ContainerRemoveOptions, ContainerState, EngineError, Health,
    RemoveOutcome,
};
use serde_json::{Value, json};

use crate::support::{TestImage, World};

const FORCED: ContainerRemoveOptions = ContainerRemoveOptions { force: true, volumes: true };

pub(crate) async fn containers_in_every_state_are_listed(world: &World) {
    let image = world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let volume = world.name("data");
    world.docker(&["volume", "create", "--label", &world.label(), &volume]);
    let mount = format!("{volume}:/data");
    world.create("made", &["--volume", &mount, "--network", "none", &reference]);
    world.run("running", &["--network", "none", &reference]);
    world.run("frozen", &[&reference]);
    world.docker(&["pause", &world.name("frozen")]);
    world.run_to_end("ended", &[&reference, "say", "3"]);

    let mut listed = world.engine.containers().list(Some(&world.label())).await.unwrap();
    listed.sort_by_key(|container| container.name.clone());
    let [ended, frozen, made, running] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!(ended.state, ContainerState::Exited);
    assert_eq!(
        (&frozen.state, frozen.networks.as_slice()),
        (&ContainerState::Paused, &["bridge".to_owned()][..])
    );
    assert_eq!((made.name.clone(), &made.state), (world.name("made"), &ContainerState::Created));
    assert_eq!((made.image.as_str(), made.image_id.as_ref()), (reference.as_str(), Some(&image)));
    assert_eq!(made.networks, ["none"]);
    let [data] = made.mounts.as_slice() else { panic!("{:?}", made.mounts) };
    assert_eq!((data.kind.as_str(), data.name.as_deref()), ("volume", Some(volume.as_str())));
    assert_eq!(data.target, "/data");
    assert_eq!(running.state, ContainerState::Running);
    assert!(running.status.starts_with("Up "), "{}", running.status);
    assert_eq!(running.labels["org.tidegate.test"], world.id);
}

pub(crate) async fn an_inspection_has_what_was_requested(world: &World) {
    let image = world
        .load_one(TestImage::new().tag("1").tag("2").set("StopSignal", json!("SIGUSR1")))
        .await;
    let reference = world.reference("2").to_string();
    let ended = world.run_to_end(
        "ended",
        &[
            "--stop-timeout",
            "7",
            "--restart",
            "on-failure:2",
            "--env",
            "TOKEN=hush-hush",
            &reference,
            "say",
            "3",
        ],
    );
    let details =
        wait_until(world, &ended, |details| details.state == ContainerState::Exited).await;
    assert_eq!((details.id.clone(), details.name.clone()), (ended, world.name("ended")));
    assert_eq!(
        (details.image.as_str(), details.image_id.as_ref()),
        (reference.as_str(), Some(&image))
    );
    assert_eq!((details.state.clone(), details.exit_code), (ContainerState::Exited, Some(3)));
    assert_eq!((details.restart_policy.as_str(), details.restart_count), ("on-failure", 2));
    assert_eq!(details.stop_signal.as_deref(), Some("SIGUSR1"));
    assert_eq!(details.stop_timeout, Some(Duration::from_secs(7)));
    assert_eq!(details.health, None);
    assert!(details.variable_names.contains(&"TOKEN".to_owned()));
    assert!(!format!("{details:?}").contains("hush-hush"), "values are never kept");

    let plain = world.create("plain", &[&reference]);
    let details = world.details(&plain).await;
    assert_eq!((details.exit_code, details.stop_timeout), (None, None));
    assert_eq!(
        (details.restart_policy.as_str(), details.networks.as_slice()),
        ("no", &["bridge".to_owned()][..])
    );
}

pub(crate) async fn health_has_the_output_of_the_last_probe(world: &World) {
    let good = TestImage::new().tag("good").set("Healthcheck", health_check("0"));
    let bad = TestImage::new().tag("bad").set("Healthcheck", health_check("1"));
    world.load(&[good, bad]).await;
    let good = world.run("good", &[&world.reference("good").to_string()]);
    let bad = world.run("bad", &[&world.reference("bad").to_string()]);
    assert_eq!(finished_health_check(world, &good).await.health, Some(Health::Healthy));
    let bad = finished_health_check(world, &bad).await;
    assert_eq!(bad.health, Some(Health::Unhealthy));
    assert_eq!(bad.health_log.as_deref(), Some("cannot connect: refused"));
}

fn health_check(exit_code: &str) -> Value {
    let test = json!(["CMD", "/app", "say", exit_code, "cannot connect:", "refused"]);
    json!({ "Test": test, "Interval": 100_000_000, "Retries": 1 })
}

async fn finished_health_check(world: &World, id: &ContainerId) -> ContainerDetails {
    wait_until(world, id, |details| details.health != Some(Health::Starting)).await
}

async fn wait_until(
    world: &World,
    id: &ContainerId,
    condition: impl Fn(&ContainerDetails) -> bool,
) -> ContainerDetails {
    for _ in 0..200 {
        let details = world.details(id).await;
        if condition(&details) {
            return details;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{id} does not change");
}

pub(crate) async fn missing_containers_are_left_out(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let ids = ["a", "b", "c"].map(|name| world.create(name, &[&reference]));
    assert_eq!(
        world.engine.containers().remove(&ids[1], FORCED).await.unwrap(),
        RemoveOutcome::Removed
    );
    assert_eq!(world.engine.containers().inspect(&ids[1]).await.unwrap(), None);
    let found = world.engine.containers().inspect_all(&ids).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|details| details.name).collect();
    assert_eq!(found, [world.name("a"), world.name("c")]);
}

pub(crate) async fn a_stopped_container_is_started_again(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let id = world.create("made", &[&world.reference("1").to_string()]);
    world.engine.containers().start(&id).await.unwrap();
    assert_eq!(world.details(&id).await.state, ContainerState::Running);
    world.engine.containers().start(&id).await.unwrap();
    world.engine.containers().remove(&id, FORCED).await.unwrap();
    let error = world.engine.containers().start(&id).await.unwrap_err();
    assert!(matches!(error, EngineError::ContainerNotFound { .. }), "{error:?}");
}

pub(crate) async fn a_container_that_cannot_start_is_an_error_with_the_reason(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let id = world.create("broken", &["--entrypoint", "/missing", &reference]);
    let error = world.engine.containers().start(&id).await.unwrap_err();
    // The engine answers 404 in this case, too.
    assert!(matches!(error, EngineError::Refused { .. }), "{error:?}");
    assert!(error.to_string().contains("/missing"), "{error}");
}

pub(crate) async fn a_running_container_is_removed_only_by_force(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let id = world.run("running", &[&world.reference("1").to_string()]);
    let unforced =
        world.engine.containers().remove(&id, ContainerRemoveOptions::default()).await.unwrap();
    assert!(
        matches!(&unforced, RemoveOutcome::InUse(message) if message.contains("running")),
        "{unforced:?}"
    );
    assert_eq!(world.details(&id).await.state, ContainerState::Running);
    assert_eq!(
        world.engine.containers().remove(&id, FORCED).await.unwrap(),
        RemoveOutcome::Removed
    );
    assert_eq!(world.engine.containers().remove(&id, FORCED).await.unwrap(), RemoveOutcome::Gone);
}

pub(crate) async fn anonymous_volumes_are_removed_only_on_request(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let named = format!("{}:/named", world.name("named"));
    world.docker(&["volume", "create", "--label", &world.label(), &world.name("named")]);
    for volumes in [false, true] {
        let id = world.create("made", &["--volume", "/anonymous", "--volume", &named, &reference]);
        let mounts = world.details(&id).await.mounts;
        let anonymous = mounts.iter().find(|mount| mount.target == "/anonymous").unwrap();
        let anonymous = anonymous.name.clone().unwrap();
        let options = ContainerRemoveOptions { force: false, volumes };
        assert_eq!(
            world.engine.containers().remove(&id, options).await.unwrap(),
            RemoveOutcome::Removed
        );
        let left = world.engine.volumes().list(None).await.unwrap();
        let left: Vec<_> = left.into_iter().map(|volume| volume.name).collect();
        assert_eq!(left.contains(&anonymous), !volumes);
        assert!(left.contains(&world.name("named")), "named volumes are never removed");
        if !volumes {
            assert_eq!(
                world.engine.volumes().remove(&anonymous).await.unwrap(),
                RemoveOutcome::Removed
            );
        }
    }
}

pub(crate) async fn two_removals_at_once_both_succeed(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let id = world.run("running", &[&world.reference("1").to_string()]);
    let removals = [(), (), ()].map(|()| world.engine.containers().remove(&id, FORCED));
    for outcome in try_join_all(removals).await.unwrap() {
        assert!(matches!(outcome, RemoveOutcome::Removed | RemoveOutcome::Gone), "{outcome:?}");
    }
    assert_eq!(world.engine.containers().inspect(&id).await.unwrap(), None);
}
