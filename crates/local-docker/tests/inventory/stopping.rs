use std::time::{Duration, Instant};

use local_docker::{
    ContainerId, ContainerRemoveOptions, ContainerState, RemoveOutcome, StopOutcome,
};
use serde_json::json;

use crate::support::{TestImage, World};

/// Exit code of a killed program.
const KILLED: Option<i64> = Some(137);

async fn stop(world: &World, id: &ContainerId, grace: Option<Duration>) -> (StopOutcome, Duration) {
    let begin = Instant::now();
    let stopped = world.engine.containers().stop(id, grace).await.unwrap();
    (stopped, begin.elapsed())
}

pub(crate) async fn a_container_ends_by_its_own_signal(world: &World) {
    let image = TestImage::new().tag("1").set("StopSignal", json!("SIGUSR1"));
    world.load_one(image).await;
    let id =
        world.run("signal", &["--stop-timeout", "60", &world.reference("1").to_string(), "usr1"]);
    let (stopped, took) = stop(world, &id, None).await;
    assert_eq!(stopped, StopOutcome::Stopped);
    assert!(took < Duration::from_secs(30), "{took:?}");
    let details = world.details(&id).await;
    assert_eq!((details.state, details.exit_code), (ContainerState::Exited, Some(42)));
}

pub(crate) async fn the_containers_grace_period_is_respected(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let id = world.run("stubborn", &["--stop-timeout", "1", &world.reference("1").to_string()]);
    let (stopped, took) = stop(world, &id, None).await;
    assert_eq!(stopped, StopOutcome::Stopped);
    // The engine's own period is 10 s.
    assert!((Duration::from_secs(1)..Duration::from_secs(9)).contains(&took), "{took:?}");
    assert_eq!(world.details(&id).await.exit_code, KILLED);
}

pub(crate) async fn the_grace_period_can_be_replaced(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let stubborn = world.run("stubborn", &["--stop-timeout", "600", &reference]);
    let (stopped, took) = stop(world, &stubborn, Some(Duration::ZERO)).await;
    assert_eq!(stopped, StopOutcome::Stopped);
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert_eq!(world.details(&stubborn).await.exit_code, KILLED);
    let polite = world.run("polite", &["--stop-timeout", "0", &reference, "polite"]);
    stop(world, &polite, Some(Duration::from_secs(60))).await;
    assert_eq!(world.details(&polite).await.exit_code, Some(0), "it had time to end by itself");
}

pub(crate) async fn a_paused_container_is_stopped(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let id = world.run("frozen", &["--stop-timeout", "1", &world.reference("1").to_string()]);
    world.docker(&["pause", id.as_str()]);
    let (stopped, _) = stop(world, &id, None).await;
    assert_eq!(stopped, StopOutcome::Stopped);
    assert_eq!(world.details(&id).await.state, ContainerState::Exited);
}

pub(crate) async fn stopped_and_missing_containers_are_distinguished(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let made = world.create("made", &[&reference]);
    let ended = world.run_to_end("ended", &[&reference, "say", "0"]);
    for id in [&made, &ended] {
        assert_eq!(stop(world, id, None).await.0, StopOutcome::NotRunning);
        let removed = world.engine.containers().remove(id, ContainerRemoveOptions::default()).await;
        assert_eq!(removed.unwrap(), RemoveOutcome::Removed);
        assert_eq!(stop(world, id, None).await.0, StopOutcome::Gone);
    }
}

pub(crate) async fn a_container_that_removes_itself_is_gone_after_its_stop(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let id = world.run("passing", &["--rm", &world.reference("1").to_string(), "polite"]);
    assert_eq!(stop(world, &id, None).await.0, StopOutcome::Stopped);
    let removed =
        world.engine.containers().remove(&id, ContainerRemoveOptions::default()).await.unwrap();
    assert!(matches!(removed, RemoveOutcome::Removed | RemoveOutcome::Gone), "{removed:?}");
    assert_eq!(world.engine.containers().inspect(&id).await.unwrap(), None);
}
