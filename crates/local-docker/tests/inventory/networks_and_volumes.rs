use local_docker::{ContainerRemoveOptions, EngineError, RemoveOutcome};

use crate::support::{TestImage, World};

const FORCED: ContainerRemoveOptions = ContainerRemoveOptions { force: true, volumes: false };

pub(crate) async fn a_network_stays_while_a_container_runs_in_it(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let (name, reference) = (world.name("net"), world.reference("1").to_string());
    world.docker(&["network", "create", "--label", &world.label(), &name]);
    let listed = world.engine.networks().list(Some(&world.label())).await.unwrap();
    let [network] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&network.name, &network.labels["org.tidegate.test"]), (&name, &world.id));
    assert!(world.engine.networks().list(None).await.unwrap().len() > 1);

    let running = world.run("b", &["--network", &name, &reference]);
    let second = world.run("a", &["--network", &name, &reference]);
    world.create("made", &["--network", &name, &reference]);
    let attached = world.engine.networks().container_names(&network.id).await.unwrap();
    assert_eq!(attached, Some(vec![world.name("a"), world.name("b")]));
    let outcome = world.engine.networks().remove(&network.id).await.unwrap();
    assert!(matches!(outcome, RemoveOutcome::InUse(_)), "{outcome:?}");

    for id in [&running, &second] {
        world.engine.containers().remove(id, FORCED).await.unwrap();
    }
    // A container that was only created does not keep it.
    assert_eq!(world.engine.networks().remove(&network.id).await.unwrap(), RemoveOutcome::Removed);
    assert_eq!(world.engine.networks().remove(&network.id).await.unwrap(), RemoveOutcome::Gone);
    assert_eq!(world.engine.networks().container_names(&network.id).await.unwrap(), None);
    assert_eq!(world.engine.networks().list(Some(&world.label())).await.unwrap(), []);
}

pub(crate) async fn the_engines_own_networks_are_refused(world: &World) {
    let error = world.engine.networks().remove("none").await.unwrap_err();
    assert!(matches!(error, EngineError::Refused { status: Some(403), .. }), "{error:?}");
}

pub(crate) async fn a_volume_stays_while_any_container_has_it(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let name = world.name("data");
    world.docker(&["volume", "create", "--label", &world.label(), &name]);
    let listed = world.engine.volumes().list(Some(&world.label())).await.unwrap();
    let [volume] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&volume.name, &volume.labels["org.tidegate.test"]), (&name, &world.id));

    let mount = format!("{name}:/data");
    let made = world.create("made", &["--volume", &mount, &world.reference("1").to_string()]);
    let outcome = world.engine.volumes().remove(&name).await.unwrap();
    assert!(matches!(outcome, RemoveOutcome::InUse(_)), "{outcome:?}");
    world.engine.containers().remove(&made, FORCED).await.unwrap();
    assert_eq!(world.engine.volumes().remove(&name).await.unwrap(), RemoveOutcome::Removed);
    assert_eq!(world.engine.volumes().remove(&name).await.unwrap(), RemoveOutcome::Gone);
    assert_eq!(world.engine.volumes().list(Some(&world.label())).await.unwrap(), []);
}
