//! `deploy` and `rollback` with the real Docker Compose and a real registry. Each test
//! has a registry of its own, so that no two have an image or a project of one name.
//! What a test expects is in its name: it was written down before it ran.

mod backups;
mod beside;
mod configuration;
mod crash;
mod data;
mod database_site;
mod databases;
mod disk;
mod engine;
mod env_files;
mod example;
mod first;
mod good;
mod hooks;
mod infrastructure;
mod lock;
mod logs;
mod names;
mod observed;
mod offline;
mod one_off;
mod other_databases;
mod refusal;
mod registry;
mod remote;
mod rollback;
mod run;
mod s3_server;
mod several;
mod site;
mod trial;
mod undone;
