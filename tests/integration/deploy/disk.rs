//! A disk that is too small for a new version: found before, or while it is pulled.

use super::site::Site;
use crate::harness::{PrivateEngine, RealServer, Store};

/// The old version runs on an engine whose disk has so many MiB.
fn site_on(store: Store, size: u32) -> Site {
    let engine = PrivateEngine::on_small_disk(store, size);
    let site = Site::on(Some(engine), RealServer::docker_registry());
    site.compose(&["up", "--detach"]);
    site
}

#[test]
fn an_image_that_does_not_fit_on_the_disk_is_refused() {
    for store in [Store::GraphDriver, Store::Containerd] {
        let site = site_on(store, 20);
        let image = site.image("2", "good").layer("noise", 20 << 20);
        site.publish_image("demo/api:2", image);
        let before = site.state();
        let ended = site.deploy(&["2"]).exits(4);
        ended.prints("the new images need at least").prints("of the target's disk");
        assert_eq!(site.state(), before);
        site.assert_settled("api 1");
    }
}

/// Once compressed it is short, so that nobody can know before.
#[test]
fn a_disk_that_becomes_full_while_an_image_is_pulled_leaves_the_old_version_serving() {
    let site = site_on(Store::GraphDriver, 40);
    let image = site.image("2", "good").empty_bytes("zeros", 100 << 20);
    site.publish_image("demo/api:2", image);
    let before = site.containers();
    let ended = site.deploy(&["2"]).exits(1).prints("no space left on device");
    ended.prints("the old version serves");
    assert_eq!(site.containers(), before, "the same container serves");
    site.assert_settled("api 1");
    assert_eq!(site.read(".env"), "TAG=1\n");
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["3"]).exits(0);
    site.assert_settled("api 3");
}

#[test]
fn an_image_that_may_not_fit_is_a_warning_and_layers_that_are_there_do_not_count() {
    let site = site_on(Store::GraphDriver, 40);
    let image = |version: &str| site.image(version, "good").layer("noise", 10 << 20);
    site.publish_image("demo/api:2", image("2"));
    site.deploy(&["2"]).exits(0).prints("the new images may not fit on the target's disk");
    // Other labels, and so another image of the same layers.
    site.publish_image("demo/api:3", image("2").label("version", "3"));
    let ended = site.deploy(&["3"]).exits(0);
    assert!(!ended.to_string().contains("may not fit"), "{ended}");
    site.assert_settled("api 3");
}
