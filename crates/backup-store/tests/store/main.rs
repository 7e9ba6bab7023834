//! A store on a real file system, and the accidents that it must survive.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod damage;
mod interference;
mod killed;
mod reading;
mod records;
mod scene;
mod writing;
