mod archive;
mod program;
mod registry;
mod second_engine;
mod world;

use std::sync::LazyLock;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

pub(crate) use archive::TestImage;
pub(crate) use program::program;
pub(crate) use registry::Registry;
pub(crate) use second_engine::SecondEngine;
pub(crate) use world::{World, tool};

/// What measures the machine's engine is disturbed by what changes it.
static QUIET: LazyLock<RwLock<()>> = LazyLock::new(RwLock::default);

pub(crate) async fn beside_others() -> RwLockReadGuard<'static, ()> {
    QUIET.read().await
}

pub(crate) async fn alone() -> RwLockWriteGuard<'static, ()> {
    QUIET.write().await
}
