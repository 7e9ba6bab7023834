use std::{fmt, net::SocketAddr, str::FromStr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use process::Command;

use super::{error::SshError, stream::SshStream};

/// Characters of a user that have no meaning in an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
/// Options of every connection. Nobody is asked for anything: a child that reads a password from
/// the terminal would wait for ever, and an engine needs many connections. A lost network is
/// noticed within a minute. The time for connecting is Docker's.
const OPTIONS: [&str; 8] = [
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=30",
    "-o",
    "ServerAliveInterval=15",
    "-o",
    "ServerAliveCountMax=3",
];

/// An engine's machine as `ssh` finds it: `ssh://[USER@]HOST[:PORT][/SOCKET]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshDestination {
    /// The user on that machine; ssh decides without one.
    pub user: Option<String>,
    /// The host, or what the user's ssh configuration calls it.
    pub host: String,
    /// The port of the ssh server; ssh decides without one.
    pub port: Option<u16>,
    /// The engine's socket on that machine; the `docker` program decides without one.
    pub socket: Option<String>,
}

impl SshDestination {
    /// Connects to an address of the networks that this machine is in, such as that of a
    /// container. The server must allow TCP forwarding.
    ///
    /// # Errors
    /// When `ssh` cannot be started. That it does not connect is an error of the stream.
    pub fn tunnel(&self, to: SocketAddr) -> Result<SshStream, process::ProcessError> {
        let command = self.command().args(["-W", &to.to_string(), "--", &self.host]);
        command.summary(format!("connect to {to} through {self}")).open().map(SshStream::new)
    }

    /// A connection to the engine that has not answered yet.
    pub(super) fn open(&self) -> Result<SshStream, SshError> {
        let command = self.command().args(["-T", "--", &self.host, "docker"]);
        let socket = self.socket.iter().map(|socket| format!("--host=unix://{socket}"));
        let command = command.args(socket).args(["system", "dial-stdio"]);
        let command = command.summary(format!("connect to {self}"));
        command.open().map(SshStream::new).map_err(|error| SshError::from_process(&error))
    }

    fn command(&self) -> Command {
        let user = self.user.iter().flat_map(|user| ["-l".to_owned(), user.clone()]);
        let port = self.port.iter().flat_map(|port| ["-p".to_owned(), port.to_string()]);
        Command::new("ssh").args(OPTIONS).args(user).args(port).without_publishing_credentials()
    }
}

impl FromStr for SshDestination {
    type Err = &'static str;

    /// Reads what follows `ssh://`.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        if text.contains(['?', '#']) {
            return Err("an ssh address has neither a query nor a fragment");
        }
        let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(parse_user(user)?), host),
            None => (None, authority),
        };
        let (host, port) = parse_host(host)?;
        Ok(Self { user, host: host.to_owned(), port, socket: parse_socket(path)? })
    }
}

fn parse_user(text: &str) -> Result<String, &'static str> {
    if text.contains(':') {
        return Err("a password in an ssh address is not supported; use a key and an agent");
    }
    let decoded = percent_decode_str(text).decode_utf8().unwrap_or_default();
    let is_valid = !decoded.is_empty() && !decoded.starts_with('-');
    is_valid.then(|| decoded.into_owned()).ok_or("the user of the ssh address is not valid")
}

/// `host`, `host:22`, `[::1]:22`
fn parse_host(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() || host.starts_with('-') || host.contains(char::is_whitespace) {
        return Err("use ssh://[USER@]HOST[:PORT]");
    }
    let port = port.map(str::parse).transpose();
    port.map(|port| (host, port)).map_err(|_| "the port of the ssh address is not a number")
}

/// The remote shell reads it: no character that it could interpret.
fn parse_socket(path: &str) -> Result<Option<String>, &'static str> {
    if path.trim_matches('/').is_empty() {
        return Ok(None);
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let is_valid = path.chars().all(is_plain);
    is_valid.then(|| Some(path.to_owned())).ok_or("the path of the ssh address is no plain path")
}

impl fmt::Display for SshDestination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ssh://")?;
        self.user.iter().try_for_each(|user| write!(f, "{}@", utf8_percent_encode(user, PLAIN)))?;
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        self.port.iter().try_for_each(|port| write!(f, ":{port}"))?;
        f.write_str(self.socket.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_written_alike() {
        for text in ["host", "me@host", "host:2222", "me@[::1]:22", "h/run/user/1/docker.sock"] {
            let destination: SshDestination = text.parse().unwrap();
            assert_eq!(destination.to_string(), format!("ssh://{text}"));
        }
        let destination: SshDestination = "a%40b@host/".parse().unwrap();
        assert_eq!(destination.user.as_deref(), Some("a@b"));
        assert_eq!(destination.to_string(), "ssh://a%40b@host");
    }

    #[test]
    fn what_ssh_or_the_remote_shell_could_misread_is_refused() {
        for text in [
            "",
            "me@",
            "me:secret@host",
            "-oProxyCommand=x",
            "-l@host",
            "host:x",
            "host:22x",
            "host?a=b",
            "host#a",
            "host/a;b",
            "host/$(x)",
            "a b",
        ] {
            assert!(text.parse::<SshDestination>().is_err(), "{text}");
        }
    }
}
