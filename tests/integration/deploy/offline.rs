//! Deployments without a registry.

use super::site::Site;

#[test]
fn an_image_of_the_engine_is_deployed_offline_and_never_silently() {
    let mut site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let name = format!("127.0.0.1:{}/demo/api:2", site.registry.port);
    site.docker(&["pull", "--quiet", &name]);
    site.registry.stop();
    let before = site.state();
    for arguments in [&["2"][..], &[]] {
        site.deploy(arguments).exits(4).prints("add --offline to deploy the image");
        assert_eq!(site.state(), before);
    }
    let shown = site.deploy(&["--offline"]).exits(0);
    shown.prints("already").prints("no registry was asked");
    site.deploy(&["2", "--offline", "--dry-run"]).exits(0).prints("no registry is asked");
    site.deploy(&["2", "--offline"]).exits(0).prints("no registry is asked");
    site.assert_settled("api 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
}

/// Another tag or another digest of the same repository is another image.
#[test]
fn only_the_very_image_is_deployed_offline() {
    let site = Site::started();
    let digest = site.publish("demo/api:2", "2", "good");
    let before = site.state();
    let reason = "not present, and --offline prevents a pull; run once without --offline";
    site.deploy(&["2", "--offline"]).exits(4).prints(reason);
    site.services("  api: {image: 'REG/demo/api:latest'}\n");
    site.deploy(&[&digest, "--offline"]).exits(4).prints(reason);
    site.services(super::site::API);
    assert_eq!(site.state(), before);
}

#[test]
fn an_image_that_no_registry_has_is_deployed_offline() {
    let site = Site::started();
    let name = format!("127.0.0.1:{}/demo/api:2", site.registry.port);
    site.build(&name, "2", "good");
    site.deploy(&["2"]).exits(4).prints("the registry has no such image").prints("--offline");
    site.deploy(&["2", "--offline"]).exits(0);
    site.assert_settled("api 2");
}
