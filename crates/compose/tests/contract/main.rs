//! Holds the crate to what the real Compose does. The program is that of
//! `.ci/setup`; without it these tests fail.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod program;
mod projects;
mod support;

use std::collections::BTreeSet;

use compose::{Mentioned, Program};
use serde_json::Value;
use support::{Case, covers, images_of, text};

/// What Compose makes of the flags by itself, and of the project found with them.
async fn config_by_flags_and_as_located(case: &Case) -> (String, String) {
    let surroundings = case.surroundings();
    let located = compose::locate(&case.flags(), &surroundings);
    let located = located.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let program = Program::detect(&surroundings).await.unwrap().unwrap();
    let command = program.command_for(&located, &[]).args(["config", "--format", "json"]);
    let output = command.outcome().await.unwrap();
    let own = case.compose(&["config", "--format", "json"]);
    assert!(own.status.success(), "{}: {}", case.name, text(&own.stderr));
    assert!(output.success(), "{}: {}", case.name, output.stderr_text());
    (text(&own.stdout), output.stdout_text())
}

#[tokio::test]
async fn a_located_project_is_the_one_that_compose_finds() {
    for case in projects::accepted() {
        let (own, located) = config_by_flags_and_as_located(&case).await;
        assert_eq!(own, located, "{}", case.name);
    }
}

#[tokio::test]
async fn the_model_has_the_services_and_images_that_compose_names() {
    for case in projects::services() {
        let surroundings = case.surroundings();
        let located = compose::locate(&case.flags(), &surroundings).unwrap();
        let program = Program::detect(&surroundings).await.unwrap().unwrap();
        let model = program.model(&located, &[], true).await.unwrap();
        let images: BTreeSet<String> =
            model.services.keys().map(|service| model.image_of(service).unwrap()).collect();
        let all = case.compose(&["--profile", "*", "config", "--images"]);
        let named = text(&all.stdout).lines().map(str::to_owned).collect::<BTreeSet<_>>();
        assert_eq!((&model.name, images), (&located.name, named), "{}", case.name);
    }
}

#[test]
fn every_image_that_compose_names_in_any_profile_is_mentioned() {
    for case in projects::accepted() {
        let surroundings = case.surroundings();
        let located = compose::locate(&case.flags(), &surroundings).unwrap();
        let mentions = compose::mentions(&located, &surroundings);
        let all = case.compose(&["--profile", "*", "config", "--format", "json"]);
        let model: Value = serde_json::from_slice(&all.stdout).unwrap();
        for image in images_of(&model) {
            assert!(covers(&mentions, &image), "{}: {image} by {mentions:?}", case.name);
        }
        let unknown = |mention: &compose::Mention| matches!(mention.image, Mentioned::Unknown(_));
        assert!(!mentions.images.iter().any(unknown), "{}: {mentions:?}", case.name);
    }
}

#[test]
fn images_with_missing_variables_are_mentioned_for_any_value() {
    for (case, completed) in projects::incomplete() {
        let surroundings = case.surroundings();
        let located = compose::locate(&case.flags(), &surroundings).unwrap();
        let mentions = compose::mentions(&located, &surroundings);
        assert!(!mentions.problems.is_empty(), "{}", case.name);
        let all = completed.compose(&["--profile", "*", "config", "--format", "json"]);
        assert!(all.status.success(), "{}: {}", case.name, text(&all.stderr));
        for image in images_of(&serde_json::from_slice(&all.stdout).unwrap()) {
            assert!(covers(&mentions, &image), "{}: {image} by {mentions:?}", case.name);
        }
    }
}

#[test]
fn what_compose_refuses_is_not_located() {
    for case in projects::refused() {
        let own = case.compose(&["config", "--quiet"]);
        assert!(!own.status.success(), "{}", case.name);
        let located = compose::locate(&case.flags(), &case.surroundings());
        let error = located.expect_err(case.name);
        let shown = error.to_string();
        assert!(!shown.contains("hush") && !shown.is_empty(), "{}: {shown}", case.name);
    }
}
