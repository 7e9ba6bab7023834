//! The platform tags that PyPI accepts in a wheel's file name.
//!
//! Source: `_valid_platform_tag` in `warehouse/forklift/legacy.py` of pypi/warehouse.

const FIXED: &[&str] = &[
    "any",
    "win32",
    "win_arm64",
    "win_amd64",
    "win_ia64",
    "manylinux1_x86_64",
    "manylinux1_i686",
    "manylinux2010_x86_64",
    "manylinux2010_i686",
    "manylinux2014_x86_64",
    "manylinux2014_i686",
    "manylinux2014_aarch64",
    "manylinux2014_armv7l",
    "manylinux2014_ppc64",
    "manylinux2014_ppc64le",
    "manylinux2014_s390x",
    "linux_armv6l",
    "linux_armv7l",
];
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
const MACOS_MAJORS: &[&str] = &["11", "12", "13", "14", "15", "26"];
const LINUX: &[&str] = &["x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64"];
const IOS: &[&str] = &["arm64", "x86_64"];
const ANDROID: &[&str] = &["armeabi_v7a", "arm64_v8a", "x86", "x86_64"];

/// Whether a wheel with this platform tag may be uploaded.
pub(super) fn is_accepted_platform(tag: &str) -> bool {
    FIXED.contains(&tag) || is_macos(tag) || is_linux(tag) || is_ios(tag) || is_android(tag)
}

/// `macosx_10_<minor>_<arch>`, and `macosx_<major>_0_<arch>` for the later numbering.
fn is_macos(tag: &str) -> bool {
    let Some((major, minor, arch)) = split_two_numbers(tag, "macosx_") else {
        return false;
    };
    let series = major == "10" || (MACOS_MAJORS.contains(&major) && minor == "0");
    series && MACOS.contains(&arch)
}

/// `manylinux_<x>_<y>_<arch>` (PEP 600) and `musllinux_<x>_<y>_<arch>` (PEP 656).
fn is_linux(tag: &str) -> bool {
    if let Some((_, _, arch)) = split_two_numbers(tag, "manylinux_") {
        return arch == "ppc64" || LINUX.contains(&arch);
    }
    split_two_numbers(tag, "musllinux_").is_some_and(|(_, _, arch)| LINUX.contains(&arch))
}

fn is_ios(tag: &str) -> bool {
    let Some((_, _, rest)) = split_two_numbers(tag, "ios_") else {
        return false;
    };
    rest.strip_suffix("_iphoneos")
        .or_else(|| rest.strip_suffix("_iphonesimulator"))
        .is_some_and(|arch| IOS.contains(&arch))
}

fn is_android(tag: &str) -> bool {
    tag.strip_prefix("android_")
        .and_then(|rest| rest.split_once('_'))
        .is_some_and(|(level, arch)| is_digits(level) && ANDROID.contains(&arch))
}

/// The two numbers after `prefix`, and the rest.
fn split_two_numbers<'a>(tag: &'a str, prefix: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let rest = tag.strip_prefix(prefix)?;
    let (first, rest) = rest.split_once('_')?;
    let (second, rest) = rest.split_once('_')?;
    (is_digits(first) && is_digits(second)).then_some((first, second, rest))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_accepted_platform;

    #[test]
    fn accepts_the_tags_with_an_interface_definition() {
        for tag in [
            "any",
            "manylinux_2_28_aarch64",
            "musllinux_1_2_x86_64",
            "macosx_10_9_universal2",
            "macosx_14_0_arm64",
            "ios_13_0_arm64_iphonesimulator",
            "android_21_arm64_v8a",
        ] {
            assert!(is_accepted_platform(tag), "{tag}");
        }
    }

    #[test]
    fn refuses_tags_that_name_no_portable_platform() {
        for tag in
            ["linux_x86_64", "macosx_14_1_arm64", "manylinux_2_28_sparc", "freebsd_14_x86_64", ""]
        {
            assert!(!is_accepted_platform(tag), "{tag}");
        }
    }
}
