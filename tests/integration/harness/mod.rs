//! The world of a test: see the README of this package.

mod ended;
mod engine;
mod git;
mod kept_image;
mod parallel;
mod project;
mod run;
mod scene;
mod server;
mod services;
mod settings;
mod shown;
mod state;
mod world;

pub(crate) use ended::Ended;
pub(crate) use engine::docker;
pub(crate) use parallel::in_parallel;
pub(crate) use project::{ProjectFile, printer};
pub(crate) use run::Run;
pub(crate) use scene::Scene;
pub(crate) use server::RealServer;
pub(crate) use services::Secrets;
pub(crate) use state::FinalState;
pub(crate) use world::World;
