//! The wheel that a Python of this machine would install.

use std::fmt;

use python_project::Python;
use registry_pypi::{Distribution, FileName, Target};

/// Which wheel fits.
#[derive(Debug)]
pub(crate) enum FittingWheel<'f> {
    /// The file name of the best one.
    Found(&'f str),
    /// None does: why.
    Absent(String),
}

impl fmt::Display for FittingWheel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(name) => f.write_str(name),
            Self::Absent(reason) => write!(f, "not installed: {reason}"),
        }
    }
}

/// The best of the wheels for a Python. One for every platform needs no question to it.
pub(crate) async fn fitting_wheel<'f>(
    names: impl IntoIterator<Item = &'f FileName>,
    python: &Python,
) -> FittingWheel<'f> {
    let wheels: Vec<&FileName> = names.into_iter().filter(|name| name.tags.is_some()).collect();
    match wheels[..] {
        [] => return FittingWheel::Absent("there is no wheel yet".to_owned()),
        [only] if platform_of(only) == "any" => return FittingWheel::Found(&only.text),
        _ => {}
    }
    let Some(tags) = python.wheel_tags().await else {
        return match wheels[..] {
            // What this machine built fits it, most probably; pip decides.
            [only] => FittingWheel::Found(&only.text),
            _ => FittingWheel::Absent(format!(
                "it is not clear which wheel fits `{}`",
                python.program().display()
            )),
        };
    };
    let machine = tags.platforms.first().cloned().unwrap_or_default();
    let target = Target { python: tags.version, platforms: tags.platforms, builds: false };
    match best(&wheels, &target) {
        Some(wheel) => FittingWheel::Found(&wheel.text),
        None => FittingWheel::Absent(format!(
            "none of the {} wheels fits this machine (CPython {}, {machine})",
            wheels.len(),
            target.python
        )),
    }
}

/// The most specific one, as pip selects it: for this interpreter before its stable
/// interface before any, and for the newest platform.
fn best<'f>(wheels: &[&'f FileName], target: &Target) -> Option<&'f FileName> {
    let fitting = wheels.iter().filter(|name| target.accepts(name));
    let rank = |name: &&&FileName| {
        let tags = name.tags.as_ref();
        let abi = tags.map_or("none", |tags| tags.abi.as_str());
        let platforms = platform_of(name).split('.');
        let position = platforms.filter_map(|tag| target.platforms.iter().position(|p| p == tag));
        (abi == "none", abi == "abi3", position.min().unwrap_or(usize::MAX))
    };
    fitting.min_by_key(rank).copied()
}

fn platform_of(name: &FileName) -> &str {
    name.tags.as_ref().map_or("", |tags| &tags.platform)
}

/// A file of a release by its name.
pub(crate) fn file_named<'d>(files: &'d [Distribution], name: &str) -> Option<&'d Distribution> {
    files.iter().find(|file| file.file_name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tags: &[&str]) -> Vec<FileName> {
        tags.iter().map(|tags| format!("x-1-{tags}.whl").parse().unwrap()).collect()
    }

    #[test]
    fn the_most_specific_wheel_is_the_best() {
        let target = Target {
            python: "3.12".to_owned(),
            platforms: ["manylinux_2_36_x86_64", "manylinux_2_17_x86_64", "linux_x86_64"]
                .map(str::to_owned)
                .to_vec(),
            builds: false,
        };
        let all = [
            "py3-none-any",
            "cp312-cp312-manylinux_2_38_x86_64",
            "cp311-cp311-manylinux_2_17_x86_64",
            "cp39-abi3-manylinux_2_17_x86_64",
            "cp312-cp312-manylinux_2_17_x86_64",
            "cp312-cp312-win_amd64",
        ];
        for (offered, expected) in [
            (&all[..], Some(all[4])),
            (&all[..4], Some(all[3])),
            (&all[..3], Some(all[0])),
            (&all[1..3], None),
        ] {
            let names = names(offered);
            let found = best(&names.iter().collect::<Vec<_>>(), &target);
            let expected = expected.map(|tags| format!("x-1-{tags}.whl"));
            assert_eq!(found.map(|name| name.text.clone()), expected);
        }
    }

    #[tokio::test]
    async fn no_wheel_that_fits_is_never_silent() {
        let python = Python::new("python3");
        let foreign = names(&["cp27-cp27mu-win32", "cp27-cp27mu-macosx_10_9_x86_64"]);
        let found = fitting_wheel(&foreign, &python).await;
        assert!(found.to_string().contains("none of the 2 wheels fits this machine"), "{found}");
        let pure = names(&["cp27-cp27mu-win32", "py3-none-any"]);
        let found = fitting_wheel(&pure, &python).await;
        assert_eq!(found.to_string(), "x-1-py3-none-any.whl");
    }
}
