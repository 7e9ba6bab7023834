//! What buildx says about itself and its builders.

use crate::Builder;

/// The first version whose layouts can be a folder (`tar=false`) and that
/// makes attestations.
const OLDEST: (u32, u32) = (0, 10);

/// The version in `github.com/docker/buildx v0.13.1 788433953`; `None` for one
/// that is too old.
pub(in crate::build) fn parse_version(output: &str) -> Option<String> {
    let version = output.split_whitespace().nth(1)?.trim_start_matches('v');
    let version = version.split(['+', '-']).next()?;
    let mut numbers = version.split('.').map(str::parse);
    let (major, minor) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    ((major, minor) >= OLDEST).then(|| version.to_owned())
}

/// Name, driver and platforms in the output of `buildx inspect`.
pub(in crate::build) fn parse_inspection(output: &str) -> Option<Builder> {
    let value = |name: &str| {
        let mut lines = output.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
    };
    let platforms = value("Platforms").unwrap_or_default();
    Some(Builder {
        name: value("Name")?.to_owned(),
        driver: value("Driver")?.to_owned(),
        // A star marks platforms that were added by hand.
        platforms: platforms
            .split(',')
            .filter_map(|text| text.trim().trim_end_matches('*').parse().ok())
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_docker_and_of_debian_are_read() {
        let parse = |text| parse_version(text);
        let docker = "github.com/docker/buildx v0.13.1 788433953af10f2a698f5c07611dddce2e08c7a0";
        assert_eq!(parse(docker).as_deref(), Some("0.13.1"));
        let debian = "github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3";
        assert_eq!(parse(debian).as_deref(), Some("0.13.1"));
        assert_eq!(parse("github.com/docker/buildx v0.9.1 ed00243"), None);
        assert_eq!(parse("garbage"), None);
    }

    #[test]
    fn an_inspected_builder_has_name_driver_and_platforms() {
        let output = "Name:          default\nDriver:        docker\n\nNodes:\n\
                      Name:             default\nEndpoint:         default\n\
                      Status:           running\nPlatforms:        linux/amd64*, linux/386\n";
        let builder = parse_inspection(output).unwrap();
        assert_eq!((builder.name.as_str(), builder.driver.as_str()), ("default", "docker"));
        let platforms: Vec<_> = builder.platforms.iter().map(ToString::to_string).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/386"]);
    }
}
