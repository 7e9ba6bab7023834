//! The world of a test: see the README of this package.

mod ended;
mod engine;
mod generated_image;
mod kept_image;
mod private_engine;
mod project;
mod python_image;
mod random_numbers;
mod run;
mod scene;
mod server;
mod service_image;
mod service_program;
mod services;
mod settings;
mod shown;
mod ssh_server;
mod state;
mod world;

pub(crate) use ended::Ended;
pub(crate) use engine::docker;
pub(crate) use generated_image::{GeneratedImage, LABEL, archive};
pub(crate) use private_engine::{PrivateEngine, Store};
pub(crate) use project::printer;
pub(crate) use python_image::PythonImage;
pub(crate) use random_numbers::{RandomNumbers, number_of};
pub(crate) use run::Run;
pub(crate) use scene::Scene;
pub(crate) use server::RealServer;
pub(crate) use service_image::ServiceImage;
pub(crate) use services::Secrets;
pub(crate) use ssh_server::SshServer;
pub(crate) use state::FinalState;
pub(crate) use test_harness::{BACKEND, Named, ProjectFile, built, in_parallel};
pub(crate) use world::World;
