//! An engine that keeps images in containerd: an image's ID is the digest
//! of its manifest or index.

use super::{place::Place, registry::TestRegistry};
use crate::harness::Store;

#[test]
fn the_containerd_store_pulls_and_proves_images_and_indexes() {
    let place = Place::with(TestRegistry::real(), Some(Store::Containerd)).services(
        "
  web:
    image: REG/demo/web
  multi:
    image: REG/demo/multi:1
    platform: linux/amd64
",
    );
    let publish = |content: &str| {
        let web = place.registry.publish("demo/web:latest", content);
        let ours = place.registry.publish("demo/multi:ours", &format!("{content} ours"));
        let other = place.registry.publish("demo/multi:other", "other");
        let images = [("linux/amd64", ours.as_str()), ("linux/arm64", other.as_str())];
        (web, place.registry.publish_index("demo/multi:1", &images, content))
    };
    let (web, multi) = publish("first");
    place.up().run().exits(0);
    place.assert_runs("web", &web);
    place.assert_runs("multi", &multi);

    let before = place.containers();
    let ended = place.up().run().exits(0);
    ended.prints("nothing to do: 2 containers run what the registry serves");
    assert_eq!(place.containers(), before);

    let (web, multi) = publish("second");
    place.compose(&["up", "--detach"]);
    assert_eq!(place.containers(), before, "the control");
    let ended = place.up().run().exits(0);
    place.assert_runs("web", &web);
    place.assert_runs("multi", &multi);
    ended.prints("recreated: multi, web");
}
