//! A service that is asked for by name.

use std::collections::BTreeMap;

use operation::OperationError;

use crate::plan::ObservedService;

/// Refuses the name of a service that the target does not have.
///
/// # Errors
/// [`OperationError::Usage`], with the names that there are.
pub(crate) fn require_service(
    observed: &BTreeMap<String, ObservedService>,
    name: &str,
) -> Result<(), OperationError> {
    if observed.contains_key(name) {
        return Ok(());
    }
    let existing: Vec<&str> = observed.keys().map(String::as_str).collect();
    let advice = format!("the services are {}", existing.join(", "));
    Err(OperationError::usage(format!("there is no service {name}"), &advice))
}
