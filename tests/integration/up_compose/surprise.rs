//! What others do at the same time: tags that move, engines that bring something
//! else.

use super::place::Place;

/// A Compose before which, or after which, something happens.
fn meddle(place: &Place, verb: &str, before: &str, after: &str) {
    place.other_compose(&format!(
        "verb=none\nfor word; do case $word in pull|up) verb=$word ;; esac; done\n\
         if [ $verb = {verb} ]; then\n{before}\ndocker-compose \"$@\" || exit\n{after}\n\
         else exec docker-compose \"$@\"; fi"
    ));
}

/// Old and new image of `web`; the old one is also here, as `REG/demo/old`.
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
fn a_tag_that_moves_before_the_pull_is_asked_for_again() {
    let (place, ..) = place();
    let newest = place.registry.publish("demo/other:latest", "newest");
    let (from, to) = (image(&place, "other"), image(&place, "web"));
    let copy = "skopeo copy --quiet --src-tls-verify=false --dest-tls-verify=false";
    meddle(&place, "pull", &format!("{copy} docker://{from} docker://{to} >&2 || exit"), "");
    let ended = place.up().run().exits(0);
    place.assert_runs("web", &newest);
    ended.says("1 container runs what the registry serves");
}

#[test]
fn a_pull_that_brings_something_else_starts_nothing() {
    let (place, ..) = place();
    let back = format!("docker tag {} {}", image(&place, "old"), image(&place, "web"));
    meddle(&place, "pull", "", &back);
    let ended = place.up().run().exits(5);
    insta::assert_snapshot!(ended.complaint(), @"
    exit 5
    [ERROR] the pull did not bring what is served; shop was not started
            - web: REG/demo/web: sha256:DIGEST is served, sha256:DIGEST came
    [INFO] a mirror of the engine may serve old images (`docker info`, Registry Mirrors)
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
    [INFO] asking what is served: 1 image

    Plan for shop
    service  image  what starts
    ──  ──  ──
    web  REG/demo/web  sha256:DIGEST, to be pulled: here is sha256:DIGEST
    [OK] pull web
    [OK] start shop
    [OK] web: running

    Containers of shop
    service  state  runs
    ──  ──  ──
    web  created, running  sha256:DIGEST, NOT as served
    --- stderr
    [ERROR] 1 difference found
            - web (shop-web-1) runs sha256:DIGEST; served as REG/demo/web is sha256:DIGEST
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
    [INFO] run the same command again; `--offline` starts with what is here
    ");
    assert!(place.containers().is_empty());
}
