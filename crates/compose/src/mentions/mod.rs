//! Which images the files of a project name, so that they are kept.

mod image;
mod layer;
mod mention;
mod scope;
mod walk;

pub use mention::{Mention, Mentioned, Mentions};
pub use walk::mentions;
