//! A large upload goes through the index without being held in memory.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod index_support;

use std::fs;

use index_support::tools::{run, tool};
use index_support::{TOKEN, index};
use rehearsal::index::sample::Sample;

const MIB: usize = 1024 * 1024;

/// The largest resident size of this process since the last reset, in bytes.
fn peak_memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

fn reset_peak_memory() -> usize {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak_memory()
}

#[test]
fn a_wheel_of_ninety_mebibytes_takes_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = {
        let wheel = Sample::new("greeter", "0.1.0").payload(90 * MIB).wheel();
        wheel.write_to(folder.path()).unwrap()
    };
    let index = index();
    let before = reset_peak_memory();
    let mut uv = tool("uv");
    uv.args(["publish", "--publish-url", &index.upload_url()])
        .arg(&path)
        .env("HOME", folder.path())
        .env("UV_PUBLISH_TOKEN", TOKEN);
    let uploaded = run(&mut uv);
    assert_eq!(uploaded.code, 0, "{}", uploaded.output);
    let grown = peak_memory().saturating_sub(before);
    assert!(grown < 30 * MIB, "{} MiB more than before", grown / MIB);
}
