//! How the Compose file names the image.

use super::site::{CONFIGURATION, Site};

const LATEST: &str = "  api: {image: 'REG/demo/api:latest'}\n";

fn latest() -> Site {
    let site = Site::new();
    site.services(LATEST);
    site.publish("demo/api:latest", "1", "good");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:latest", "2", "good");
    site
}

#[test]
fn a_floating_tag_is_deployed_as_the_registry_serves_it_and_rolled_back_on_this_engine() {
    let site = latest();
    site.deploy(&[]).exits(0);
    site.assert_settled("api 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
    site.deploy(&[]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn another_tag_is_deployed_under_the_floating_one() {
    let site = latest();
    site.publish("demo/api:3", "3", "good");
    site.deploy(&["3"]).exits(0).prints("demo/api:latest on this engine becomes");
    site.assert_settled("api 3");
    site.publish("demo/api:4", "4", "exits");
    site.deploy(&["4"]).exits(1);
    site.assert_settled("api 3");
    assert_eq!(site.read(".env"), "TAG=1\n");
}

#[test]
fn a_digest_is_deployed_under_a_floating_tag() {
    let site = latest();
    let digest = site.publish("demo/api:3", "3", "good");
    site.deploy(&[&digest]).exits(0);
    site.assert_settled("api 3");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
}

#[test]
fn a_digest_is_refused_where_the_file_names_a_tag() {
    let site = Site::started();
    let digest = site.publish("demo/api:2", "2", "good");
    let before = site.state();
    site.deploy(&[&digest]).exits(4).prints("demo/api@sha256:");
    assert_eq!(site.state(), before);
}

#[test]
fn a_tag_that_is_written_down_is_refused_with_the_line_to_write() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:1'}\n");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    let before = site.state();
    let text = "write 127.0.0.1:PORT/demo/api:2 there";
    site.deploy(&["2"]).exits(4).prints(&text.replace("PORT", &site.registry.port.to_string()));
    assert_eq!(site.state(), before);
    site.services("  api: {image: 'REG/demo/api:2'}\n");
    site.deploy(&[]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn a_written_tag_keeps_its_version_when_an_earlier_one_is_brought_back() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:1'}\n");
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.services("  api: {image: 'REG/demo/api:2'}\n");
    site.deploy(&[]).exits(0);
    site.rollback(&[]).exits(0).prints("the Compose files name another version");
    site.services("  api: {image: 'REG/demo/api:1'}\n");
    site.assert_settled("api 1");
    site.services("  api: {image: 'REG/demo/api:2'}\n");
    site.deploy(&[]).exits(0);
    site.assert_settled("api 2");
}

#[test]
fn a_variable_that_the_shell_sets_cannot_be_changed() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let before = site.state();
    site.deploy(&["2"]).env("TAG", "1").exits(4);
    assert_eq!(site.state(), before);
}

#[test]
fn a_version_is_the_end_of_a_tag_with_a_fixed_beginning() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:v${VERSION:-1}'}\n");
    site.write(".env", "# what runs\nVERSION=\"1\" \nOTHER=1\n");
    site.publish("demo/api:v1", "1", "good");
    site.publish("demo/api:v2", "2", "good");
    site.compose(&["up", "--detach"]);
    site.deploy(&["v2"]).exits(0);
    assert_eq!(site.read(".env"), "# what runs\nVERSION=\"2\" \nOTHER=1\n");
    site.assert_settled("api 2");
}

#[test]
fn what_is_built_on_this_machine_is_deployed_and_rolled_back() {
    let site = Site::new();
    site.services("  api: {build: ., image: 'NAME/api'}\n".replace("NAME", &site.name).as_str());
    site.write("Dockerfile", "FROM scratch\n");
    let name = format!("{}/api:latest", site.name);
    site.build(&name, "1", "good");
    site.configure(CONFIGURATION);
    site.deploy(&[]).exits(0);
    site.assert_settled("api 1");
    site.build(&name, "2", "good");
    site.deploy(&[]).exits(0);
    site.assert_settled("api 2");
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1");
}

#[test]
fn what_was_not_built_is_refused() {
    let site = Site::new();
    site.services("  api: {build: ., image: 'NAME/api'}\n".replace("NAME", &site.name).as_str());
    site.write("Dockerfile", "FROM scratch\n");
    site.deploy(&[]).exits(4).prints("run `docker compose build api`");
}

#[test]
fn a_version_of_what_is_built_is_refused_with_what_it_needs() {
    let site = Site::new();
    site.write("Dockerfile", "FROM scratch\n");
    site.services("  api: {build: .}\n");
    let name = format!("{}-api", site.name);
    site.build(&format!("{name}:latest"), "1", "good");
    site.compose(&["up", "--detach"]);
    let before = site.state();
    let shown = site.deploy(&["2"]).exits(4);
    let shown = shown.prints("which `deploy` without a version deploys");
    shown.prints(&format!("`image: {name}:${{TAG}}`"));
    assert_eq!(site.state(), before);
    // What is advised.
    site.services(&format!("  api: {{build: ., image: '{name}:${{TAG:-latest}}'}}\n"));
    site.write(".env", "");
    site.deploy(&["2"]).exits(4).prints("build it with `TAG=2 docker compose build api`");
    site.build(&format!("{name}:2"), "2", "good");
    site.deploy(&["2"]).exits(0);
    site.assert_settled("api 2");
}
