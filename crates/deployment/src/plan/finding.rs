use std::fmt;

use report::bytes;
use serde::Serialize;

/// A problem that was found before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// The target has no service of this name.
    UnknownService {
        /// The name.
        service: String,
        /// The services that there are.
        existing: Vec<String>,
    },
    /// The target has the service, but it is not part of what was chosen.
    InactiveService {
        /// The name.
        service: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The target has no application service.
    NoApplicationService,
    /// A service that keeps data or serves others was asked for.
    Infrastructure {
        /// The service.
        service: String,
        /// Why it counts as infrastructure.
        reason: String,
    },
    /// A service of the application was asked for as infrastructure.
    NotInfrastructure {
        /// The service.
        service: String,
    },
    /// The data of infrastructure is not secured before that is replaced.
    NoBackup {
        /// The service.
        service: String,
        /// Why it has data: `it runs postgres`.
        reason: String,
        /// Whether the user accepts that.
        accepted: bool,
    },
    /// The image cannot be had.
    ImageUnavailable {
        /// The service.
        service: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        advice: Option<String>,
    },
    /// Two versions cannot run at the same time, though the order asks for it.
    OverlapImpossible {
        /// The service.
        service: String,
        /// Why.
        reason: String,
    },
    /// It cannot be started for a trial.
    TrialImpossible {
        /// The service.
        service: String,
        /// Why.
        reason: String,
    },
    /// Other services share its network, processes or memory.
    Shared {
        /// The service.
        service: String,
        /// The services that are bound to it.
        others: Vec<String>,
    },
    /// Other services have the same name of an image, and were not asked for.
    NamedTogether {
        /// The service.
        service: String,
        /// The other services.
        others: Vec<String>,
    },
    /// The image that runs cannot be kept.
    NoWayBack {
        /// The service.
        service: String,
        /// Why.
        reason: String,
        /// Whether the user accepts that.
        accepted: bool,
    },
    /// A service that another one needs is not healthy.
    DependencyDown {
        /// The service.
        service: String,
        /// The one that it needs.
        dependency: String,
        /// How that is: `not running`, `unhealthy`.
        state: String,
    },
    /// Environment variables are missing that the configuration requires.
    MissingVariables {
        /// The service.
        service: String,
        /// Their names, or the patterns that none has.
        missing: Vec<String>,
    },
    /// The images that are to be fetched do not fit on the target's disk.
    DiskTooSmall {
        /// Bytes that they take at least.
        least: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The images that are to be fetched may not fit on the target's disk.
    DiskMayBeTooSmall {
        /// Bytes that they take as a rule.
        usual: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Nobody knows whether the images that are to be fetched fit on the target's disk.
    DiskUnknown {
        /// Why.
        reason: String,
    },
    /// The backups of the databases do not fit on the disk of their folder.
    BackupDiskTooSmall {
        /// Bytes that the newest backups take.
        least: u64,
        /// Bytes that are free.
        free: u64,
        /// The folder of backups.
        folder: String,
    },
    /// The backups of the databases may not fit on the disk of their folder.
    BackupDiskMayBeTooSmall {
        /// Bytes that all backups of the deployment may take.
        usual: u64,
        /// Bytes that are free.
        free: u64,
        /// The folder of backups.
        folder: String,
    },
    /// Nothing tells whether the service works.
    NoHealthCheck {
        /// The service.
        service: String,
    },
    /// The requests that would check the service do not reach it.
    NoRequests {
        /// The service.
        service: String,
        /// Why.
        problem: String,
    },
    /// A proxy may go on sending requests to instances that are gone, or cannot be steered
    /// at all.
    Proxy {
        /// The service.
        service: String,
        /// The proxy's service.
        proxy: String,
        /// What may happen, and why.
        problem: String,
        /// What to do.
        advice: String,
        /// Whether the service cannot be switched behind it.
        prevents_switch: bool,
    },
    /// A rollback brings the image of a deployment back, and not its configuration.
    OtherConfiguration {
        /// The service.
        service: String,
        /// The deployment.
        deployment: String,
        /// Why.
        reason: ConfigurationLoss,
    },
    /// A migration runs without securing the data.
    NoDataGate,
    /// The data cannot be secured or brought back.
    Data {
        /// Why.
        problem: String,
    },
    /// Records of earlier deployments cannot be read.
    UnreadableRecord {
        /// What cannot be read, and why.
        problem: String,
        /// Whether it may be of a deployment that has not ended.
        may_be_unfinished: bool,
    },
}

/// Why a rollback does not bring a configuration back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "loss", content = "problem", rename_all = "kebab-case")]
pub enum ConfigurationLoss {
    /// The user wants the image only.
    Unwanted,
    /// It was not kept: an earlier version of the program deployed it, or it had no key.
    NotKept,
    /// It was kept and cannot be brought back, for this reason.
    Impossible(String),
}

impl fmt::Display for ConfigurationLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unwanted => f.write_str("it stays as it is (--keep-configuration)"),
            Self::NotKept => f.write_str("that was not recorded"),
            Self::Impossible(reason) => write!(f, "that cannot be brought back, because {reason}"),
        }
    }
}

impl Finding {
    /// Whether the deployment must not start.
    #[must_use]
    pub fn blocks(&self) -> bool {
        match self {
            Self::NoHealthCheck { .. }
            | Self::DiskMayBeTooSmall { .. }
            | Self::BackupDiskMayBeTooSmall { .. }
            | Self::DiskUnknown { .. }
            | Self::Proxy { prevents_switch: false, .. }
            | Self::OtherConfiguration { .. }
            | Self::NoDataGate
            | Self::UnreadableRecord { may_be_unfinished: false, .. } => false,
            Self::NoWayBack { accepted, .. } | Self::NoBackup { accepted, .. } => !accepted,
            _ => true,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownService { service, existing } => {
                write!(f, "there is no service {service}; the services are {}", existing.join(", "))
            }
            Self::InactiveService { service, reason } => write!(f, "{service}: {reason}"),
            Self::Data { problem } => f.write_str(problem),
            Self::NoApplicationService => f.write_str(
                "no service can be deployed; name those of your application in `deploy.services`",
            ),
            Self::ImageUnavailable { service, problem, advice } => {
                write!(f, "{service}: {problem}")?;
                advice.iter().try_for_each(|advice| write!(f, "; {advice}"))
            }
            Self::OverlapImpossible { service, reason } => write!(
                f,
                "{service} cannot start before the old version stops, because {reason}; set its \
                 order to `stop-first`"
            ),
            Self::TrialImpossible { service, reason } => write!(
                f,
                "{service} cannot be started for a trial, because {reason}; give its `trial` a \
                 command, or remove it"
            ),
            Self::Shared { service, others } => write!(
                f,
                "{} shares the network, processes or memory of {service} and would lose them; \
                 this is not supported: use `docker compose up`",
                others.join(", ")
            ),
            Self::NamedTogether { service, others } => {
                let others = others.join(", ");
                write!(
                    f,
                    "the Compose files name one image for {service} and {others}, so that both \
                     change: deploy them together, or give each a name or a variable of its own"
                )
            }
            Self::NoWayBack { service, reason, accepted: false } => write!(
                f,
                "{service} has no way back: {reason}; `--without-way-back` deploys nevertheless"
            ),
            Self::NoWayBack { service, reason, accepted: true } => {
                write!(f, "{service} has no way back: {reason}")
            }
            other => other.fmt_infrastructure(f),
        }
    }
}

impl Finding {
    /// The text of a finding about infrastructure.
    fn fmt_infrastructure(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Infrastructure { service, reason } => write!(
                f,
                "{service} is infrastructure ({reason}) and is never deployed; if it is part of \
                 your application, name it in `deploy.services`; `deploy --infrastructure \
                 {service}` replaces its container on purpose"
            ),
            Self::NotInfrastructure { service } => write!(
                f,
                "{service} is part of the application; deploy it with `--service {service}`"
            ),
            Self::NoBackup { service, reason, accepted: false } => write!(
                f,
                "the data of {service} is not secured ({reason}): set `deploy.data`, or decide for \
                 `--without-backup`"
            ),
            Self::NoBackup { service, reason, accepted: true } => {
                write!(f, "the data of {service} is not secured ({reason}), as you decided")
            }
            other => other.fmt_surroundings(f),
        }
    }

    /// The text of a finding about what the services need around them.
    fn fmt_surroundings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DependencyDown { service, dependency, state } => {
                write!(f, "{service} needs {dependency}, which is {state}; start it first")
            }
            Self::NoRequests { service, problem } => write!(
                f,
                "the requests of `deploy.health` do not reach {service}: {problem}; name the engine \
                 as ssh://HOST, or use a `healthcheck` in the Compose file instead"
            ),
            Self::MissingVariables { service, missing } => write!(
                f,
                "{service} has no environment variable {}, which `deploy.require-env` asks for; \
                 set it in the Compose file or in an env file",
                missing.join(", ")
            ),
            Self::DiskTooSmall { least, free } => write!(
                f,
                "the new images need at least {} of the target's disk, of which {} are free; \
                 `clean-local-images` removes images that nothing uses",
                bytes(*least),
                bytes(*free)
            ),
            Self::DiskMayBeTooSmall { usual, free } => write!(
                f,
                "the new images may not fit on the target's disk: unpacked, they take about {} as \
                 a rule, and {} are free",
                bytes(*usual),
                bytes(*free)
            ),
            Self::BackupDiskTooSmall { least, free, folder } => write!(
                f,
                "the newest backups take {}, and {} are free in {folder}: `backup-databases \
                 --prune` removes those that are not kept, or name another folder in \
                 `backups.directory`",
                bytes(*least),
                bytes(*free)
            ),
            Self::BackupDiskMayBeTooSmall { usual, free, folder } => write!(
                f,
                "the backups of the databases may not fit in {folder}: they may take {}, and {} \
                 are free",
                bytes(*usual),
                bytes(*free)
            ),
            Self::DiskUnknown { reason } => {
                write!(
                    f,
                    "it is not known whether the new images fit on the target's disk: {reason}"
                )
            }
            warning => warning.fmt_warning(f),
        }
    }

    /// The text of a finding that does not block, or need not.
    fn fmt_warning(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHealthCheck { service } => write!(
                f,
                "{service} has no health check: it counts as healthy when it keeps running; set \
                 `deploy.health` or a `healthcheck` in the Compose file"
            ),
            Self::Proxy { service, proxy, problem, advice, prevents_switch: true } => {
                write!(f, "{service} cannot be switched behind {proxy}: {problem}; {advice}")
            }
            Self::Proxy { service, proxy, problem, advice, .. } => {
                write!(f, "requests to {service} by way of {proxy} may fail: {problem}; {advice}")
            }
            Self::OtherConfiguration { service, deployment, reason } => write!(
                f,
                "{service} was configured differently in {deployment}; {reason}: the image comes \
                 back, with the Compose files and variables as they are now"
            ),
            Self::NoDataGate => f.write_str(
                "the migration runs without a backup of the data; declare its databases \
                 (`[database.NAME]`), or set `deploy.data`, to secure it",
            ),
            Self::UnreadableRecord { problem, may_be_unfinished: false } => {
                write!(f, "a record of an earlier deployment cannot be read: {problem}")
            }
            Self::UnreadableRecord { problem, may_be_unfinished: true } => write!(
                f,
                "a deployment may be unfinished, because its record cannot be read: {problem}; look \
                 at what runs, then remove that file from the records"
            ),
            // Every other finding has its text above.
            _ => Ok(()),
        }
    }
}
