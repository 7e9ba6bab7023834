//! Several services, several containers of one, and those that can have one only.

use super::{
    run::until,
    site::{CONFIGURATION, Site},
};

const BOTH: &str = "
  api: {image: 'REG/demo/api:${TAG}'}
  worker: {image: 'REG/demo/worker:${TAG}', depends_on: [api]}
";

fn both() -> Site {
    let site = Site::new();
    site.services(BOTH);
    site.publish("demo/worker:1", "1", "good");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site
}

#[test]
fn every_service_is_deployed() {
    let site = both();
    site.publish("demo/worker:2", "2", "good");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2, worker 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1, worker 1");
}

#[test]
fn when_the_second_service_fails_both_come_back() {
    let site = both();
    site.publish("demo/worker:2", "2", "exits");
    let before = site.containers();
    site.deploy(&["2"]).exits(1);
    site.assert_settled("api 1, worker 1");
    assert_eq!(site.containers(), before);
}

#[test]
fn a_service_whose_image_is_missing_keeps_the_other_from_being_deployed() {
    let site = both();
    let before = site.state();
    site.deploy(&["2"]).exits(4).prints("demo/worker:2");
    assert_eq!(site.state(), before);
}

/// Each service has a variable of its own.
#[test]
fn only_the_service_that_is_named_is_deployed_and_rolled_back() {
    let site = both();
    site.services(&BOTH.replace("worker:${TAG}", "worker:${WORKER}"));
    site.write(".env", "TAG=1\nWORKER=1\n");
    site.publish("demo/worker:2", "2", "good");
    let worker = site.containers()["worker"].clone();
    site.deploy(&["2", "--service", "api"]).exits(0);
    site.assert_settled("api 2, worker 1");
    assert_eq!(site.containers()["worker"], worker);
    site.deploy(&["2", "--service", "worker"]).exits(0);
    site.rollback(&["--service", "worker"]).exits(0);
    site.assert_settled("api 2, worker 1");
}

/// A variable of two services cannot say two things.
#[test]
fn a_service_that_shares_its_tag_with_another_is_not_deployed_alone() {
    let site = both();
    site.publish("demo/worker:2", "2", "good");
    let before = site.containers();
    let ended = site.deploy(&["2", "--service", "api"]).exits(4);
    ended.prints("the Compose files name one image for api and worker");
    assert_eq!(site.containers(), before);
}

#[test]
fn every_replica_is_replaced_and_brought_back() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:${TAG}', deploy: {replicas: 2}}\n");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "exits");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2 2");
    let before = site.containers();
    site.deploy(&["3"]).exits(1);
    assert_eq!(site.containers(), before);
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1 1");
}

/// Compose names the new containers `shop-api-3` and `-4` as long as there are old ones.
#[test]
fn more_and_fewer_replicas_are_deployed_with_a_version() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "good");
    site.services("  api: {image: 'REG/demo/api:${TAG}', deploy: {replicas: 3}}\n");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2 2 2");
    site.services("  api: {image: 'REG/demo/api:${TAG}', deploy: {replicas: 1}}\n");
    site.deploy(&["3"]).exits(0);
    site.assert_settled("api 3");
}

#[test]
fn a_service_with_a_port_of_the_host_is_deployed_and_undone() {
    let site = Site::new();
    let port = crate::harness::RealServer::free_port();
    site.services(&format!(
        "  api: {{image: 'REG/demo/api:${{TAG}}', ports: ['127.0.0.1:{port}:8080']}}\n"
    ));
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "sick");
    let served = || {
        let answer = std::net::TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
            use std::io::{Read as _, Write as _};
            stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
            let mut text = String::new();
            stream.read_to_string(&mut text)?;
            Ok(text)
        });
        answer.unwrap_or_default()
    };
    site.configure(&CONFIGURATION.replace("20s", "5s"));
    site.deploy(&["2"]).exits(0);
    until("version 2", || served().ends_with("version 2\n"));
    site.deploy(&["3"]).exits(1);
    until("version 2", || served().ends_with("version 2\n"));
    site.rollback(&[]).exits(0);
    until("version 1", || served().ends_with("version 1\n"));
    site.assert_settled("api 1");
}

#[test]
fn a_service_whose_container_has_a_name_is_deployed_undone_and_rolled_back() {
    let site = Site::new();
    let name = format!("{}-the-api", site.name);
    site.services(&format!("  api: {{image: 'REG/demo/api:${{TAG}}', container_name: {name}}}\n"));
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "exits");
    let settled = |expected: &str| {
        assert_eq!(site.running(), expected);
        let before = site.containers();
        assert_eq!(before["api"].len(), 1, "{before:?}");
        assert_eq!(before["api"][0].name, "shop-the-api");
        site.compose(&["up", "--detach"]);
        assert_eq!(site.containers(), before);
        site.assert_no_helper();
    };
    site.deploy(&["2"]).exits(0);
    settled("api 2");
    site.deploy(&["3"]).exits(1);
    settled("api 2");
    site.rollback(&[]).exits(0);
    settled("api 1");
}

/// An API and its worker are often two commands of one image.
#[test]
fn services_with_one_image_change_together() {
    let site = Site::new();
    site.services(
        "
  api: {image: 'REG/demo/api:${TAG}'}
  worker: {image: 'REG/demo/api:${TAG}', depends_on: [api]}
",
    );
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "exits");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2, worker 2");
    site.deploy(&["3"]).exits(1);
    site.assert_settled("api 2, worker 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1, worker 1");
}
