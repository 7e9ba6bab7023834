//! What starts is what the registry serves now: the accident of "Compose not
//! using the latest published image".

use super::place::Place;

const WEB_AND_DB: &str = "
  web:
    image: REG/demo/web
  db:
    image: REG/demo/db:16
";

fn web_and_db() -> (Place, String, String) {
    let place = Place::new().services(WEB_AND_DB);
    let web = place.registry.publish("demo/web:latest", "web 1");
    let db = place.registry.publish("demo/db:16", "db");
    (place, web, db)
}

#[test]
fn a_moved_tag_is_pulled_and_only_its_service_is_recreated() {
    let (place, web, db) = web_and_db();
    place.up().run().exits(0);
    place.assert_runs("web", &web);
    let before = place.containers();

    let newer = place.registry.publish("demo/web:latest", "web 2");
    // The control: Compose itself goes on with what it has.
    place.compose(&["up", "--detach"]);
    assert_eq!(place.containers(), before);

    let ended = place.up().run().exits(0);
    place.assert_runs("web", &newer);
    place.assert_runs("db", &db);
    let after = place.containers();
    assert_ne!(after["web"].id, before["web"].id);
    assert_eq!(after["db"], before["db"]);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [INFO] querying registries about 2 images

    Plan for shop
    service  image  will run
    ──  ──  ──
    db  REG/demo/db:16  sha256:DIGEST, present
    web  REG/demo/web  sha256:DIGEST, to be pulled: the local image is sha256:DIGEST
    [OK] pull web
    [OK] start shop
    [OK] web: running

    Containers of shop
    service  state  runs
    ──  ──  ──
    db  not changed, running  sha256:DIGEST, as served
    web  recreated, running  sha256:DIGEST, as served
    [OK] shop: 2 containers run what the registry serves; recreated: web; not changed: db
    --- stderr
    ");
}

#[test]
fn a_stale_image_of_the_same_name_is_not_what_starts() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    let old = place.registry.publish("demo/web:latest", "web 1");
    place.compose(&["pull"]);
    let new = place.registry.publish("demo/web:latest", "web 2");
    // The control: started for the first time, Compose takes the stale one.
    place.compose(&["up", "--detach"]);
    place.assert_runs("web", &old);
    place.up().run().exits(0);
    place.assert_runs("web", &new);
}

#[test]
fn with_nothing_to_do_nothing_is_changed() {
    let (place, ..) = web_and_db();
    place.up().run().exits(0);
    let before = place.state();
    let ended = place.up().run().exits(0);
    assert_eq!(place.state(), before);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [INFO] querying registries about 2 images

    Plan for shop
    service  image  will run
    ──  ──  ──
    db  REG/demo/db:16  sha256:DIGEST, present
    web  REG/demo/web  sha256:DIGEST, present
    [OK] start shop

    Containers of shop
    service  state  runs
    ──  ──  ──
    db  not changed, running  sha256:DIGEST, as served
    web  not changed, running  sha256:DIGEST, as served
    [OK] shop: nothing to do: 2 containers run what the registry serves
    --- stderr
    ");
}

#[test]
fn two_services_on_one_image_follow_it_together() {
    let place = Place::new().services(
        "
  web:
    image: REG/demo/app:1
  worker:
    image: REG/demo/app:1
",
    );
    place.registry.publish("demo/app:1", "first");
    place.up().run().exits(0);
    let digest = place.registry.publish("demo/app:1", "second");
    let ended = place.up().run().exits(0);
    place.assert_runs("web", &digest);
    place.assert_runs("worker", &digest);
    ended.prints("querying registries about 1 image");
    ended.prints("recreated: web, worker");
}

#[test]
fn an_index_is_compared_by_its_own_digest() {
    let place = Place::new().services("  web:\n    image: REG/demo/web:multi\n");
    let ours = place.registry.publish("demo/web:a", "ours");
    let other = place.registry.publish("demo/web:b", "other");
    let images = [("linux/amd64", ours.as_str()), ("linux/arm64", other.as_str())];
    let images = if cfg!(target_arch = "aarch64") { [images[1], images[0]] } else { images };
    let first = place.registry.publish_index("demo/web:multi", &images, "first");
    place.up().run().exits(0);
    place.assert_runs("web", &first);
    let before = place.containers();

    // A new index of the same images: pulled and proved, and nothing to replace.
    let second = place.registry.publish_index("demo/web:multi", &images, "second");
    assert_ne!(first, second);
    let ended = place.up().run().exits(0);
    place.assert_runs("web", &second);
    assert_eq!(place.containers()["web"].id, before["web"].id);
    ended.prints("sha256:DIGEST, to be pulled: the local image is sha256:DIGEST");
    ended.prints("not changed: web");

    // Another image for this platform.
    let newer = place.registry.publish("demo/web:c", "newer");
    let images = [(images[0].0, newer.as_str()), images[1]];
    let third = place.registry.publish_index("demo/web:multi", &images, "third");
    place.up().run().exits(0);
    place.assert_runs("web", &third);
    assert_ne!(place.containers()["web"].id, before["web"].id);
}

#[test]
fn named_services_start_with_their_dependencies_and_no_others() {
    let place = Place::new().services(
        "
  web:
    image: REG/demo/app
    depends_on: [db]
  db:
    image: REG/demo/app
  other:
    image: REG/demo/other
  debug:
    image: REG/demo/app
    profiles: [debug]
",
    );
    let digest = place.registry.publish("demo/app:latest", "app");
    // The image of `other` does not exist, and is not needed.
    place.up().args(&["web"]).run().exits(0);
    let names = || place.containers().into_keys().collect::<Vec<_>>();
    assert_eq!(names(), ["db", "web"]);
    // A service that is named needs no profile.
    place.up().args(&["debug"]).run().exits(0);
    assert_eq!(names(), ["db", "debug", "web"]);
    place.assert_runs("debug", &digest);
}

#[test]
fn a_service_without_containers_is_not_waited_for() {
    let services = "  web:\n    image: REG/demo/app\n  idle:\n    image: REG/demo/app\n    deploy: {replicas: 0}\n";
    let place = Place::new().services(services);
    place.registry.publish("demo/app:latest", "app");
    place.up().run().exits(0).prints("created: web");
    assert_eq!(place.containers().len(), 1);
}

#[test]
fn several_containers_of_a_service_are_all_proved() {
    let place = Place::new().services("  web:\n    image: REG/demo/app\n    scale: 3\n");
    place.registry.publish("demo/app:latest", "app 1");
    place.up().run().exits(0).prints("3 containers run what the registry serves; created: web");
    place.registry.publish("demo/app:latest", "app 2");
    place.up().run().exits(0).prints("3 containers run what the registry serves; recreated: web");
    place.write_services("  web:\n    image: REG/demo/app\n");
    place.up().run().exits(0).prints("removed: shop-web-3");
}

#[test]
fn profiles_are_started_when_they_are_active() {
    let place = Place::new().services(
        "
  web:
    image: REG/demo/app
  debug:
    image: REG/demo/app
    profiles: [debug]
",
    );
    place.registry.publish("demo/app:latest", "app");
    place.up().run().exits(0);
    assert_eq!(place.containers().len(), 1);
    place.up().args(&["--profile", "debug"]).run().exits(0);
    assert_eq!(place.containers().len(), 2);
}

#[test]
fn the_project_is_found_from_below_and_by_the_configuration() {
    let (place, web, _) = web_and_db();
    let below = place.project().join("deep/below");
    std::fs::create_dir_all(&below).unwrap();
    place.up().folder(&below).run().exits(0);
    place.assert_runs("web", &web);

    // Several projects of one configuration, from anywhere.
    let file = std::fs::read_to_string(place.project().join("compose.yaml")).unwrap();
    std::fs::remove_file(place.project().join("compose.yaml")).unwrap();
    place.write("one.yaml", &file);
    place.write("two.yaml", &file.replace("web:", "more:").replace("db:\n", "and:\n"));
    let table = |name: &str| format!("[[compose]]\nfiles = [\"{name}.yaml\"]\n");
    place.write("tidegate.toml", &(table("one") + &table("two")));
    let project = place.project().into_os_string().into_string().unwrap();
    let named = place.up().folder("/").args(&["--project", &project, "more"]).run().exits(0);
    named.prints("created: more");
    assert_eq!(place.containers().into_keys().collect::<Vec<_>>(), ["db", "more", "web"]);
}

#[test]
fn a_dry_run_shows_everything_and_changes_nothing() {
    let (place, ..) = web_and_db();
    let nothing = place.state();
    let ended = place.up().args(&["--dry-run"]).run().exits(0);
    assert_eq!(place.state(), nothing);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [INFO] querying registries about 2 images

    Plan for shop
    service  image  will run
    ──  ──  ──
    db  REG/demo/db:16  sha256:DIGEST, to be pulled: not present
    web  REG/demo/web  sha256:DIGEST, to be pulled: not present
    docker compose would:
      create: shop-db-1
      create: shop-web-1
    [INFO] dry run: nothing was changed
    --- stderr
    ");

    place.up().run().exits(0);
    place.registry.publish("demo/web:latest", "web 2");
    let before = place.state();
    let ended = place.up().args(&["--dry-run"]).run().exits(0);
    assert_eq!(place.state(), before);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    [INFO] querying registries about 2 images

    Plan for shop
    service  image  will run
    ──  ──  ──
    db  REG/demo/db:16  sha256:DIGEST, present
    web  REG/demo/web  sha256:DIGEST, to be pulled: the local image is sha256:DIGEST
    docker compose would:
      leave as it is: shop-db-1
      recreate: shop-web-1
    [INFO] dry run: nothing was changed
    --- stderr
    ");
}

#[test]
fn a_policy_that_keeps_old_images_is_overruled() {
    let services = "  web:\n    image: REG/demo/web\n    pull_policy: missing\n";
    let place = Place::new().services(services);
    place.registry.publish("demo/web:latest", "web 1");
    place.up().run().exits(0);
    let newer = place.registry.publish("demo/web:latest", "web 2");
    place.up().run().exits(0);
    place.assert_runs("web", &newer);
}
