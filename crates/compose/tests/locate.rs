//! Finding projects in cases that the real Compose cannot be compared with: broken
//! files, warnings, names without files.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fs, path::Path};

use compose::{
    ComposeError, ComposeFlags, ComposeProject, Surroundings, explicit_project_name, locate,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::with_prefix("shop").unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn surroundings(folder: &Path, variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.into()));
    Surroundings { variables: variables.collect::<BTreeMap<_, _>>(), working_folder: folder.into() }
}

fn located(files: &[(&str, &str)]) -> (TempDir, ComposeProject) {
    let folder = folder(files);
    let project = locate(&ComposeFlags::default(), &surroundings(folder.path(), &[])).unwrap();
    (folder, project)
}

#[test]
fn a_project_has_everything_that_compose_needs() {
    let (folder, project) = located(&[
        ("compose.yaml", "name: my-${WHAT}\nservices: {}"),
        ("compose.override.yml", "services: {}"),
        (".env", "WHAT=shop\nCOMPOSE_PROFILES=a,b"),
    ]);
    let path = folder.path().canonicalize().unwrap();
    let expected = ComposeProject {
        name: "my-shop".into(),
        files: vec![path.join("compose.yaml"), path.join("compose.override.yml")],
        profiles: vec!["a".into(), "b".into()],
        env_files: vec![path.join(".env")],
        warnings: Vec::new(),
        folder: path,
    };
    assert_eq!(project, expected);
}

#[test]
fn a_broken_file_is_found_with_the_name_that_can_be_read() {
    for (name, expected) in
        [("my-shop # ours", "my-shop"), ("\"My shop\"", "myshop"), ("'${A:-x}'", "x")]
    {
        let text = format!("name: {name}\nservices:\n  web:\n   image: [\n");
        let (_folder, project) = located(&[("compose.yaml", &text)]);
        assert_eq!(project.name, expected);
        assert!(project.warnings[0].contains("compose.yaml"), "{:?}", project.warnings);
    }
    let (folder, project) = located(&[("compose.yaml", "services: [\n")]);
    let name = folder.path().file_name().unwrap().to_string_lossy().to_lowercase();
    assert_eq!(project.name, name);
}

#[test]
fn several_files_of_one_kind_give_a_warning() {
    let texts =
        ["compose.yaml", "docker-compose.yml", "compose.override.yml", "compose.override.yaml"];
    let (_folder, project) = located(&texts.map(|file| (file, "services: {}")));
    assert_eq!((project.files.len(), project.warnings.len()), (2, 2));
    assert!(project.warnings[0].starts_with("several config files: "), "{:?}", project.warnings);
}

#[test]
fn the_env_file_of_the_working_folder_wins_over_the_one_of_the_project() {
    let folder = folder(&[
        ("compose.yaml", "name: ${A}-${B}-${C:-none}\nservices: {}"),
        (".env", "A=project\nB=project"),
        ("below/.env", "A=working\nC=working"),
    ]);
    let surroundings = self::surroundings(&folder.path().join("below"), &[]);
    let project = locate(&ComposeFlags::default(), &surroundings).unwrap();
    assert_eq!(project.name, "working-project-working");
    let path = folder.path().canonicalize().unwrap();
    assert_eq!(project.env_files, [path.join(".env"), path.join("below/.env")]);
}

#[test]
fn without_a_file_the_error_has_the_folder_of_the_search() {
    let folder = folder(&[]);
    let error = locate(&ComposeFlags::default(), &surroundings(folder.path(), &[])).unwrap_err();
    assert!(
        matches!(&error, ComposeError::NoFile { folder: searched } if searched == folder.path())
    );
    assert!(error.hint().unwrap().contains("COMPOSE_FILE"));
}

fn explicit_name(
    folder: &TempDir,
    flag: Option<&str>,
    variables: &[(&str, &str)],
) -> Result<Option<String>, ComposeError> {
    let flags = ComposeFlags { project_name: flag.map(Into::into), ..ComposeFlags::default() };
    explicit_project_name(&flags, &surroundings(folder.path(), variables))
}

#[test]
fn a_name_can_be_given_without_any_file() {
    let folder = folder(&[(".env", "COMPOSE_PROJECT_NAME=dotenv")]);
    let name = |flag, variables| explicit_name(&folder, flag, variables);
    assert_eq!(name(Some("flag"), &[]).unwrap().as_deref(), Some("flag"));
    assert_eq!(name(None, &[("COMPOSE_PROJECT_NAME", "set")]).unwrap().as_deref(), Some("set"));
    assert_eq!(name(None, &[]).unwrap().as_deref(), Some("dotenv"));
    assert_eq!(name(None, &[("COMPOSE_DISABLE_ENV_FILE", "1")]).unwrap(), None);
    let invalid = name(Some("No"), &[]);
    assert!(matches!(invalid, Err(ComposeError::InvalidName { name }) if name == "No"));
}

#[test]
fn remote_files_are_kept_as_named_and_standard_input_is_refused() {
    let folder = folder(&[]);
    let locate_file = |file: &str| {
        let flags = ComposeFlags { files: vec![file.into()], ..ComposeFlags::default() };
        locate(&flags, &surroundings(folder.path(), &[]))
    };
    let project = locate_file("oci://registry/shop:1").unwrap();
    assert_eq!(project.files, [Path::new("oci://registry/shop:1")]);
    assert_eq!(project.folder, folder.path());
    assert!(matches!(locate_file("-"), Err(ComposeError::StandardInput)));
}

#[test]
fn errors_of_env_files_have_a_location_and_no_value() {
    let folder = folder(&[("compose.yaml", "services: {}"), (".env", "A=1\nB='hush\n")]);
    let error = locate(&ComposeFlags::default(), &surroundings(folder.path(), &[])).unwrap_err();
    let shown = error.to_string();
    assert!(shown.ends_with(".env, line 2: unterminated quoted value"), "{shown}");
    assert!(!format!("{error:?}").contains("hush"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_file_causes_a_panic(
        file in "[a-z:{}\\[\\]&*<!#\"'$|>\\- \n?,]{0,60}", dotenv in "[A-C=:'\"\\\\$#{}\n \\-?]{0,40}",
    ) {
        let folder = folder(&[("compose.yaml", &file), (".env", &dotenv)]);
        let _ = locate(&ComposeFlags::default(), &surroundings(folder.path(), &[]));
    }

    #[test]
    fn every_name_found_is_accepted_by_compose(name in ".{0,20}") {
        let text = format!("name: {}\nservices: {{}}\n", serde_json::to_string(&name).unwrap());
        let folder = folder(&[("compose.yaml", &text)]);
        if let Ok(project) = locate(&ComposeFlags::default(), &surroundings(folder.path(), &[])) {
            let flags = ComposeFlags { project_name: Some(project.name), ..ComposeFlags::default() };
            prop_assert!(explicit_project_name(&flags, &surroundings(folder.path(), &[])).unwrap().is_some());
        }
    }
}
