//! What a release finds on the machine: few programs, and the way to the index that
//! build requirements come from.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use test_harness::{ProjectFile, find_program, link_program, python};

/// Everything else that the machine has is out of reach unless a project asks for it.
const PROGRAMS: [&str; 8] = ["git", "sh", "env", "cat", "cp", "mkdir", "rm", "true"];

/// A folder with these programs, Python and uv.
pub(crate) fn fill_search_path(folder: &Path, further: &[String]) {
    further.iter().for_each(|program| link_program(program, folder));
    PROGRAMS.iter().for_each(|program| link_program(program, folder));
    std::os::unix::fs::symlink(uv(), folder.join("uv")).unwrap();
    // A link would make Python look for its library beside the link.
    let script = ProjectFile::new("python3", format!("#!/bin/sh\nexec {} \"$@\"\n", python()));
    ProjectFile { executable: true, ..script }.write_to(folder);
}

fn uv() -> PathBuf {
    let venv = std::env::var_os("TIDEGATE_TEST_VENV").map(PathBuf::from);
    let of_venv = venv.map(|venv| venv.join("bin/uv")).filter(|uv| uv.is_file());
    of_venv.unwrap_or_else(|| find_program("uv"))
}

/// Variables by which pip and uv reach the user's index and share what they fetched, and
/// by which cargo finds its compiler.
pub(crate) fn tool_variables() -> &'static [(String, OsString)] {
    static VARIABLES: LazyLock<Vec<(String, OsString)>> = LazyLock::new(|| {
        let inherited = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            is_of_a_tool(&name).then_some((name, value))
        });
        let found = [("UV_CACHE_DIR", Some(uv_cache())), ("RUSTUP_HOME", in_home(".rustup"))];
        let found = found.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        // The user's own, which come later, hold.
        found.chain(inherited).collect()
    });
    &VARIABLES
}

fn is_of_a_tool(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    let prefixes = ["PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA", "RUSTUP_", "CARGO_HOME"];
    name.ends_with("_PROXY") || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

fn uv_cache() -> OsString {
    let output = Command::new(uv()).args(["cache", "dir"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().into()
}

/// The folder that rustup takes if no variable names another.
fn in_home(folder: &str) -> Option<OsString> {
    let home = std::env::var_os("HOME").map(PathBuf::from)?;
    Some(home.join(folder).into_os_string())
}
