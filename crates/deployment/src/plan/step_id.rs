use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::HookPoint;

/// Identifies a step of a deployment in plans, journals and reports. Its text is part
/// of the journal's format: `switch.api`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum StepId {
    /// `hook.before.1`, counted from 1; see [`HookPoint`].
    Hook(HookPoint, usize),
    /// `way-back.SERVICE`
    SecureWayBack(String),
    /// `record`
    Record,
    /// `fetch.SERVICE`
    Fetch(String),
    /// `trial.SERVICE`
    Trial(String),
    /// `data.secure`
    SecureData,
    /// `data.restore`
    RestoreData,
    /// `data.success`
    SecureSuccess,
    /// `services.stop`
    StopServices,
    /// `services.start`
    StartServices,
    /// `migrate`
    Migrate,
    /// `prepare.SERVICE`
    Prepare(String),
    /// `switch.SERVICE`
    Switch(String),
    /// `verify`
    Verify,
    /// `confirm`
    Confirm,
    /// `retire.SERVICE`
    Retire(String),
    /// `clean-up`
    CleanUp,
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hook(point, number) => write!(f, "hook.{point}.{number}"),
            Self::SecureWayBack(service) => write!(f, "way-back.{service}"),
            Self::Record => f.write_str("record"),
            Self::Fetch(service) => write!(f, "fetch.{service}"),
            Self::Trial(service) => write!(f, "trial.{service}"),
            Self::SecureData => f.write_str("data.secure"),
            Self::RestoreData => f.write_str("data.restore"),
            Self::SecureSuccess => f.write_str("data.success"),
            Self::StopServices => f.write_str("services.stop"),
            Self::StartServices => f.write_str("services.start"),
            Self::Migrate => f.write_str("migrate"),
            Self::Prepare(service) => write!(f, "prepare.{service}"),
            Self::Switch(service) => write!(f, "switch.{service}"),
            Self::Verify => f.write_str("verify"),
            Self::Confirm => f.write_str("confirm"),
            Self::Retire(service) => write!(f, "retire.{service}"),
            Self::CleanUp => f.write_str("clean-up"),
        }
    }
}

/// A text that names no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a step of a deployment")]
pub struct UnknownStep(String);

impl FromStr for StepId {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let unknown = || UnknownStep(text.to_owned());
        let (kind, rest) = text.split_once('.').unwrap_or((text, ""));
        Ok(match (kind, rest) {
            ("record", "") => Self::Record,
            ("data", "secure") => Self::SecureData,
            ("data", "restore") => Self::RestoreData,
            ("data", "success") => Self::SecureSuccess,
            ("services", "stop") => Self::StopServices,
            ("services", "start") => Self::StartServices,
            ("migrate", "") => Self::Migrate,
            ("verify", "") => Self::Verify,
            ("confirm", "") => Self::Confirm,
            ("clean-up", "") => Self::CleanUp,
            (_, "") => return Err(unknown()),
            ("hook", rest) => {
                let (point, number) = rest.rsplit_once('.').ok_or_else(unknown)?;
                let point =
                    HookPoint::ALL.into_iter().find(|candidate| candidate.to_string() == point);
                let number = number.parse().map_err(|_| unknown())?;
                Self::Hook(point.ok_or_else(unknown)?, number)
            }
            ("way-back", service) => Self::SecureWayBack(service.to_owned()),
            ("fetch", service) => Self::Fetch(service.to_owned()),
            ("trial", service) => Self::Trial(service.to_owned()),
            ("prepare", service) => Self::Prepare(service.to_owned()),
            ("switch", service) => Self::Switch(service.to_owned()),
            ("retire", service) => Self::Retire(service.to_owned()),
            _ => return Err(unknown()),
        })
    }
}

impl From<StepId> for String {
    fn from(id: StepId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for StepId {
    type Error = UnknownStep;

    fn try_from(text: String) -> Result<Self, UnknownStep> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identity_is_read_as_it_is_written() {
        let service = || "api.v2".to_owned();
        let all = [
            StepId::Hook(HookPoint::Before, 1),
            StepId::Hook(HookPoint::BeforeSwitch, 2),
            StepId::Hook(HookPoint::After, 3),
            StepId::SecureWayBack(service()),
            StepId::Record,
            StepId::Fetch(service()),
            StepId::Trial(service()),
            StepId::SecureData,
            StepId::RestoreData,
            StepId::SecureSuccess,
            StepId::StopServices,
            StepId::StartServices,
            StepId::Migrate,
            StepId::Prepare(service()),
            StepId::Switch(service()),
            StepId::Verify,
            StepId::Confirm,
            StepId::Retire(service()),
            StepId::CleanUp,
        ];
        for id in all {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for text in ["", "hook.never.1", "hook.before.x", "switch", "record.x", "other.api"] {
            assert!(text.parse::<StepId>().is_err(), "{text}");
        }
    }
}
