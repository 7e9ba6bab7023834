use local_docker::SwarmService;

use crate::support::World;

/// Only on the second engine: a Swarm changes the whole engine.
pub(crate) async fn services_have_the_image_of_a_rollback(world: &World) {
    assert_eq!(world.engine.swarm().services().await.unwrap(), [], "it manages no Swarm");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let listen = format!("127.0.0.1:{port}");
    world.docker(&["swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", &listen]);
    assert_eq!(world.engine.swarm().services().await.unwrap(), []);
    // So the missing registry is not contacted.
    let quiet = ["--quiet", "--detach", "--no-resolve-image"];
    let create = ["service", "create", "--name", "web", "--replicas", "0"];
    world.docker(&[&create[..], &quiet, &["127.0.0.1:1/web:1"]].concat());
    world.docker(
        &[&["service", "update"][..], &quiet, &["--image", "127.0.0.1:1/web:2", "web"]].concat(),
    );
    let services = world.engine.swarm().services().await.unwrap();
    world.docker(&["swarm", "leave", "--force"]);
    let expected = SwarmService {
        name: "web".to_owned(),
        image: "127.0.0.1:1/web:2".to_owned(),
        previous_image: Some("127.0.0.1:1/web:1".to_owned()),
    };
    assert_eq!(services, [expected]);
}
