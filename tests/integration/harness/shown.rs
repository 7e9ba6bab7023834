use regex::Regex;

use super::Scene;

/// Takes out of a text what differs from run to run or from machine to machine.
pub(crate) struct Shown {
    names: Vec<(String, &'static str)>,
}

impl Shown {
    pub(super) fn of(scene: &Scene) -> Self {
        let folder = scene.folder().to_string_lossy().into_owned();
        let mut names = vec![(folder, "$WORLD")];
        let commits = scene.git().run(&["log", "--all", "--format=%H"]);
        for commit in commits.lines() {
            names.push((commit.to_owned(), "COMMIT"));
            names.push((commit[..7].to_owned(), "COMMIT"));
        }
        Self { names }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, word) in &self.names {
            text = text.replace(name, word);
        }
        sorted_steps(&replaced(&replaced(&text, VALUES), WIDTHS))
    }

    /// A value as JSON.
    pub(crate) fn json(&self, value: &impl serde::Serialize) -> String {
        let mut text = serde_json::to_string_pretty(value).unwrap();
        for (name, word) in &self.names {
            text = text.replace(name, word);
        }
        replaced(&text, VALUES)
    }
}

fn replaced(text: &str, patterns: &[(&str, &str)]) -> String {
    patterns.iter().fold(text.to_owned(), |text, (pattern, word)| {
        Regex::new(pattern).unwrap().replace_all(&text, *word).into_owned()
    })
}

const VALUES: &[(&str, &str)] = &[
    (r"sha256:[0-9a-f]{64}", "sha256:DIGEST"),
    (r"sha256:[0-9a-f]{12}", "sha256:DIGEST"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r#""size": \d+"#, r#""size": SIZE"#),
    (r#"("sha256:DIGEST"): \d+"#, "$1: SIZE"),
    (r"\b[0-9a-f]{40}\b", "OBJECT"),
    (r"(?m)\b[0-9a-f]{12}$", "DIGEST"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    // When a step starts, among others that run, differs.
    (r"(?m)^\[INFO\] \d+/\d+ .* …\n", ""),
    (r" \(\d+\.\d s\)", ""),
    (r"\b\d+\.\d s\b", "TIME"),
    (r"\b\d+ bytes\b", "BYTES bytes"),
    (r"process \d+", "process ID"),
    (r"tidegate-(build|install|select|rehearsal)-[A-Za-z0-9]{6}\b", "tidegate-$1-RANDOM"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "MOMENT"),
];

/// Columns are as wide as what was taken out.
const WIDTHS: &[(&str, &str)] =
    &[(r"─{2,}", "──"), (r"(\S) {2,}", "$1  "), (r"(?m)^ {8,}", "        ")];

/// Steps run at the same time: the order of the lines that tell of them is not
/// the same in every run.
fn sorted_steps(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let starts = ["[OK] ", "[ERROR] ", "[INFO] index ", "[INFO] image "];
    let of_step = |line: &str| starts.iter().any(|start| line.starts_with(start));
    let mut begin = 0;
    while begin < lines.len() {
        let run = lines[begin..].iter().take_while(|line| of_step(line)).count();
        lines[begin..begin + run].sort_unstable();
        begin += run.max(1);
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}
