//! The services of a Compose project in one engine.
//!
//! New containers are created by the installed Compose from the user's own files, beside
//! the old ones, so that a plain `docker compose up` afterwards finds nothing to
//! recreate: before, the reference that the files name is made to stand for the new
//! image on this engine. Only those with an earlier configuration, which a rollback brings
//! back, are created by the engine from what it had of the old ones.

mod as_if_named;
mod connect;
mod container_configuration;
mod data;
mod databases;
mod declared;
mod disk_need;
mod engine_error;
mod env_variable;
mod image_name;
mod image_template;
mod in_place;
mod instances;
mod logs;
mod patience;
mod prepare;
mod preview;
mod proxy;
mod records;
mod request;
mod resolve;
mod restored_containers;
mod roles;
mod run;
mod switch;
mod tag_variable;
mod target;
mod way_back;
mod writers;

pub use connect::ComposeTarget;
