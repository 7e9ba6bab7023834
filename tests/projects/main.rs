#![doc = include_str!("README.md")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod changelogs;
mod flit;
mod hatchling;
mod layouts;
mod locks;
mod machine;
mod other_backends;
mod pdm;
mod poetry;
mod project;
mod pyproject;
mod released;
mod scene;
mod setuptools;
mod stated_versions;
mod tags;
mod text;
mod version_shapes;
mod wheel;
