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

/// Tests that change the machine's engine disturb those that measure it.
static QUIET: LazyLock<RwLock<()>> = LazyLock::new(RwLock::default);

/// Runs beside other tests.
pub(crate) async fn concurrent() -> RwLockReadGuard<'static, ()> {
    QUIET.read().await
}

/// Runs while no other test changes the engine.
pub(crate) async fn exclusive() -> RwLockWriteGuard<'static, ()> {
    QUIET.write().await
}
