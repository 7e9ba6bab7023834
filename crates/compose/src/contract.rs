//! Compares interpolation and the reading of `.env` files with what the real Compose
//! does with the same texts.

use std::{fmt::Write as _, fs, path::PathBuf, process::Command};

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};

use crate::{interpolation::interpolate, variables::Variables};

/// The program that `.ci/setup` unpacks, else the one on PATH, which may be Compose 1.
fn docker_compose() -> PathBuf {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let tools = std::env::var_os("TIDEGATE_TOOLS").map(PathBuf::from);
    let unpacked =
        tools.unwrap_or_else(|| workspace.join("target/tools")).join("bin/docker-compose");
    let found = unpacked.is_file().then_some(unpacked);
    found.or_else(|| process::find_program("docker-compose")).expect("run .ci/setup")
}

/// Each text as Compose interpolates it; `None` when it refuses.
fn interpolated_by_compose(texts: &[String], dotenv: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let mut file = "services:\n  web:\n    image: web\n    labels:\n".to_owned();
    for (number, text) in texts.iter().enumerate() {
        let quoted = text.replace('\'', "''");
        writeln!(file, "      x{number}: '{quoted}'").unwrap();
    }
    fs::write(folder.path().join("compose.yaml"), file).unwrap();
    fs::write(folder.path().join(".env"), dotenv).unwrap();
    let mut command = Command::new(docker_compose());
    let command = command.current_dir(folder.path()).env_clear().env("SET", "set").env("EMPTY", "");
    let output = command.args(["config", "--format", "json"]).output().unwrap();
    if !output.status.success() {
        return None;
    }
    let model: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let labels = &model["services"]["web"]["labels"];
    let values = (0..texts.len()).map(|number| labels[format!("x{number}")].as_str().unwrap());
    // `config` prints a Compose file: each `$` is doubled.
    Some(values.map(|value| value.replace("$$", "$")).collect())
}

/// Each text as this crate interpolates it.
fn interpolated_by_us(texts: &[String], dotenv: &str) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    fs::write(&file, dotenv).unwrap();
    let mut variables = Variables::default();
    variables.set("SET", "set".to_owned());
    variables.set("EMPTY", String::new());
    variables.read_files(&[file]).ok().filter(|()| variables.first_missing_required().is_none())?;
    texts
        .iter()
        .map(|text| interpolate(text, &|name| variables.value_of(name)).resolve_as_compose().ok())
        .collect()
}

#[test]
fn every_form_of_a_variable_is_interpolated_as_by_compose() {
    for text in [
        "plain",
        "$SET",
        "${SET}",
        "$UNSET",
        "${UNSET}",
        "$$SET",
        "$${SET}",
        "a$SET-b",
        "$SET$SET",
        "${SET:-x}",
        "${EMPTY:-x}",
        "${UNSET:-x}",
        "${SET-x}",
        "${EMPTY-x}",
        "${UNSET-x}",
        "${SET:+x}",
        "${EMPTY:+x}",
        "${UNSET:+x}",
        "${SET+x}",
        "${EMPTY+x}",
        "${UNSET+x}",
        "${SET:?x}",
        "${EMPTY:?x}",
        "${UNSET:?x}",
        "${SET?x}",
        "${EMPTY?x}",
        "${UNSET?x}",
        "${UNSET:-${SET}}",
        "${UNSET:-a${UNSET:-b}c}d",
        "${UNSET-$SET}",
        "${SET:+${EMPTY:-y}}",
        "${UNSET:-$$}",
        "${UNSET:-}",
        "${UNSET:-{b}}",
        "${UNSET:-b}}",
        "{$SET}",
        "${SET}}",
        "$",
        "a$",
        "$1",
        "$-",
        "${",
        "${SET",
        "${1}",
        "${}",
        "${SET:x}",
        "${SET!}",
        "${UNSET:-${}}",
        "${UNSET:-a-b}",
        "${UNSET:-a?b}",
        "${SET:-a:?b}",
        "${UNSET:-a:+b}",
        "${_x-ok}",
        "${SET:-${",
        "ä${SET}ö",
        "${UNSET:-ä}",
        "$set",
        "${UNSET:-a b}",
        "a#b",
        "${SET}:${SET}",
        "${UNSET-:-x}",
    ] {
        let texts = [text.to_owned()];
        assert_eq!(interpolated_by_us(&texts, ""), interpolated_by_compose(&texts, ""), "{text}");
    }
}

#[test]
fn env_files_are_read_as_by_compose() {
    let texts = ["A", "B"].map(|name| format!("[${{{name}-unset}}]"));
    for dotenv in [
        "A=x#y",
        "A=x #y",
        "A='x' # c\nB=2",
        "A=\"a\\\"b\"",
        "export A=1\nexport\tB=2",
        "A: x\nB : y",
        "SET\nEMPTY\nA=$SET",
        "A\nB=1",
        "A=${B:-c}\nB=1",
        "A=\"$\\$x\"",
        "A=\"a\\nb\\tc\"",
        "A='$B'",
        "A=1\nA=2",
        " A = 1 ",
        "A=",
        "A=\nB=2",
        "A=a b  # c",
        "1A=x\nB=1",
        "A-B=x\nB=1",
        "A+=x",
        "A B=x",
        "A=\"x",
        "A='x",
        "A=\"x\"y\nB=1",
        "A=\"x\" B=1",
        "A='a\\'b'",
        "A=${X:?nope}",
        "A=${X",
        "A=$1",
        "\u{feff}A=1",
        "A=\"\\0101\"",
        "A=\"a\nB=c\"",
        "A=x\r\nB=y\r\n",
        "A=${A:-loop}",
        "A=\\$SET",
        "A=$$SET",
        "A=a'b'c",
        "A=ä",
        "Ä=1\nA=2",
        "export=5\nA=1",
        "A=\"a\\\\\"\nB=1",
        "A=\t x\t#c",
        "A=#x\nB= #x",
        "A=\"\\q\\x\"",
        "A[0]=1\nB=2",
        "# c\n\n  # d\nA=1 # e\n#f",
        "A=$SET\nB=${A}x",
        "SET=other\nA=$SET",
        "A=\"${SET}\"\nB='${SET}'",
        "A=\"\"\nB=''",
        "A=\"a\\",
        "A='multi\nline'\nB=1",
        "A=\"\\0\"",
        "A=\"\\0999\"",
        "A==b",
        "A=b=c",
        "A:b=c",
        "exportA=1",
        "export A\nB=1",
        "export  A = 1\nB=2",
        "A=\"\\a\\b\\f\\v\\r\"",
        "A=x\\\nB=1",
        "A=\u{a0}x\u{a0}",
    ] {
        assert_eq!(
            interpolated_by_us(&texts, dotenv),
            interpolated_by_compose(&texts, dotenv),
            "{dotenv:?}"
        );
    }
}

/// Texts that Compose does not refuse: it prints all of them or none.
fn expression() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["SET", "EMPTY", "UNSET"]);
    let plain = "[a-z0-9:/. #-]{0,6}";
    let leaf =
        prop_oneof![plain.prop_map(String::from), name.clone().prop_map(|n| format!("${{{n}}}"))];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let operator = prop::sample::select(vec![":-", "-", ":+", "+"]);
        prop_oneof![
            (name.clone(), operator, inner.clone()).prop_map(|(n, o, x)| format!("${{{n}{o}{x}}}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
            inner.prop_map(|x| format!("$${x}")),
        ]
    })
}

#[test]
fn random_texts_are_interpolated_as_by_compose() {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let texts: Vec<String> =
        (0..600).map(|_| expression().new_tree(&mut runner).unwrap().current()).collect();
    let ours = interpolated_by_us(&texts, "").unwrap();
    let composed = interpolated_by_compose(&texts, "").unwrap();
    for ((text, ours), composed) in texts.iter().zip(ours).zip(composed) {
        assert_eq!(ours, composed, "{text}");
    }
}
