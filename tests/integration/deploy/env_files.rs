//! How the variable of a tag is set where Compose reads it.

use super::site::Site;

/// What Compose makes of the files.
fn image(site: &Site) -> String {
    let image = site.compose(&["config", "--images"]);
    image.rsplit_once('/').unwrap().1.to_owned()
}

#[test]
fn a_variable_is_set_in_every_form_that_compose_reads() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    for (before, after) in [
        ("TAG: 1\n", "TAG: 2\n"),
        ("TAG=1 # as tested\n", "TAG=2 # as tested\n"),
        ("export TAG='1'\n", "export TAG='2'\n"),
        ("A=x\nTAG = \"1\" # as tested\nB=TAG=1\n", "A=x\nTAG = \"2\" # as tested\nB=TAG=1\n"),
    ] {
        site.write(".env", before);
        assert_eq!(image(&site), "api:1", "{before}");
        site.deploy(&["2"]).exits(0);
        assert_eq!(site.read(".env"), after);
        assert_eq!(image(&site), "api:2", "{before}");
        site.assert_settled("api 2");
        site.rollback(&[]).exits(0);
        assert_eq!(site.read(".env"), before);
        site.assert_settled("api 1");
    }
}

#[test]
fn a_variable_with_a_default_gets_a_line_in_the_file_that_compose_reads() {
    let site = Site::new();
    site.services("  api: {image: 'REG/demo/api:${TAG:-1}'}\n");
    let file = site.project().join(".env");
    std::fs::remove_file(&file).unwrap();
    site.compose(&["up", "--detach"]);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/api:3", "3", "exits");
    let before = site.containers();
    let created = format!("{} is created with the line TAG=3", file.display());
    site.deploy(&["3", "--dry-run"]).exits(0).prints(&created);
    site.deploy(&["3"]).exits(1);
    assert_eq!(site.containers(), before);
    assert!(!file.exists());
    site.write(".env", "OTHER=1");
    site.deploy(&["3"]).exits(1).prints(".env: the line TAG=3 is added");
    assert_eq!(site.read(".env"), "OTHER=1\n");
    site.deploy(&["2"]).exits(0);
    assert_eq!((site.read(".env").as_str(), image(&site).as_str()), ("OTHER=1\nTAG=2\n", "api:2"));
    site.assert_settled("api 2");
    site.rollback(&[]).exits(0).prints("TAG=2 becomes TAG=1");
    site.assert_settled("api 1");
}

#[test]
fn a_variable_that_cannot_be_set_is_refused_with_the_line_to_write() {
    let site = Site::started();
    site.publish("demo/api:2", "2", "good");
    let file = site.project().join(".env");
    let line = format!("write the line `TAG=2` to {}", file.display());
    site.write(".env", "BASE=1\nTAG=${BASE}\n");
    let before = site.state();
    site.deploy(&["2"]).exits(4).prints(&line);
    site.write(".env", "TAG=1\n");
    site.deploy(&["2"]).env("TAG", "1").exits(4).prints("run `TAG=2 deploy`, or unset it");
    site.write(".env", "");
    site.deploy(&["2"]).exits(4).prints("is not a valid reference").prints(&line);
    site.deploy(&[]).exits(4).prints("write the line `TAG=VERSION`");
    site.write(".env", "BASE=1\nTAG=${BASE}\n");
    assert_eq!(site.state(), before);
    site.write(".env", "TAG=1\n");
    site.deploy(&[]).env("TAG", "2").exits(0);
}
