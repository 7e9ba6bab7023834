//! `clean-local-images` on engines of its own, one for each test: the machine's
//! version with a graph driver, and one that keeps images in containerd.

mod bad_input;
mod by_digest;
mod cluster;
mod compose_files;
mod disk;
mod in_use;
mod kubernetes;
mod machine;
mod parents;
mod policies;
mod removal;
mod report;
mod several_engines;
