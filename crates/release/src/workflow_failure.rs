//! What is known of workflows that failed.

use github::{GitHubClient, GitHubError, Job, WorkflowRun};
use local_docker::secret_sign;
use operation::{Environment, error_chain};
use process::is_publishing_credential;

/// Longest line of a log that is shown, in characters.
const LONGEST_LINE: usize = 300;

/// Shorter values of variables are words rather than secrets.
const SHORTEST_SECRET: usize = 4;

/// About each run its page, the job and step that failed, and the end of the job's log.
pub(crate) async fn failure_lines(
    client: &GitHubClient,
    environment: &Environment,
    runs: &[WorkflowRun],
) -> Vec<String> {
    let secrets = secrets_of(environment);
    let mut lines = Vec::new();
    for run in runs {
        let conclusion = run.conclusion.as_deref().unwrap_or("failed");
        lines.push(format!("{}: {conclusion}, {}", run.title(), run.url));
        match client.jobs().list(run.id).await {
            Ok(jobs) => lines.extend(job_lines(client, &jobs, &secrets).await),
            Err(error) => lines.push(format!("  its jobs cannot be read: {}", reason(&error))),
        }
    }
    lines
}

async fn job_lines(client: &GitHubClient, jobs: &[Job], secrets: &[String]) -> Vec<String> {
    let mut failed = jobs.iter().filter(|job| job.is_failed());
    let Some(job) = failed.next() else {
        let which = if jobs.is_empty() { "no job was started" } else { "no job failed by itself" };
        return vec![format!("  {which}")];
    };
    let others: Vec<&str> = failed.map(|job| job.name.as_str()).collect();
    let mut lines = Vec::new();
    if !others.is_empty() {
        lines.push(format!("  also failed: {}", others.join(", ")));
    }
    let step = job.failed_step().map(|step| format!(", step `{step}`")).unwrap_or_default();
    lines.push(format!("  job `{}`{step}:", job.name));
    match client.jobs().log_end(job).await {
        Ok(log) if log.is_empty() => lines.push("    its log is empty".to_owned()),
        Ok(log) => lines.extend(log.iter().map(|line| format!("    {}", shown(line, secrets)))),
        Err(error) => lines.push(format!("    its log cannot be read: {}", reason(&error))),
    }
    lines
}

/// The general advice is about rights that a release needs.
fn reason(error: &GitHubError) -> String {
    match error {
        GitHubError::Forbidden { message, .. } => {
            format!("the token lacks the right to read `Actions` ({message})")
        }
        error => error_chain(error),
    }
}

/// The forge masks what it has as secrets; a log may have others.
fn shown(line: &str, secrets: &[String]) -> String {
    let line = secrets.iter().fold(line.to_owned(), |line, secret| line.replace(secret, "***"));
    let is_separator = |c: char| c.is_whitespace() || "'\"`=,;()[]{}<>".contains(c);
    let mut masked = String::new();
    for part in line.split_inclusive(is_separator) {
        let word = part.trim_end_matches(is_separator);
        masked += if secret_sign("", word).is_some() { "***" } else { word };
        masked += &part[word.len()..];
    }
    match masked.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked,
    }
}

/// The credentials for publishing that are in variables, the longest first.
fn secrets_of(environment: &Environment) -> Vec<String> {
    let variables = environment.variables.iter();
    let credentials = variables.filter(|(name, _)| is_publishing_credential(name));
    let values = credentials.filter_map(|(_, value)| value.to_str()).map(str::trim);
    let mut secrets: Vec<String> =
        values.filter(|value| value.len() >= SHORTEST_SECRET).map(str::to_owned).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_before_lines_are_shortened() {
        let secrets = ["hunter2-hunter2".to_owned()];
        let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
        for (line, expected) in [
            ("uses hunter2-hunter2!", "uses ***!"),
            (&*format!("TOKEN=\"{token}\" x"), "TOKEN=\"***\" x"),
            ("GET https://ada:secret@index/simple failed", "GET *** failed"),
            ("E   assert 1 == 2", "E   assert 1 == 2"),
        ] {
            assert_eq!(shown(line, &secrets), expected);
        }
        let long = format!("{}{token}", "x ".repeat(140));
        let shortened = shown(&format!("{long}{}", " y".repeat(100)), &secrets);
        assert!(!shortened.contains("ghp_") && shortened.ends_with('…'), "{shortened}");
    }
}
