use std::path::{Path, PathBuf};

use configuration::Argv;

use crate::Project;

/// A command of the configuration, with where and when it runs.
pub(super) struct ConfiguredCommand<'a> {
    /// What it belongs to.
    pub(super) subject: String,
    /// Its key in the configuration.
    pub(super) key: String,
    pub(super) command: &'a Argv,
    /// The folder that it runs in, relative to the project.
    pub(super) folder: PathBuf,
    /// The command that runs before it in the same checkout.
    pub(super) before: Option<&'a Argv>,
    /// A failure does not stop the release.
    pub(super) is_optional: bool,
}

/// The commands that run in checkouts of the project, in the order of their checkouts.
pub(super) fn configured_commands(project: &Project) -> Vec<ConfiguredCommand<'_>> {
    let mut commands = check_commands(project);
    commands.extend(package_commands(project));
    commands.extend(image_commands(project));
    commands
}

/// Checks, the benchmark and what follows a release run in one checkout, in this order.
fn check_commands(project: &Project) -> Vec<ConfiguredCommand<'_>> {
    let configuration = &project.configuration;
    let (checks, after) = (&configuration.checks, &configuration.project.after_release);
    let benchmark = configuration.benchmark.iter().map(|benchmark| &benchmark.command);
    let before = numbered("checks.before-release", &checks.before_release);
    let built = numbered("checks.after-build", &checks.after_build);
    let benchmark = benchmark.map(|command| ("benchmark.command".to_owned(), command));
    let after = numbered("project.after-release", after);
    let mut commands =
        in_sequence(&PathBuf::new(), before.chain(built).chain(benchmark).chain(after));
    for command in &mut commands {
        // A failure after the release does not stop it.
        command.is_optional = command.key.starts_with("project.");
    }
    commands
}

fn numbered<'a>(
    key: &'static str,
    commands: &'a [Argv],
) -> impl Iterator<Item = (String, &'a Argv)> {
    let numbered = commands.iter().enumerate();
    numbered.map(move |(number, command)| (format!("{key}[{number}]"), command))
}

fn package_commands(project: &Project) -> Vec<ConfiguredCommand<'_>> {
    let Some(package) = &project.package else { return Vec::new() };
    let settings = &package.settings;
    let folder = &settings.directory;
    let mut commands = in_sequence(folder, numbered("package.before", &settings.before));
    commands.extend(settings.lock.iter().map(|command| ConfiguredCommand {
        subject: "package".to_owned(),
        key: "package.lock".to_owned(),
        command,
        folder: folder.clone(),
        before: None,
        is_optional: false,
    }));
    commands
}

/// Hooks and scans of images share a checkout.
fn image_commands(project: &Project) -> Vec<ConfiguredCommand<'_>> {
    let images = project.configuration.images.iter().zip(project.image_names()).zip(0..);
    let mut commands: Vec<ConfiguredCommand<'_>> = Vec::new();
    for ((image, name), number) in images {
        let own = [("before", &image.before), ("scan", &image.scan)];
        for (key, command) in own.iter().filter_map(|(key, command)| Some((key, command.as_ref()?)))
        {
            commands.push(ConfiguredCommand {
                subject: format!("image {name}"),
                key: format!("image[{number}].{key}"),
                command,
                folder: PathBuf::new(),
                before: commands.last().map(|earlier| earlier.command),
                is_optional: image.optional,
            });
        }
    }
    commands
}

/// The table that a key is in is what its command belongs to.
fn in_sequence<'a>(
    folder: &Path,
    commands: impl Iterator<Item = (String, &'a Argv)>,
) -> Vec<ConfiguredCommand<'a>> {
    let mut before = None;
    commands
        .map(|(key, command)| ConfiguredCommand {
            subject: key.split('.').next().unwrap_or_default().to_owned(),
            key,
            command,
            folder: folder.to_owned(),
            before: before.replace(command),
            is_optional: false,
        })
        .collect()
}

/// A command in a message: long ones are cut.
pub(super) fn short_line(command: &Argv) -> String {
    const LONGEST: usize = 50;
    let line = command.line();
    if line.chars().count() <= LONGEST {
        return line;
    }
    line.chars().take(LONGEST).chain(['…']).collect()
}
