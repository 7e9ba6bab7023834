//! Lines in `/etc/hosts` of a proxy's container.

use std::net::IpAddr;

/// Replaces the lines of one service by those for the addresses that follow, and prints
/// the lines that there were. The file is mounted, so it cannot be replaced by another.
const SCRIPT: &str = r##"
mark=$1 service=$2; shift 2
kept= new=
while IFS= read -r line || [ -n "$line" ]; do
    case $line in *"# $mark $service") echo "$line" ;; *) kept="$kept$line
" ;; esac
done </etc/hosts
for address; do new="$new$address $service # $mark $service
"; done
printf '%s%s' "$new" "$kept" >/etc/hosts
"##;

/// What marks the lines of a switch.
pub(super) const STEERING: &str = "tidegate";
/// What marks the lines of a maintenance.
pub(super) const MAINTENANCE: &str = "tidegate-maintenance";

/// Makes a service's name stand for these addresses only; without any, for what the
/// engine's name server answers.
pub(super) fn write_command(mark: &str, service: &str, addresses: &[IpAddr]) -> Vec<String> {
    let shell = ["sh", "-c", SCRIPT, "sh", mark, service].map(str::to_owned);
    shell.into_iter().chain(addresses.iter().map(IpAddr::to_string)).collect()
}

/// Succeeds when [`write_command`] would, and prints the file.
pub(super) fn check_command() -> Vec<String> {
    let script = "[ -w /etc/hosts ] || exit 1
        while IFS= read -r line || [ -n \"$line\" ]; do echo \"$line\"; done </etc/hosts";
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

/// The addresses and the services of the lines with this mark.
pub(super) fn marked_lines(hosts: &str, mark: &str) -> Vec<(IpAddr, String)> {
    let lines = hosts.lines().filter_map(|line| {
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [address, service, "#", other, _] = parts.as_slice() else { return None };
        let address = address.parse().ok().filter(|_| *other == mark)?;
        Some((address, (*service).to_owned()))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_maintenance_are_told_from_those_of_a_switch() {
        let hosts = "127.0.0.1 localhost\n10.0.0.9 api # tidegate-maintenance api\n\
                     10.0.0.4 web # tidegate web\n# a comment\n";
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let maintenance = marked_lines(hosts, MAINTENANCE);
        assert_eq!(maintenance, [(address("10.0.0.9"), "api".to_owned())]);
        assert_eq!(marked_lines(hosts, STEERING), [(address("10.0.0.4"), "web".to_owned())]);
    }
}
