//! Passwords and the environment of containers are never shown. The output of every
//! run of every test is searched for them.

use super::{place::Place, registry::TestRegistry};

#[test]
fn neither_the_login_nor_the_environment_of_containers_is_shown() {
    let place = Place::with(TestRegistry::with_login(), None).logged_in().services(
        "
  web:
    image: REG/demo/web
    environment: {PASSWORD: canary-of-the-file, TOKEN: '${TOKEN}', KEY: '${KEY}'}
  broken:
    image: REG/demo/web
    profiles: [broken]
    environment: {PASSWORD: canary-of-the-file}
    command: [/bin/busybox, sh, -c, 'env; env >&2; exit 1']
",
    );
    place.write(".env", "TOKEN=canary-of-the-env-file\n");
    place.registry.publish("demo/web:latest", "web");
    let up = |arguments: &[&str]| place.up().env("KEY", "canary-of-the-process").args(arguments);
    up(&["--dry-run", "--verbose"]).run().exits(0);
    up(&["--verbose"]).run().exits(0);
    place.registry.publish("demo/web:latest", "web 2");
    up(&["--verbose", "--format", "json"]).run().exits(0);
    up(&["--verbose", "broken"]).run().exits(3);
    up(&["--format", "json", "broken"]).run().exits(3);
    place.write(".env", "TOKEN=canary-of-the-env-file\nno line of the format\n");
    up(&["--verbose"]).run();
}
