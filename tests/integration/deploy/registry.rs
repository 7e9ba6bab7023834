//! Registries that ask for a login, that do not answer, and that end in between.

use std::net::TcpListener;

use super::site::{CONFIGURATION, Site};
use crate::harness::{RealServer, Secrets};

/// Base64 of `maintainer:` and a password.
fn login(password: &str) -> String {
    let text = format!("{}:{password}", Secrets::ACCOUNT);
    let output = std::process::Command::new("python3")
        .args(["-c", "import base64, sys; print(base64.b64encode(sys.argv[1].encode()).decode())"])
        .arg(text)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn log_in(site: &Site, password: &str) {
    let auth = login(password);
    let host = format!("127.0.0.1:{}", site.registry.port);
    let config = format!(r#"{{"auths": {{"{host}": {{"auth": "{auth}"}}}}}}"#);
    std::fs::write(site.folder().join("docker/config.json"), config).unwrap();
}

#[test]
fn a_registry_that_asks_for_a_login_is_a_finding_that_names_the_login() {
    let site = Site::on(None, RealServer::docker_registry_with_login());
    log_in(&site, Secrets::REGISTRY);
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    let before = site.state();
    let advice = format!("docker login 127.0.0.1:{}", site.registry.port);
    std::fs::remove_file(site.folder().join("docker/config.json")).unwrap();
    site.deploy(&["2"]).exits(4).prints("demo/api:2").prints(&format!("log in with `{advice}`"));
    log_in(&site, "wrong");
    site.deploy(&["2"]).exits(4).prints(&format!("log in again with `{advice}`"));
    assert_eq!(site.state(), before);
    site.assert_no_helper();
    log_in(&site, Secrets::REGISTRY);
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn a_registry_that_accepts_connections_and_never_answers_is_waited_for_in_sight() {
    let mut site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let before = site.state();
    site.registry.stop();
    // The kernel accepts, and nobody reads.
    let _silent = TcpListener::bind(("127.0.0.1", site.registry.port)).unwrap();
    let host = format!("127.0.0.1:{}", site.registry.port);
    let ended = site.deploy(&["2"]).exits(4).prints(&format!("waiting for {host} to answer"));
    ended.prints(&format!("{host} does not answer within 30 s"));
    assert_eq!(site.state(), before);
    site.assert_no_helper();
}

/// It answers while the deployment is planned, and is gone when the image is pulled.
#[test]
fn a_registry_that_ends_after_the_plan_leaves_the_old_version_serving() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let kill = format!("kill -KILL {}", site.registry.process());
    let hook = format!("hooks.before = [{{ command = ['sh', '-c', '{kill}'] }}]\n");
    site.configure(&format!("{CONFIGURATION}{hook}"));
    let before = site.state();
    let ended = site.deploy(&["2"]).exits(1).prints("demo/api:2");
    ended.prints("the old version serves");
    assert_eq!(site.state(), before);
    site.assert_settled("api 1");
    site.rollback(&[]).exits(4).prints("nothing was deployed");
}
