use std::{cmp::Ordering, fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{BackupKind, BackupKindError};

/// Length of `-YYYY-MM-DD-HHMMSS`.
const TIME_LENGTH: usize = 18;

/// The identifier of a backup of a database: `<kind>-YYYY-MM-DD-HHMMSS`, in UTC.
///
/// Ordered by time; the kind decides only between equal times. The order of the texts
/// is another one: `success-2020…` comes after `daily-2026…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BackupId {
    kind: BackupKind,
    /// Whole seconds.
    time: Timestamp,
}

impl BackupId {
    /// The identifier of a backup that was made at `time`; parts of a second are dropped.
    #[must_use]
    pub fn new(kind: BackupKind, time: Timestamp) -> Self {
        // A whole second of a valid time is valid.
        let second = Timestamp::from_second(time.as_second()).unwrap_or(time);
        Self { kind, time: second }
    }

    /// Why the backup was made.
    #[must_use]
    pub fn kind(&self) -> BackupKind {
        self.kind
    }

    /// When it was made, in whole seconds.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }
}

impl Ord for BackupId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.time.cmp(&other.time).then(self.kind.cmp(&other.kind))
    }
}

impl PartialOrd for BackupId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = TimeZone::UTC.to_datetime(self.time);
        let text = format!(
            "{}-{:04}-{:02}-{:02}-{:02}{:02}{:02}",
            self.kind,
            time.year(),
            time.month(),
            time.day(),
            time.hour(),
            time.minute(),
            time.second(),
        );
        f.pad(&text)
    }
}

/// Why a text is no identifier of a backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BackupIdError {
    /// It does not end in a time.
    #[error(
        "`{0}` is no identifier of a backup: it must end in a time, as daily-2026-11-29-201530 does"
    )]
    Time(String),
    /// The part before the time names no kind.
    #[error("`{text}` is no identifier of a backup")]
    Kind {
        /// The text.
        text: String,
        /// What is wrong with its kind.
        #[source]
        source: BackupKindError,
    },
}

impl FromStr for BackupId {
    type Err = BackupIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let no_time = || BackupIdError::Time(text.to_owned());
        let split = text.len().checked_sub(TIME_LENGTH).ok_or_else(no_time)?;
        let (kind, time) = text.split_at_checked(split).ok_or_else(no_time)?;
        let time = read_time(time).ok_or_else(no_time)?;
        let named = |source| BackupIdError::Kind { text: text.to_owned(), source };
        Ok(Self { kind: kind.parse().map_err(named)?, time })
    }
}

/// Reads `-YYYY-MM-DD-HHMMSS`: digits where digits belong, and a time that exists.
fn read_time(text: &str) -> Option<Timestamp> {
    let shape = "-dddd-dd-dd-dddddd".bytes().zip(text.bytes());
    let fits = |(form, byte): (u8, u8)| match form {
        b'd' => byte.is_ascii_digit(),
        _ => byte == form,
    };
    if text.len() != TIME_LENGTH || !shape.into_iter().all(fits) {
        return None;
    }
    let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    let date = Date::new(text.get(1..5)?.parse().ok()?, two(6)?, two(9)?).ok()?;
    let time = Time::new(two(12)?, two(14)?, two(16)?, 0).ok()?;
    TimeZone::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()
}

impl Serialize for BackupId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BackupId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_printed_as_it_was_read() {
        for text in ["12h-2026-11-29-201530", "pre-deployment-2024-02-29-000000"] {
            assert_eq!(text.parse::<BackupId>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_an_error_with_the_reason() {
        for text in [
            "",
            "daily",
            "daily-2026-02-30-000000",
            "daily-2026-11-29-246060",
            "daily-2026-11-29-20153",
            "daily-2026-11-29-2015300",
            "daily-+026-11-29-201530",
            "daily-2026-11-29-20é530",
            "dailyé2026-11-29-201530",
            "-2026-11-29-201530",
            "yearly-2026-11-29-201530",
            "daily-2026-11-29-201530.partial",
            "../daily-2026-11-29-201530",
        ] {
            assert!(text.parse::<BackupId>().is_err(), "{text}");
        }
        let error = "yearly-2026-11-29-201530".parse::<BackupId>().unwrap_err();
        assert!(matches!(error, BackupIdError::Kind { .. }));
    }

    #[test]
    fn the_newest_is_decided_by_time_and_not_by_the_order_of_text() {
        let mut ids: Vec<BackupId> =
            ["success-2020-01-01-000000", "12h-2026-11-29-201530", "daily-2026-11-29-201529"]
                .map(|text| text.parse().unwrap())
                .to_vec();
        ids.sort();
        let texts: Vec<String> = ids.iter().map(BackupId::to_string).collect();
        assert_eq!(
            texts,
            ["success-2020-01-01-000000", "daily-2026-11-29-201529", "12h-2026-11-29-201530"]
        );
    }

    #[test]
    fn parts_of_a_second_are_dropped() {
        let time: Timestamp = "2026-11-29T20:15:30.999Z".parse().unwrap();
        let id = BackupId::new(BackupKind::Hourly, time);
        assert_eq!(id.to_string(), "hourly-2026-11-29-201530");
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
