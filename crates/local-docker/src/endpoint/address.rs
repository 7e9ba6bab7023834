use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use crate::EngineError;

/// The socket Docker's packages create.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
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
        let refused = |reason| EngineError::Endpoint { endpoint: text.to_owned(), reason };
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| refused("write unix://PATH or tcp://HOST:PORT"))?;
        let rest = rest.trim_end_matches('/');
        match scheme {
            "unix" if rest.is_empty() => Ok(Self::default_socket()),
            "unix" => Ok(Self::Unix(PathBuf::from(rest))),
            "tcp" | "http" | "https" if !rest.is_empty() => Ok(Self::Tcp(rest.to_owned())),
            "ssh" => Err(refused(
                "ssh is not supported; forward the remote socket (`ssh -L`) and name the local one",
            )),
            "npipe" => Err(refused("named pipes exist on Windows only")),
            _ => Err(refused("write unix://PATH or tcp://HOST:PORT")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
        }
    }
}

/// Certificate files of one engine, named as Docker names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate of the authority.
    pub ca: PathBuf,
    /// The client's certificate.
    pub cert: PathBuf,
    /// The client's key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// `ca.pem`, `cert.pem` and `key.pem` of a folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            ca: folder.join("ca.pem"),
            cert: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        }
    }

    pub(super) fn folder(&self) -> Option<String> {
        self.ca.parent().map(|folder| folder.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_ports_are_addresses() {
        let parse = |text: &str| text.parse::<Address>().unwrap();
        assert_eq!(parse("unix:///run/d.sock"), Address::Unix("/run/d.sock".into()));
        assert_eq!(parse("unix://"), Address::default_socket());
        assert_eq!(parse("tcp://127.0.0.1:2375/"), Address::Tcp("127.0.0.1:2375".to_owned()));
        assert_eq!(parse("tcp://127.0.0.1:2375/").to_string(), "tcp://127.0.0.1:2375");
    }

    #[test]
    fn an_unsupported_scheme_is_refused_with_the_way_out() {
        let error = "ssh://me@host".parse::<Address>().unwrap_err().to_string();
        assert!(error.contains("ssh -L"), "{error}");
        for text in ["docker.sock", "tcp://", "npipe:////./pipe/x", "ftp://x"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
