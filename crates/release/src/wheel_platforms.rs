//! The machines that have a wheel of a release. What a wheel is missing for is found by
//! its users: pip builds the sdist instead, or fails.

use std::collections::BTreeSet;

use registry_pypi::{Distribution, FileName, Target, WheelTags};

use crate::foreign_wheels::wheels_of;

/// What the last release has a wheel for and this one has not, as sentences.
pub(crate) fn lost_platforms(last: &[&FileName], files: &[Distribution]) -> Vec<String> {
    let names: Vec<&FileName> = wheels_of(files).map(Distribution::parsed_name).collect();
    let range = files.iter().find_map(|file| file.metadata().first("Requires-Python"));
    let earlier = last.iter().filter_map(|name| name.tags.as_ref());
    let lost: BTreeSet<String> = earlier
        .flat_map(WheelTags::combinations)
        .filter(|[python, _, _]| is_supported(python, range))
        .filter(|tag| !names.iter().any(|name| serves(name, *tag)))
        .map(|tag| format!("no wheel for {}", described(tag)))
        .collect();
    lost.into_iter().collect()
}

/// Whether a wheel serves all machines of a tag of the last release, however old their
/// system is: a newer manylinux is a decision, not a loss.
fn serves(wheel: &FileName, [python, abi, platform]: [&str; 3]) -> bool {
    let Some(tags) = &wheel.tags else { return false };
    let same_platform = tags.platform.split('.').any(|tag| covers(tag, platform));
    same_platform && serves_interpreter(wheel, tags, python, abi)
}

fn serves_interpreter(wheel: &FileName, tags: &WheelTags, python: &str, abi: &str) -> bool {
    let exact = tags.combinations().any(|[p, a, _]| (p, a) == (python, abi));
    let is_usual = abi == python || matches!(abi, "abi3" | "none");
    let Some(version) = cpython_version(python).filter(|_| is_usual) else {
        // Another implementation, another build of CPython, or any Python.
        let is_generic = tags.combinations().any(|[p, a, _]| p.starts_with("py") && a == "none");
        return exact || is_generic || python.starts_with("py");
    };
    let platforms = tags.platform.split('.').map(str::to_owned).collect();
    let target = Target { python: version, platforms, builds: false };
    exact || target.accepts(wheel)
}

/// `cp312` as `3.12`.
fn cpython_version(tag: &str) -> Option<String> {
    let (major, minor) = tag.strip_prefix("cp")?.split_at_checked(1)?;
    (!minor.is_empty()).then(|| format!("{major}.{minor}"))
}

/// Whether this release supports the interpreter at all, by `Requires-Python`.
fn is_supported(python: &str, range: Option<&str>) -> bool {
    use std::str::FromStr as _;
    let Some((version, range)) = cpython_version(python).zip(range) else { return true };
    // A patch release decides only for ranges such as `>=3.8.1`.
    let version = pep440_rs::Version::from_str(&format!("{version}.99"));
    let range = pep440_rs::VersionSpecifiers::from_str(range);
    version.ok().zip(range.ok()).is_none_or(|(version, range)| range.contains(&version))
}

/// The platform without the version of its interface, and its machines.
fn family(platform: &str) -> (&str, &str) {
    let (family, rest) = platform.split_once('_').unwrap_or((platform, ""));
    let machine = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let family = if family.starts_with("manylinux") { "manylinux" } else { family };
    (family, machine)
}

fn covers(platform: &str, earlier: &str) -> bool {
    let ((kind, machine), (earlier_kind, earlier_machine)) = (family(platform), family(earlier));
    let portable = kind == "manylinux" && earlier_kind == "linux";
    let universal = kind == "macosx"
        && machine == "universal2"
        && matches!(earlier_machine, "x86_64" | "arm64");
    platform == "any"
        || (kind == earlier_kind || portable) && (machine == earlier_machine || universal)
}

/// Whether two wheels are for the same kind of machine.
pub(crate) fn is_same_family(a: &WheelTags, b: &WheelTags) -> bool {
    let families = |tags: &WheelTags| -> BTreeSet<(String, String)> {
        let families = tags.platform.split('.').map(family);
        families.map(|(kind, machine)| (kind.to_owned(), machine.to_owned())).collect()
    };
    !families(a).is_disjoint(&families(b))
}

/// `cp312 on manylinux x86_64`.
fn described([python, abi, platform]: [&str; 3]) -> String {
    let (kind, machine) = family(platform);
    let interface = if abi == python || abi == "none" { "" } else { abi };
    let interpreter = format!("{python} {interface}");
    let platform = format!("{kind} {machine}");
    format!("{} on {}", interpreter.trim(), platform.trim())
}

#[cfg(test)]
mod tests {
    use rehearsal::index::sample::Sample;

    use super::*;

    fn lost_since(last: &[&str], now: &[&str], range: Option<&str>) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let open = |tags: &&str| {
            let sample = Sample::new("x", "1.1").tags(tags);
            let sample = match range {
                Some(range) => sample.requires_python(range),
                None => sample,
            };
            Distribution::open(sample.wheel().write_to(folder.path()).unwrap()).unwrap()
        };
        let files: Vec<Distribution> = now.iter().map(open).collect();
        let names: Vec<FileName> =
            last.iter().map(|tags| format!("x-1.0-{tags}.whl").parse().unwrap()).collect();
        lost_platforms(&names.iter().collect::<Vec<_>>(), &files)
    }

    fn lost(last: &[&str], now: &[&str]) -> Vec<String> {
        lost_since(last, now, None)
    }

    #[test]
    fn a_platform_or_interpreter_that_is_gone_is_lost() {
        let last = [
            "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
            "cp312-cp312-win_amd64",
            "pp310-pypy310_pp73-win_amd64",
            "cp313-cp313t-musllinux_1_1_aarch64",
        ];
        assert_eq!(lost(&last, &last), [""; 0]);
        assert_eq!(
            lost(&last, &last[..1]),
            [
                "no wheel for cp312 on manylinux x86_64",
                "no wheel for cp312 on win amd64",
                "no wheel for cp313 cp313t on musllinux aarch64",
                "no wheel for pp310 pypy310_pp73 on win amd64",
            ]
        );
    }

    #[test]
    fn a_newer_interface_or_a_wider_wheel_serves_the_same_machines() {
        for (last, now) in [
            ("cp311-cp311-manylinux2014_x86_64", "cp311-cp311-manylinux_2_28_x86_64"),
            ("cp311-cp311-macosx_10_9_x86_64", "cp311-cp311-macosx_11_0_universal2"),
            ("cp311-cp311-win_amd64", "cp39-abi3-win_amd64"),
            ("cp38-abi3-win_amd64", "cp38-abi3-win_amd64"),
            ("cp311-cp311-linux_x86_64", "cp311-cp311-manylinux_2_17_x86_64"),
            ("cp311-cp311-win_amd64", "py3-none-any"),
            ("pp310-pypy310_pp73-win_amd64", "pp310-pypy310_pp73-win_amd64"),
            ("pp310-pypy310_pp73-win_amd64", "py3-none-any"),
            ("cp313-cp313t-win_amd64", "py3-none-win_amd64"),
            ("py2.py3-none-any", "py3-none-any"),
        ] {
            assert_eq!(lost(&[last], &[now]), [""; 0], "{last} {now}");
        }
        for (last, now) in [
            ("cp311-cp311-manylinux2014_x86_64", "cp311-cp311-musllinux_1_2_x86_64"),
            ("cp311-cp311-macosx_10_9_universal2", "cp311-cp311-macosx_11_0_arm64"),
            ("cp38-abi3-win_amd64", "cp39-abi3-win_amd64"),
            ("py3-none-any", "cp311-cp311-win_amd64"),
        ] {
            assert_eq!(lost(&[last], &[now]).len(), 1, "{last} {now}");
        }
    }

    #[test]
    fn a_python_that_is_no_more_supported_is_no_loss() {
        let (last, now) = (["cp38-cp38-win_amd64", "cp39-cp39-win_amd64"], ["cp39-cp39-win_amd64"]);
        assert_eq!(lost_since(&last, &now, Some(">=3.9")), [""; 0]);
        assert_eq!(lost_since(&last, &now, Some(">=3.8.1")).len(), 1);
    }
}
