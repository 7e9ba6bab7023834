use crate::{GitError, runner::Runner};

/// Copies the settings of a repository's own configuration whose names match the
/// regular expression `names`.
pub(crate) async fn copy_local_settings(
    source: &Runner,
    copy: &Runner,
    names: &str,
) -> Result<(), GitError> {
    let query = source.command("read the configuration");
    let query = query.args(["config", "--local", "--null", "--get-regexp", names]);
    let listed = query.outcome().await?.text();
    let entries = listed.split_terminator('\0').filter_map(|entry| entry.split_once('\n'));
    for (name, value) in entries {
        add_setting(copy, name, value).await?;
    }
    Ok(())
}

/// Adds a setting to a repository's own configuration.
pub(crate) async fn add_setting(copy: &Runner, name: &str, value: &str) -> Result<(), GitError> {
    let add = copy.command("configure the copy");
    add.args(["config", "--local", "--add", name, value]).output().await.map(drop)
}
