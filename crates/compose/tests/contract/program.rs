use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use compose::{ComposeError, ComposeProject, Program, Surroundings};
use tempfile::TempDir;

use crate::support::{case, docker_compose, text};

/// A folder with a `docker-compose` that was made for tests.
fn made(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(kind)
}

/// The real Compose as a plugin below this folder.
fn plugin(folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let plugin = folder.join("docker-compose");
    std::os::unix::fs::symlink(docker_compose(), &plugin).unwrap();
    plugin
}

fn surroundings(variables: &[(&str, &Path)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into()));
    Surroundings { variables: variables.collect::<BTreeMap<_, _>>(), working_folder: "/".into() }
}

async fn found(variables: &[(&str, &Path)]) -> Program {
    Program::detect(&surroundings(variables)).await.unwrap().unwrap()
}

fn project(folder: &Path, files: &[&str]) -> ComposeProject {
    ComposeProject {
        name: "shop".into(),
        folder: folder.into(),
        files: files.iter().map(|file| folder.join(file)).collect(),
        profiles: Vec::new(),
        env_files: Vec::new(),
        warnings: Vec::new(),
    }
}

#[tokio::test]
async fn plugins_are_found_where_the_docker_program_finds_them_and_before_path() {
    let home = TempDir::new().unwrap();
    let legacy = made("legacy");
    let user_plugin = plugin(&home.path().join(".docker/cli-plugins"));
    let program = found(&[("HOME", home.path()), ("PATH", &legacy)]).await;
    assert_eq!((program.executable(), program.is_legacy()), (user_plugin.as_path(), false));

    let configuration = home.path().join("configuration");
    let configured = plugin(&configuration.join("cli-plugins"));
    let variables = [("HOME", home.path()), ("DOCKER_CONFIG", configuration.as_path())];
    assert_eq!(found(&variables).await.executable(), configured);

    let extra = plugin(&home.path().join("extra"));
    let stated =
        format!("{{\"auths\": {{}}, \"cliPluginsExtraDirs\": [{:?}]}}", extra.parent().unwrap());
    fs::write(configuration.join("config.json"), stated).unwrap();
    assert_eq!(found(&variables).await.executable(), extra);
}

#[tokio::test]
async fn the_program_on_path_may_be_compose_1_which_prints_no_model() {
    let program = found(&[("PATH", &made("legacy"))]).await;
    assert_eq!((program.version(), program.is_legacy()), ("1.29.2", true));
    let error = program.model(&project(Path::new("/"), &["x"]), &[], true).await.unwrap_err();
    assert!(matches!(&error, ComposeError::TooOldForModel { version } if version == "1.29.2"));
}

#[tokio::test]
async fn a_program_that_cannot_be_run_is_skipped_if_another_one_can() {
    let both = std::env::join_paths([made("broken"), made("legacy")]).unwrap();
    let program = found(&[("PATH", Path::new(&both))]).await;
    assert_eq!(program.executable(), made("legacy").join("docker-compose"));
    let error = Program::detect(&surroundings(&[("PATH", &made("broken"))])).await.unwrap_err();
    assert!(matches!(error, ComposeError::Unusable { .. }), "{error}");
}

#[tokio::test]
async fn no_program_is_no_error() {
    let empty = TempDir::new().unwrap();
    let surroundings = surroundings(&[("PATH", empty.path()), ("HOME", empty.path())]);
    assert!(Program::detect(&surroundings).await.unwrap().is_none());
}

#[tokio::test]
async fn a_child_gets_the_surroundings_and_the_engine_and_nothing_else() {
    let program = found(&[
        ("PATH", &made("environment")),
        ("DOCKER_CONTEXT", Path::new("other")),
        ("KEPT", Path::new("kept")),
    ])
    .await;
    let endpoint = [("DOCKER_HOST", Some("unix:///x".to_owned())), ("DOCKER_CONTEXT", None)];
    let project = ComposeProject {
        profiles: vec!["a".into(), "b".into()],
        env_files: vec!["/srv/a.env".into()],
        ..project(Path::new("/srv"), &["one.yaml", "two.yaml"])
    };
    let output = program.command_for(&project, &endpoint).arg("ps").output().await.unwrap();
    let path = made("environment");
    let expected = format!(
        "DOCKER_HOST=unix:///x\nKEPT=kept\nPATH={}\nPWD=/\n/\n-f /srv/one.yaml -f /srv/two.yaml -p shop \
         --project-directory /srv --env-file /srv/a.env --profile a --profile b ps\n",
        path.display()
    );
    assert_eq!(output.stdout_text(), expected);
}

/// Whether run by the docker program or alone, a plugin does the same.
#[tokio::test]
async fn a_plugin_does_alone_what_it_does_as_a_plugin() {
    let docker = process::find_program("docker").expect("no `docker`: run .ci/setup");
    let home = TempDir::new().unwrap();
    plugin(&home.path().join(".docker/cli-plugins"));
    let case = case("plugin").file("compose.yaml", "services: {web: {image: 'web:${TAG:-1}'}}");
    let mut plugin = Command::new(docker);
    plugin.current_dir(case.surroundings().working_folder).env_clear().env("HOME", home.path());
    let plugin = plugin.args(["compose", "config", "--format", "json"]).output().unwrap();
    let alone = case.compose(&["config", "--format", "json"]);
    assert_eq!(text(&plugin.stderr), "");
    assert_eq!(text(&plugin.stdout), text(&alone.stdout));
    assert!(plugin.status.success() && !alone.stdout.is_empty());
}

#[tokio::test]
async fn a_broken_file_is_reported_with_its_location() {
    let legible = "services:\n  web:\n    image: web\n";
    for (text, line, phrase) in [
        ("services:\n  web:\n    image: web\n   foo: bar\n", Some(4), "did not find expected key"),
        ("services:\n\tweb: x\n", Some(2), "tab"),
        ("services:\n  web: {image: a}\n  web: {image: b}\n", Some(3), "already defined"),
        ("services:\n  web:\n    image: web\n    foo: bar\n", None, "foo is not allowed"),
    ] {
        let case = case("broken").file("compose.yaml", legible).file("more.yaml", text);
        let folder = case.surroundings().working_folder;
        let program = Program::detect(&case.surroundings()).await.unwrap().unwrap();
        let error =
            program.model(&project(&folder, &["compose.yaml", "more.yaml"]), &[], true).await;
        let ComposeError::BrokenFile { file, line: found, message } = error.unwrap_err() else {
            panic!("{text}");
        };
        assert_eq!(found, line, "{text}: {message}");
        assert!(message.contains(phrase), "{message}");
        // Compose does not name the file of a duplicate key.
        let file = file.map(|file| file.strip_prefix(&folder).unwrap().to_owned());
        assert!(file.is_none() == (phrase == "already defined"), "{text}: {file:?}");
    }
}

#[tokio::test]
async fn a_missing_variable_is_reported_with_the_message_of_the_file() {
    let case =
        case("unset").file("compose.yaml", "services: {web: {image: 'web:${TAG:?which one}'}}");
    let located = compose::locate(&case.flags(), &case.surroundings()).unwrap();
    let program = Program::detect(&case.surroundings()).await.unwrap().unwrap();
    let error = program.model(&located, &[], true).await.unwrap_err();
    assert_eq!(error.to_string(), "variable `TAG` is not set (which one)");
    assert!(error.hint().is_some_and(|hint| hint.contains(".env")));
}
