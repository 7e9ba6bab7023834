use serde::de::DeserializeOwned;

use crate::error::DatabaseError;

/// An answer in JSON.
pub(crate) fn parse<T: DeserializeOwned>(doing: &str, answer: &str) -> Result<T, DatabaseError> {
    serde_json::from_str(answer).map_err(|error| DatabaseError::InvalidAnswer {
        doing: doing.to_owned(),
        reason: error.to_string(),
    })
}
