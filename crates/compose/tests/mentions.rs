//! The images that Compose files name, read without Compose.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use compose::{ComposeProject, Mentioned, Mentions, Surroundings, mentions};
use proptest::prelude::*;
use tempfile::TempDir;

/// A project's folder, and the variables of the process.
struct World {
    folder: TempDir,
    files: Vec<String>,
    env_files: Vec<String>,
    variables: BTreeMap<String, std::ffi::OsString>,
}

fn world(files: &[(&str, &str)]) -> World {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let first = files.first().map(|(path, _)| (*path).to_owned());
    let files = first.into_iter().collect();
    World { folder, files, env_files: Vec::new(), variables: BTreeMap::new() }
}

impl World {
    fn with_files(mut self, files: &[&str]) -> Self {
        self.files = files.iter().map(|file| (*file).to_owned()).collect();
        self
    }

    fn env_file(mut self, file: &str) -> Self {
        self.env_files.push(file.to_owned());
        self
    }

    fn in_folder(&self, files: &[String]) -> Vec<PathBuf> {
        files.iter().map(|file| self.folder.path().join(file)).collect()
    }

    fn mentions(&self) -> Mentions {
        let project = ComposeProject {
            name: "shop".into(),
            folder: self.folder.path().into(),
            files: self.in_folder(&self.files),
            profiles: Vec::new(),
            env_files: self.in_folder(&self.env_files),
            warnings: Vec::new(),
        };
        let working_folder = self.folder.path().into();
        mentions(&project, &Surroundings { variables: self.variables.clone(), working_folder })
    }

    /// `SERVICE: IMAGE`, `SERVICE: REPOSITORY:*` or `SERVICE: ?`, sorted.
    fn images(&self) -> Vec<String> {
        let mentions = self.mentions();
        let mut images: Vec<String> = mentions
            .images
            .iter()
            .map(|mention| match &mention.image {
                Mentioned::Reference(reference) => format!("{}: {reference}", mention.service),
                Mentioned::Repository(repository) => format!("{}: {repository}:*", mention.service),
                Mentioned::Unknown(_) => format!("{}: ?", mention.service),
            })
            .collect();
        images.sort();
        let unknown = images.iter().any(|image| image.ends_with(": ?") || image.ends_with(":*"));
        assert_eq!(unknown, !mentions.problems.is_empty(), "{mentions:?}");
        images
    }
}

fn images_of_web(service: &str) -> Vec<String> {
    world(&[("compose.yaml", &format!("services:\n  web:\n    {service}\n"))]).images()
}

#[test]
fn as_much_of_an_image_is_known_as_possible() {
    let digest = format!("sha256:{}", "a".repeat(64));
    for (image, expected) in [
        ("web:1", "web:1"),
        ("' web:1 '", "web:1"),
        ("1.10", "1.10"),
        ("localhost:5000/x/web", "localhost:5000/x/web"),
        (&format!("web:1@{digest}"), &format!("web:1@{digest}")),
        ("web:${TAG}", "web:*"),
        ("web:1.${MINOR}", "web:*"),
        ("web:${TAG:-1}", "web:1"),
        ("web:${TAG:?}", "web:*"),
        ("web@${DIGEST}", "web:*"),
        ("web:1@${DIGEST}", "web:*"),
        ("web@sha512:abc", "web:*"),
        ("web:-x", "web:*"),
        ("${REG:-ghcr.io}/x:${TAG:?}", "ghcr.io/x:*"),
        ("${REG}/web:1", "?"),
        ("${PREFIX}web:1", "?"),
        ("x/${NAME:-web}:1", "x/web:1"),
        ("localhost:${PORT}/web:1", "?"),
        ("web${TAG}", "?"),
        ("${IMAGE}", "?"),
        ("web:${TAG", "web:*"),
        ("Web:1", "?"),
        ("''", "?"),
        (&digest, "?"),
        (&"a".repeat(64), "?"),
    ] {
        assert_eq!(
            images_of_web(&format!("image: {image}")),
            [format!("web: {expected}")],
            "{image}"
        );
    }
}

#[test]
fn built_images_without_a_name_get_the_names_of_both_composes() {
    assert_eq!(images_of_web("build: ."), ["web: shop-web", "web: shop_web"]);
    assert_eq!(images_of_web("{build: ., image: 'web:1'}"), ["web: web:1"]);
    assert_eq!(images_of_web("{build: ., image: !reset null}"), ["web: shop-web", "web: shop_web"]);
    let uncertain = images_of_web("{build: ., image: '${IMAGE}'}");
    assert_eq!(uncertain, ["web: ?", "web: shop-web", "web: shop_web"]);
    assert!(world(&[("c.yaml", "services: {web: {build: .}}")]).mentions().images[0].built);
}

#[test]
fn services_without_an_image_are_unknown_unless_they_have_a_provider() {
    assert_eq!(images_of_web("ports: ['80']"), ["web: ?"]);
    assert_eq!(images_of_web(""), ["web: ?"]);
    assert_eq!(images_of_web("provider: {type: model}"), [""; 0]);
}

#[test]
fn mounted_images_are_mentioned_too() {
    let mounted =
        "{image: 'web:1', volumes: ['.:/x', {type: image, source: 'data:1', target: /d}]}";
    assert_eq!(images_of_web(mounted), ["web: data:1", "web: web:1"]);
    let built = "{build: ., volumes: [{type: image, source: 'data:1', target: /d}]}";
    assert_eq!(images_of_web(built), ["web: data:1", "web: shop-web", "web: shop_web"]);
    let world = world(&[("compose.yaml", &format!("services: {{web: {built}}}"))]);
    let built = world.mentions().images.into_iter().filter(|mention| mention.built);
    let built: Vec<_> = built.map(|mention| format!("{:?}", mention.image)).collect();
    assert!(built.len() == 2 && !built.concat().contains("data"), "{built:?}");
}

#[test]
fn all_profiles_and_all_files_count_even_if_a_later_file_replaces_them() {
    let world = world(&[
        ("compose.yaml", "services: {web: {image: 'web:1', profiles: [a]}, db: {image: 'db:1'}}"),
        ("more.yaml", "services: {web: {image: 'web:2', profiles: [b]}, db: {ports: ['1']}}"),
    ]);
    let world = world.with_files(&["compose.yaml", "more.yaml"]);
    assert_eq!(world.images(), ["db: db:1", "web: web:1", "web: web:2"]);
    let mentions = world.mentions();
    let web = mentions.images.iter().filter(|mention| mention.service == "web");
    let files_and_profiles: Vec<_> =
        web.map(|mention| (mention.file.file_name().unwrap(), mention.profiles.clone())).collect();
    let both = || vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(
        files_and_profiles,
        [("compose.yaml".as_ref(), both()), ("more.yaml".as_ref(), both())]
    );
}

#[test]
fn after_a_broken_file_everything_is_unknown_and_other_files_are_read() {
    let broken = ("broken.yaml", "services:\n  web:\n   image: [\n");
    let world = world(&[("compose.yaml", "services: {db: {image: 'db:1'}}"), broken]);
    let world = world.with_files(&["compose.yaml", "broken.yaml", "gone.yaml"]);
    assert_eq!(world.images(), [": ?", ": ?", "db: db:1"]);
    let problems = world.mentions().problems;
    assert!(
        problems[0].contains("broken.yaml") && problems[1].contains("does not exist"),
        "{problems:?}"
    );
}

#[test]
fn included_and_extended_files_that_cannot_be_read_are_unknown() {
    for file in [
        "include: [gone.yaml]",
        "include: ['${UNSET}/x.yaml']",
        "include: [{path: x.yaml, env_file: '${UNSET}'}]",
        "include: ['oci://registry/x:1']",
        "include: ['https://github.com/x/y.git']",
        "include: x.yaml",
        "services: [web]",
        "services: {web: {image: [x]}}",
        "just a text",
    ] {
        assert_eq!(world(&[("compose.yaml", file)]).images(), [": ?"], "{file}");
    }
    for extends in ["gone", "{service: x, file: gone.yaml}", "{file: compose.yaml}", "'${UNSET}'"] {
        let images = images_of_web(&format!("{{image: 'web:1', extends: {extends}}}"));
        assert_eq!(images, ["web: ?", "web: web:1"], "{extends}");
    }
}

#[test]
fn cycles_end() {
    let world = world(&[
        ("compose.yaml", "include: [compose.yaml, a.yaml]\nservices: {web: {image: 'web:1'}}"),
        (
            "a.yaml",
            "include: [{path: compose.yaml, env_file: a.env}]\nservices: {a: {image: 'a:${B}'}}",
        ),
        ("a.env", "B=1"),
    ]);
    assert!(world.images().contains(&"web: web:1".to_owned()));
    let extends = "{a: {image: 'a:1', extends: b}, b: {image: 'b:1', extends: {service: a}}}";
    let images = images_of_services(extends);
    assert!(images.contains(&"a: b:1".to_owned()) && images.contains(&"a: ?".to_owned()));
}

fn images_of_services(services: &str) -> Vec<String> {
    world(&[("compose.yaml", &format!("services: {services}"))]).images()
}

#[test]
fn the_env_file_of_the_folder_is_read_when_none_is_named() {
    let file = ("compose.yaml", "services: {web: {image: 'web:${TAG}'}}");
    let world = world(&[file, (".env", "TAG=1"), ("a.env", "TAG=2")]);
    assert_eq!(world.images(), ["web: web:1"]);
    assert_eq!(world.env_file("a.env").images(), ["web: web:2"]);
}

#[test]
fn without_the_env_file_no_default_of_a_variable_counts() {
    for dotenv in ["A B=1", "A=\"x"] {
        let files = [
            ("compose.yaml", "services: {web: {image: 'web:${TAG:-1}'}, b: {image: 'b:1'}}"),
            (".env", dotenv),
        ];
        assert_eq!(world(&files).images(), ["b: b:1", "web: web:*"], "{dotenv}");
    }
    let gone =
        world(&[("compose.yaml", "services: {web: {image: 'web:${TAG-1}'}}")]).env_file("gone.env");
    assert_eq!(gone.images(), ["web: web:*"]);
}

#[test]
fn names_of_services_are_kept_as_they_are_written() {
    let images = images_of_services("{1: {image: 'a:1'}, 'x y': {image: 'b:1'}, Up: {build: .}}");
    assert_eq!(images, ["1: a:1", "Up: shop-up", "Up: shop_up", "x y: b:1"]);
}

#[test]
fn services_of_the_first_format_count_and_other_keys_do_not() {
    let first =
        "web:\n  image: web:1\ndb:\n  build: .\nx-base: {image: never}\nvolumes: {image: never}\n";
    let images = world(&[("docker-compose.yml", first)]).images();
    assert_eq!(images, ["db: shop-db", "db: shop_db", "web: web:1"]);
    assert_eq!(
        world(&[("compose.yaml", "networks: {a: {name: x}}\nname: shop\n")]).images(),
        [""; 0]
    );
}

#[test]
fn further_tags_of_a_built_image_are_mentioned() {
    let images = images_of_web(
        "{image: 'web:1', build: {context: ., tags: ['ghcr.io/x/web:1', 'web:${T}']}}",
    );
    assert_eq!(images, ["web: ghcr.io/x/web:1", "web: web:*", "web: web:1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_file_causes_a_panic(text in "[a-z:{}\\[\\]&*<!#\"'$|>\\- \n?,]{0,80}") {
        let folder = world(&[("compose.yaml", &text), (".env", &text)]);
        let _ = folder.mentions();
    }

    #[test]
    fn no_value_causes_a_panic(image in "(?s).{0,30}", other in "(?s).{0,30}") {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let (image, other) = (quoted(&image), quoted(&other));
        let text = format!("include: [{other}]\nservices:\n  web: {{image: {image}, extends: {other}}}\n");
        let mentions = world(&[("compose.yaml", &text)]).mentions();
        prop_assert!(!mentions.images.is_empty());
    }

    #[test]
    fn every_literal_image_is_mentioned_in_any_file(
        images in prop::collection::vec("[a-z]{1,8}(/[a-z]{1,8})?:[a-z0-9]{1,5}", 1..6), places in any::<u64>(),
    ) {
        let place = |number: usize| (places >> (2 * number)) & 3;
        let mut files = BTreeMap::from([("compose.yaml", String::new()), ("more.yaml", String::new()),
            ("part/part.yaml", String::new()), ("base.yaml", String::new())]);
        let mut written = |file, text: String| files.get_mut(file).unwrap().push_str(&text);
        for (number, image) in images.iter().enumerate() {
            let service = format!("  s{number}: {{image: '{image}', profiles: [p]}}\n");
            match place(number) {
                0 => written("compose.yaml", service),
                1 => written("more.yaml", service),
                2 => written("part/part.yaml", service),
                _ => {
                    written("base.yaml", service);
                    let extends = format!("  e{number}: {{extends: {{file: base.yaml, service: s{number}}}}}\n");
                    written("more.yaml", extends);
                }
            }
        }
        let text = |file: &str, head: &str| format!("{head}services:\n{}", files[file]);
        let world = world(&[
            ("compose.yaml", &text("compose.yaml", "include: [part/part.yaml]\n")),
            ("more.yaml", &text("more.yaml", "")),
            ("part/part.yaml", &text("part/part.yaml", "")),
            ("base.yaml", &text("base.yaml", "")),
        ]).with_files(&["compose.yaml", "more.yaml"]);
        let images_found = world.images();
        for image in &images {
            let found = images_found.iter().any(|line| line.ends_with(&format!(": {image}")));
            prop_assert!(found, "{image} in {images_found:?}");
        }
    }
}
