//! The world of a test: see the README of this package.

mod ended;
mod engine;
mod generated_image;
mod git;
mod kept_image;
mod parallel;
mod private_engine;
mod project;
mod run;
mod scene;
mod server;
mod service_image;
mod services;
mod settings;
mod shown;
mod state;
mod world;

pub(crate) use ended::Ended;
pub(crate) use engine::docker;
pub(crate) use generated_image::{GeneratedImage, LABEL, archive};
pub(crate) use parallel::{Named, in_parallel};
pub(crate) use private_engine::{PrivateEngine, Store};
pub(crate) use project::{ProjectFile, printer};
pub(crate) use run::{Run, built};
pub(crate) use scene::Scene;
pub(crate) use server::RealServer;
pub(crate) use service_image::ServiceImage;
pub(crate) use services::Secrets;
pub(crate) use state::FinalState;
pub(crate) use world::World;
