use std::{error::Error, io::Write};

use operations::OperationError;
use serde_json::json;

use crate::{CommonArgs, Format, exit};

/// Tells an error where its reader looks: as lines on standard error, or as
/// one more JSON object on standard output.
pub(crate) fn tell(error: &OperationError, common: &CommonArgs) {
    // Nobody left to tell when the streams are closed.
    let _ = match common.format {
        Format::Json => writeln!(std::io::stdout(), "{}", as_json(error)),
        Format::Markdown => write!(std::io::stderr(), "{}", as_lines(error, &details(error))),
        // Findings were told one by one when they were found.
        Format::Human => write!(std::io::stderr(), "{}", as_lines(error, &differences(error))),
    };
}

fn as_lines(error: &OperationError, details: &[String]) -> String {
    let mut text = format!("[ERROR] {error}\n");
    for cause in causes(error) {
        text += &format!("        {}\n", cause.replace('\n', "\n        "));
    }
    for detail in details {
        text += &format!("        - {detail}\n");
    }
    if let Some(advice) = error.advice() {
        text += &format!("[INFO] {advice}\n");
    }
    text
}

fn as_json(error: &OperationError) -> serde_json::Value {
    json!({
        "v": 1,
        "event": "error",
        "kind": exit::word(error.kind()),
        "exit": exit::code(error.kind()),
        "message": error.to_string(),
        "causes": causes(error),
        "details": details(error),
        "advice": error.advice(),
    })
}

/// The causes, each said once.
fn causes(error: &OperationError) -> Vec<String> {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !said.iter().any(|known| known.contains(&text)) {
            said.push(text);
        }
        cause = next.source();
    }
    said.split_off(1)
}

/// Everything that an error lists.
fn details(error: &OperationError) -> Vec<String> {
    match error {
        OperationError::Preflight(findings) => findings.iter().map(ToString::to_string).collect(),
        other => differences(other),
    }
}

fn differences(error: &OperationError) -> Vec<String> {
    match error {
        OperationError::Differences(items) | OperationError::Listed { items, .. } => items.clone(),
        _ => Vec::new(),
    }
}
