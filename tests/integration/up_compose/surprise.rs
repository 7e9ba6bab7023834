//! Concurrent changes: tags that move, and engines that pull another image.

use super::place::Place;

/// A Compose with a script that runs before it, or after it.
fn meddle(place: &Place, verb: &str, before: &str, after: &str) {
    place.other_compose(&format!(
        "verb=none\nfor word; do case $word in pull|up) verb=$word ;; esac; done\n\
         if [ $verb = {verb} ]; then\n{before}\ndocker-compose \"$@\" || exit\n{after}\n\
         else exec docker-compose \"$@\"; fi"
    ));
}

/// Old and new image of `web`; the engine also has the old one as `REG/demo/old`.
fn place() -> (Place, String, String) {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    let old = place.registry.publish("demo/web:latest", "old");
    let image = image(&place, "web");
    place.docker(&["pull", "--quiet", &image]);
    place.docker(&["tag", &image, &self::image(&place, "old")]);
    let new = place.registry.publish("demo/web:latest", "new");
    (place, old, new)
}

fn image(place: &Place, name: &str) -> String {
    format!("{}/demo/{name}", place.registry.host())
}

#[test]
fn a_tag_that_moves_before_the_pull_is_looked_up_again() {
    let (place, ..) = place();
    let newest = place.registry.publish("demo/other:latest", "newest");
    let (from, to) = (image(&place, "other"), image(&place, "web"));
    let copy = "skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false";
    meddle(&place, "pull", &format!("{copy} docker://{from} docker://{to} >&2 || exit"), "");
    let ended = place.up().run().exits(0);
    place.assert_runs("web", &newest);
    ended.prints("1 container runs what the registry serves");
}

#[test]
fn a_pull_that_brings_another_image_starts_nothing() {
    let (place, ..) = place();
    let back = format!("docker tag {} {}", image(&place, "old"), image(&place, "web"));
    meddle(&place, "pull", "", &back);
    let ended = place.up().run().exits(5);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 5
    [ERROR] the pulled images are not what the registry serves; shop was not started
            - web: REG/demo/web: the registry serves sha256:DIGEST, the pull brought sha256:DIGEST
    [INFO] a registry mirror of the engine may serve old images (see Registry Mirrors in `docker info`)
    ");
    assert!(place.containers().is_empty());
}

#[test]
fn a_container_of_another_image_is_a_difference() {
    let (place, old, _) = place();
    let back = format!("docker tag {} {}", image(&place, "old"), image(&place, "web"));
    meddle(&place, "up", &back, "");
    let ended = place.up().run().exits(5);
    insta::assert_snapshot!(ended.whole(), @"
    exit 5
    --- stdout
    [INFO] querying registries about 1 image

    Plan for shop
    service  image  will run
    ──  ──  ──
    web  REG/demo/web  sha256:DIGEST, to be pulled: the local image is sha256:DIGEST
    [OK] pull web
    [OK] start shop
    [OK] web: running

    Containers of shop
    service  state  runs
    ──  ──  ──
    web  created, running  sha256:DIGEST, NOT as served
    --- stderr
    [ERROR] 1 difference found
            - web (shop-web-1) runs sha256:DIGEST; the registry serves REG/demo/web as sha256:DIGEST
    ");
    place.assert_runs("web", &old);
}

#[test]
fn a_pull_that_fails_starts_nothing() {
    let (place, ..) = place();
    meddle(
        &place,
        "pull",
        "echo 'toomanyrequests: You have reached your pull rate limit' >&2; exit 1",
        "",
    );
    let ended = place.up().run().exits(1);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 1
    [ERROR] cannot pull web; shop was not started
            - docker compose: toomanyrequests: You have reached your pull rate limit
    [INFO] run the same command again; `--offline` starts with the local images
    ");
    assert!(place.containers().is_empty());
}
