#![doc = include_str!("../README.md")]

pub mod stop;
pub mod up;
