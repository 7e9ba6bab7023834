//! Reads the classic builder's stream: pieces of text that need not end with
//! a line, such as `Step 1/5 : FROM scratch\n`.

use crate::build::{event::BuildEvent, failure::OutputTail};

#[derive(Debug, Default)]
pub(super) struct ClassicProgress {
    /// The beginning of a line that has no end yet.
    partial: String,
    tail: OutputTail,
    /// The replacement of `scratch`, which is not in the user's Dockerfile.
    scratch_base: Option<String>,
}

impl ClassicProgress {
    pub(super) fn new(scratch_base: Option<&str>) -> Self {
        Self { scratch_base: scratch_base.map(str::to_owned), ..Self::default() }
    }

    /// Reads a piece of output; the events of the lines that it completes.
    pub(super) fn read_piece(&mut self, text: &str) -> Vec<BuildEvent> {
        self.partial.push_str(text);
        let Some(end) = self.partial.rfind('\n') else { return Vec::new() };
        let rest = self.partial.split_off(end + 1);
        let lines = std::mem::replace(&mut self.partial, rest);
        let lines = match &self.scratch_base {
            Some(name) => lines.replace(name.as_str(), "scratch"),
            None => lines,
        };
        lines.lines().filter_map(|line| self.read_line(line.trim_end_matches('\r'))).collect()
    }

    pub(super) fn tail(&self) -> String {
        self.tail.text()
    }

    fn read_line(&mut self, line: &str) -> Option<BuildEvent> {
        if is_chatter(line) {
            return None;
        }
        self.tail.push(line);
        let warning = line.trim_start_matches(" ---> ").strip_prefix("[Warning] ");
        match warning {
            Some(text) => Some(BuildEvent::Warning { text: text.to_owned() }),
            None => {
                Some(parse_step(line).unwrap_or_else(|| BuildEvent::Log { line: line.to_owned() }))
            }
        }
    }
}

/// Lines about the builder's own containers and images.
fn is_chatter(line: &str) -> bool {
    const CHATTER: [&str; 5] = [
        "Removing intermediate container",
        " ---> Removed intermediate container",
        " ---> Running in",
        "Successfully built",
        "Successfully tagged",
    ];
    let is_id = line.strip_prefix(" ---> ").is_some_and(|rest| {
        rest.is_empty()
            || rest.bytes().all(|byte| byte.is_ascii_hexdigit())
            || rest == "Using cache"
    });
    // Printed for each step of a foreign platform, which was requested.
    let is_platform = line.contains("does not match the detected host platform");
    line.trim().is_empty()
        || is_id
        || is_platform
        || CHATTER.iter().any(|text| line.starts_with(text))
}

fn parse_step(line: &str) -> Option<BuildEvent> {
    let (count, text) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, total) = count.split_once('/')?;
    Some(BuildEvent::Step {
        number: number.parse().ok()?,
        total: total.parse().ok()?,
        stage: None,
        text: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_to_lines() {
        let mut progress = ClassicProgress::default();
        assert_eq!(progress.read_piece("Step 1/2 : FR"), []);
        let events = progress.read_piece("OM scratch\n ---> \nhello\nhalf");
        let step =
            BuildEvent::Step { number: 1, total: 2, stage: None, text: "FROM scratch".into() };
        assert_eq!(events, [step, BuildEvent::Log { line: "hello".into() }]);
    }

    #[test]
    fn the_replacement_of_scratch_is_not_shown() {
        let mut progress = ClassicProgress::new(Some("seed:1"));
        let text = "FROM scratch AS x".to_owned();
        let step = BuildEvent::Step { number: 1, total: 2, stage: None, text };
        assert_eq!(progress.read_piece("Step 1/2 : FROM seed:1 AS x\n"), [step]);
    }

    #[test]
    fn chatter_is_dropped_and_warnings_are_kept() {
        let mut progress = ClassicProgress::default();
        for line in [" ---> Running in 0a1b2c\n", " ---> 28c3d11ba7f7\n", "Successfully built ab\n"]
        {
            assert_eq!(progress.read_piece(line), [], "{line}");
        }
        let warning = progress.read_piece(" ---> [Warning] an argument is not used\n");
        assert_eq!(warning, [BuildEvent::Warning { text: "an argument is not used".into() }]);
    }
}
