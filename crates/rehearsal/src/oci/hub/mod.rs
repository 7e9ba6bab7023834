//! The parts of Docker Hub's HTTP API that list, show and delete tags.
//!
//! Paths and fields follow its OpenAPI document and, where that is silent or wrong, the sources of
//! clients that work (`hub-tool`, `dockerhub-description`).

mod api;
mod protocol;
mod repositories;
mod route;
mod settings;
mod tags;

pub(super) use api::serve_hub;
pub(super) use route::HubRoute;
pub(super) use settings::HubSettings;
