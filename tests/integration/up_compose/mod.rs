//! `up-compose` with the real Docker Compose, on the machine's engine and on one
//! that keeps images in containerd. Each test has a registry of its own, so that
//! no two have an image or a project of one name.

mod format;
mod fresh;
mod health;
mod interruption;
mod place;
mod refusal;
mod registry;
mod run;
mod secrets;
mod stores;
mod surprise;
mod unasked;
