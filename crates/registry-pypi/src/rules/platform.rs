//! Platform tags that PyPI accepts in a wheel's name.
//!
//! Source: `_valid_platform_tag` in `warehouse/forklift/legacy.py` of
//! pypi/warehouse. Only platforms with a specified binary interface are accepted,
//! which excludes plain `linux_x86_64`.

const FIXED: &[&str] =
    &["any", "win32", "win_amd64", "win_arm64", "win_ia64", "linux_armv6l", "linux_armv7l"];
const MANYLINUX_1_2010: &[&str] = &["x86_64", "i686"];
const MANYLINUX_2014: &[&str] =
    &["x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x"];
const MUSLLINUX: &[&str] = &["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"];
const MACOS: &[&str] = &[
    "ppc",
    "ppc64",
    "i386",
    "x86_64",
    "arm64",
    "intel",
    "fat",
    "fat3",
    "fat64",
    "universal",
    "universal2",
];
const MACOS_MAJORS: &[u32] = &[11, 12, 13, 14, 15, 26];
const IOS: &[&str] =
    &["arm64_iphoneos", "arm64_iphonesimulator", "x86_64_iphoneos", "x86_64_iphonesimulator"];
const ANDROID: &[&str] = &["armeabi_v7a", "arm64_v8a", "x86", "x86_64"];

/// Whether PyPI accepts a wheel for this platform.
pub(crate) fn is_accepted_platform(tag: &str) -> bool {
    let (family, rest) = tag.split_once('_').unwrap_or((tag, ""));
    match family {
        _ if FIXED.contains(&tag) => true,
        "manylinux1" | "manylinux2010" => MANYLINUX_1_2010.contains(&rest),
        "manylinux2014" => MANYLINUX_2014.contains(&rest),
        "manylinux" => split_version(rest)
            .is_some_and(|(_, _, arch)| arch == "ppc64" || MUSLLINUX.contains(&arch)),
        "musllinux" => split_version(rest).is_some_and(|(_, _, arch)| MUSLLINUX.contains(&arch)),
        "macosx" => split_version(rest).is_some_and(is_macos),
        "ios" => split_version(rest).is_some_and(|(_, _, arch)| IOS.contains(&arch)),
        "android" => rest
            .split_once('_')
            .is_some_and(|(level, arch)| level.parse::<u32>().is_ok() && ANDROID.contains(&arch)),
        "pyemscripten" => split_version(rest).is_some_and(|(_, _, arch)| arch == "wasm32"),
        _ => false,
    }
}

/// Until 10.x the minor number counted; since 11 it must be 0.
fn is_macos((major, minor, arch): (u32, u32, &str)) -> bool {
    (major == 10 || MACOS_MAJORS.contains(&major) && minor == 0) && MACOS.contains(&arch)
}

fn split_version(rest: &str) -> Option<(u32, u32, &str)> {
    let (major, rest) = rest.split_once('_')?;
    let (minor, arch) = rest.split_once('_')?;
    Some((major.parse().ok()?, minor.parse().ok()?, arch))
}

#[cfg(test)]
mod tests {
    use super::is_accepted_platform;

    #[test]
    fn platforms_with_a_specified_interface_are_accepted() {
        for tag in [
            "any",
            "win_arm64",
            "manylinux1_i686",
            "manylinux2014_ppc64",
            "manylinux_2_28_aarch64",
            "manylinux_2_31_riscv64",
            "musllinux_1_2_x86_64",
            "macosx_10_9_universal2",
            "macosx_26_0_arm64",
            "ios_13_0_arm64_iphonesimulator",
            "android_21_arm64_v8a",
            "pyemscripten_2025_0_wasm32",
            "linux_armv7l",
        ] {
            assert!(is_accepted_platform(tag), "{tag}");
        }
    }

    #[test]
    fn the_platform_of_the_build_machine_alone_is_not() {
        for tag in
            ["linux_x86_64", "macosx_14_2_arm64", "manylinux2010_aarch64", "freebsd_14_0", ""]
        {
            assert!(!is_accepted_platform(tag), "{tag}");
        }
    }
}
