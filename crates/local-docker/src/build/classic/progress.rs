//! Reads the classic builder's stream: pieces of text that need not end with
//! a line, such as `Step 1/5 : FROM scratch\n`.

use super::super::{BuildEvent, failure::Tail};

#[derive(Debug, Default)]
pub(super) struct Progress {
    open: String,
    tail: Tail,
    /// The stand-in for `scratch`, which people did not write.
    seed: Option<String>,
}

impl Progress {
    pub(super) fn new(seed: Option<&str>) -> Self {
        Self { seed: seed.map(str::to_owned), ..Self::default() }
    }

    /// Takes a piece; gives what its whole lines mean.
    pub(super) fn read(&mut self, text: &str) -> Vec<BuildEvent> {
        self.open.push_str(text);
        let Some(end) = self.open.rfind('\n') else { return Vec::new() };
        let rest = self.open.split_off(end + 1);
        let lines = std::mem::replace(&mut self.open, rest);
        let lines = match &self.seed {
            Some(seed) => lines.replace(seed.as_str(), "scratch"),
            None => lines,
        };
        lines.lines().filter_map(|line| self.line(line.trim_end_matches('\r'))).collect()
    }

    pub(super) fn tail(&self) -> String {
        self.tail.text()
    }

    fn line(&mut self, line: &str) -> Option<BuildEvent> {
        if is_chatter(line) {
            return None;
        }
        self.tail.push(line);
        let warning = line.trim_start_matches(" ---> ").strip_prefix("[Warning] ");
        match warning {
            Some(text) => Some(BuildEvent::Warning { text: text.to_owned() }),
            None => Some(step(line).unwrap_or_else(|| BuildEvent::Log { line: line.to_owned() })),
        }
    }
}

/// Lines about the builder's own containers and images.
fn is_chatter(line: &str) -> bool {
    const WORDS: [&str; 5] = [
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
    // Said of each step of a foreign platform, which was asked for.
    let is_platform = line.contains("does not match the detected host platform");
    line.trim().is_empty()
        || is_id
        || is_platform
        || WORDS.iter().any(|word| line.starts_with(word))
}

fn step(line: &str) -> Option<BuildEvent> {
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
    fn pieces_are_put_together_to_lines() {
        let mut progress = Progress::default();
        assert_eq!(progress.read("Step 1/2 : FR"), []);
        let events = progress.read("OM scratch\n ---> \nhello\nhalf");
        let step =
            BuildEvent::Step { number: 1, total: 2, stage: None, text: "FROM scratch".into() };
        assert_eq!(events, [step, BuildEvent::Log { line: "hello".into() }]);
    }

    #[test]
    fn the_stand_in_for_scratch_is_not_shown() {
        let mut progress = Progress::new(Some("seed:1"));
        let text = "FROM scratch AS x".to_owned();
        let step = BuildEvent::Step { number: 1, total: 2, stage: None, text };
        assert_eq!(progress.read("Step 1/2 : FROM seed:1 AS x\n"), [step]);
    }

    #[test]
    fn the_builders_chatter_is_not_told_and_its_warnings_are() {
        let mut progress = Progress::default();
        for line in [" ---> Running in 0a1b2c\n", " ---> 28c3d11ba7f7\n", "Successfully built ab\n"]
        {
            assert_eq!(progress.read(line), [], "{line}");
        }
        let warning = progress.read(" ---> [Warning] an argument is not used\n");
        assert_eq!(warning, [BuildEvent::Warning { text: "an argument is not used".into() }]);
    }
}
