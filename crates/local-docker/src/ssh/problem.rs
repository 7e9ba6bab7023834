use std::fmt;

/// Why an engine cannot be reached by ssh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SshProblem {
    /// This machine has no ssh client.
    NoProgram,
    /// No name server knows the host.
    UnknownHost,
    /// No ssh server answers at its address.
    NoServer,
    /// The host has another key than it should, or one that nobody has confirmed.
    HostKey,
    /// The server does not accept the user.
    Authentication,
    /// The remote machine has no `docker` program where a shell without a terminal looks.
    NoDocker,
    /// It has one that is older than 18.09.
    OldDocker,
    /// The remote user may not use the engine's socket.
    SocketPermission,
    /// The remote `docker` program fails, mostly because its engine does not run.
    RemoteEngine,
    /// Something else than an engine answers, such as a greeting of the remote shell.
    OtherOutput,
    /// The connection was closed without an answer.
    NoAnswer,
    /// Anything else; ssh's own lines say what.
    Failed,
}

/// How ssh itself ends when it fails; other codes are those of the remote command (`ssh(1)`).
const OWN_FAILURE: i32 = 255;

/// Parts of messages of OpenSSH's client, which are never translated.
const OWN_MESSAGES: [(&str, SshProblem); 12] = [
    ("Could not resolve hostname", SshProblem::UnknownHost),
    ("Host key verification failed", SshProblem::HostKey),
    ("HOST IDENTIFICATION HAS CHANGED", SshProblem::HostKey),
    ("Permission denied", SshProblem::Authentication),
    ("Too many authentication failures", SshProblem::Authentication),
    ("No supported authentication methods", SshProblem::Authentication),
    ("Connection refused", SshProblem::NoServer),
    ("Connection timed out", SshProblem::NoServer),
    ("Operation timed out", SshProblem::NoServer),
    ("No route to host", SshProblem::NoServer),
    ("Network is unreachable", SshProblem::NoServer),
    ("Connection closed by", SshProblem::NoServer),
];

impl SshProblem {
    /// What an ending of the client means, by its exit code and the last lines of its standard
    /// error.
    pub(super) fn of_exit(code: Option<i32>, output: &str) -> Self {
        match code {
            None | Some(OWN_FAILURE) => {
                let mut messages = OWN_MESSAGES.iter();
                let found = messages.find(|(message, _)| output.contains(message));
                found.map_or(Self::Failed, |(_, problem)| *problem)
            }
            Some(126 | 127) => Self::NoDocker,
            Some(_) if output.contains("not a docker command") => Self::OldDocker,
            Some(_) if output.contains("permission denied") => Self::SocketPermission,
            Some(_) => Self::RemoteEngine,
        }
    }

    /// What to do.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::NoProgram => "install OpenSSH's client (`openssh-client`)",
            Self::UnknownHost | Self::NoServer => {
                "check the host and the port, and that `ssh HOST` connects"
            }
            Self::HostKey => "connect once with `ssh HOST`, and confirm the host's key",
            Self::Authentication => {
                "nobody is asked for a password: load your key into an agent (`ssh-add`), and check \
                 that `ssh -o BatchMode=yes HOST true` connects"
            }
            Self::NoDocker => {
                "install Docker on that machine; `ssh HOST docker version` must find it"
            }
            Self::OldDocker => "update Docker on that machine to 20.10 or newer",
            Self::SocketPermission => {
                "add the remote user to the group that owns the socket (usually `docker`)"
            }
            Self::RemoteEngine | Self::NoAnswer | Self::Failed => {
                "check that `ssh HOST docker version` works"
            }
            Self::OtherOutput => {
                "let the remote shell print nothing when it has no terminal (`.bashrc`)"
            }
        }
    }
}

impl fmt::Display for SshProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoProgram => "this machine has no `ssh` program",
            Self::UnknownHost => "the host is unknown",
            Self::NoServer => "no ssh server accepts the connection",
            Self::HostKey => "the host's key is not trusted",
            Self::Authentication => "the ssh server does not accept the user",
            Self::NoDocker => "the remote machine has no `docker` program",
            Self::OldDocker => "the remote `docker` program is too old",
            Self::SocketPermission => "the remote user may not use the engine's socket",
            Self::RemoteEngine => "the remote `docker` program does not reach the engine",
            Self::OtherOutput => "the remote shell prints something else than the engine's answer",
            Self::NoAnswer => "the connection was closed before the engine answered",
            Self::Failed => "ssh failed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_of_ssh_and_of_the_remote_program_are_distinguished() {
        for (code, output, expected) in [
            (
                255,
                "ssh: Could not resolve hostname x: Name or service not known",
                SshProblem::UnknownHost,
            ),
            (255, "ssh: connect to host h port 22: Connection refused", SshProblem::NoServer),
            (255, "me@h: Permission denied (publickey).", SshProblem::Authentication),
            (255, "Host key verification failed.", SshProblem::HostKey),
            (255, "kex_exchange_identification: read", SshProblem::Failed),
            (127, "bash: line 1: docker: command not found", SshProblem::NoDocker),
            (1, "docker: 'system dial-stdio' is not a docker command.", SshProblem::OldDocker),
            (
                1,
                "dial unix /var/run/docker.sock: connect: permission denied",
                SshProblem::SocketPermission,
            ),
            (1, "dial unix /x: connect: no such file or directory", SshProblem::RemoteEngine),
        ] {
            assert_eq!(SshProblem::of_exit(Some(code), output), expected, "{output}");
        }
        assert_eq!(SshProblem::of_exit(None, ""), SshProblem::Failed);
    }
}
