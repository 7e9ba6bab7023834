use std::{fmt, path::PathBuf, str::FromStr};

use crate::{error::EngineError, ssh::SshDestination};

/// The socket that Docker's packages create.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
    /// A machine that is reached by ssh.
    Ssh(SshDestination),
}

impl Address {
    /// The socket that Docker's packages create.
    #[must_use]
    pub fn default_socket() -> Self {
        Self::Unix(PathBuf::from(DEFAULT_SOCKET))
    }
}

impl FromStr for Address {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        parse_address(text)
            .map_err(|reason| EngineError::InvalidAddress { address: text.to_owned(), reason })
    }
}

fn parse_address(text: &str) -> Result<Address, &'static str> {
    const FORMAT: &str = "use unix://PATH, tcp://HOST:PORT or ssh://[USER@]HOST[:PORT]";
    let (scheme, rest) = text.split_once("://").ok_or(FORMAT)?;
    if scheme == "ssh" {
        return rest.parse().map(Address::Ssh);
    }
    let rest = rest.trim_end_matches('/');
    match scheme {
        "unix" if rest.is_empty() => Ok(Address::default_socket()),
        "unix" => Ok(Address::Unix(PathBuf::from(rest))),
        "tcp" | "http" | "https" if !rest.is_empty() => Ok(Address::Tcp(rest.to_owned())),
        "npipe" => Err("named pipes exist on Windows only"),
        _ => Err(FORMAT),
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
            Self::Ssh(destination) => destination.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_ports_are_addresses() {
        for (text, expected) in [
            ("unix:///run/d.sock", Address::Unix("/run/d.sock".into())),
            ("unix://", Address::default_socket()),
            ("tcp://127.0.0.1:2375/", Address::Tcp("127.0.0.1:2375".to_owned())),
        ] {
            assert_eq!(text.parse::<Address>().unwrap(), expected, "{text}");
        }
        let address: Address = "tcp://127.0.0.1:2375/".parse().unwrap();
        assert_eq!(address.to_string(), "tcp://127.0.0.1:2375");
    }

    #[test]
    fn an_unsupported_scheme_is_refused_with_an_alternative() {
        for text in ["docker.sock", "tcp://", "npipe:////./pipe/x", "ftp://x", "ssh://"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
        let error = "ftp://x".parse::<Address>().unwrap_err().to_string();
        assert!(error.contains("ssh://[USER@]HOST"), "{error}");
    }

    #[test]
    fn a_machine_behind_ssh_is_an_address() {
        let address: Address = "ssh://me@host:2222".parse().unwrap();
        assert!(matches!(&address, Address::Ssh(ssh) if ssh.port == Some(2222)));
        assert_eq!(address.to_string(), "ssh://me@host:2222");
    }
}
