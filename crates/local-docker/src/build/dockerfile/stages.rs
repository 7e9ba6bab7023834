use super::from_instruction::FromInstruction;

/// The stages of a Dockerfile, as far as one needs the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stages(Vec<Stage>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stage {
    name: Option<String>,
    base: String,
    platform: Option<String>,
    /// Line of the first `RUN`.
    run: Option<usize>,
    /// Stages or images that files come from.
    sources: Vec<String>,
}

impl Stages {
    /// The stages of these instructions, each with its line.
    pub(super) fn new(instructions: &[(usize, String)]) -> Self {
        let mut stages: Vec<Stage> = Vec::new();
        for (line, text) in instructions {
            if let Some(from) = FromInstruction::from_text(text) {
                stages.push(Stage::new(&from));
            } else if let Some(stage) = stages.last_mut() {
                stage.add(*line, text);
            }
        }
        Self(stages)
    }

    /// The line of the first `RUN` on `platform` in the stages that `target` needs.
    pub(super) fn first_run_on(&self, platform: &str, target: Option<&str>) -> Option<usize> {
        let last = self.0.len().checked_sub(1)?;
        let target = target.map_or(Some(last), |name| self.find(name, self.0.len()))?;
        let mut needed = vec![target];
        let mut position = 0;
        while let Some(&number) = needed.get(position) {
            let stage = &self.0[number];
            for name in std::iter::once(&stage.base).chain(&stage.sources) {
                needed.extend(self.find(name, number).filter(|other| !needed.contains(other)));
            }
            position += 1;
        }
        let runs = needed.into_iter().filter(|number| self.is_for(*number, platform));
        runs.filter_map(|number| self.0[number].run).min()
    }

    /// The stage of this name or number among the first `end`.
    fn find(&self, name: &str, end: usize) -> Option<usize> {
        let is_named =
            |stage: &Stage| stage.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(name));
        let by_name = self.0[..end].iter().rposition(is_named);
        by_name.or_else(|| name.parse().ok().filter(|number| *number < end))
    }

    /// A stage without a platform has that of the stage it continues, or else that of the
    /// build.
    fn is_for(&self, number: usize, platform: &str) -> bool {
        let stage = &self.0[number];
        match &stage.platform {
            Some(own) => own == platform || own.contains("TARGET"),
            None => self.find(&stage.base, number).is_none_or(|base| self.is_for(base, platform)),
        }
    }
}

impl Stage {
    fn new(from: &FromInstruction<'_>) -> Self {
        Self {
            name: from.name.map(str::to_owned),
            base: from.base.to_owned(),
            platform: from.platform.map(str::to_owned),
            run: None,
            sources: Vec::new(),
        }
    }

    fn add(&mut self, line: usize, text: &str) {
        let mut parts = text.split_whitespace();
        let keyword = parts.next().unwrap_or_default().to_ascii_uppercase();
        let flags = parts.take_while(|part| part.starts_with("--"));
        let options = flags.flat_map(|flag| flag.split([',', '=']).collect::<Vec<_>>());
        let options: Vec<&str> = options.collect();
        let from = options.windows(2).filter(|pair| matches!(pair[0], "--from" | "from"));
        self.sources.extend(from.map(|pair| pair[1].to_owned()));
        if keyword == "RUN" && self.run.is_none() {
            self.run = Some(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::build::DockerfileReview;

    fn first_run(text: &str, target: Option<&str>) -> Option<usize> {
        DockerfileReview::new(text).first_run_on(&"linux/arm64".parse().unwrap(), target)
    }

    #[test]
    fn a_run_counts_in_a_stage_that_the_image_needs_on_its_platform() {
        for (text, expected) in [
            ("FROM scratch\nCOPY a b\n", None),
            ("FROM a\nRUN x\n", Some(2)),
            ("FROM --platform=linux/arm64 a\nRUN x\n", Some(2)),
            ("FROM --platform=$TARGETPLATFORM a\nRUN x\n", Some(2)),
            ("FROM --platform=$BUILDPLATFORM a AS b\nRUN x\nFROM c\nCOPY --from=b / /\n", None),
            ("FROM --platform=linux/amd64 a AS b\nRUN x\nFROM b\nRUN y\n", None),
            ("FROM a AS b\nRUN x\nFROM scratch\nCOPY --from=B / /\n", Some(2)),
            ("FROM a\nRUN x\nFROM scratch\nCOPY --from=0 / /\n", Some(2)),
            ("FROM a AS tests\nRUN x\nFROM scratch\nCOPY a b\n", None),
            ("FROM a AS b\nRUN x\nFROM c\nRUN --mount=type=bind,from=b,target=/b y\n", Some(2)),
            ("ARG V=1\n", None),
        ] {
            assert_eq!(first_run(text, None), expected, "{text}");
        }
    }

    #[test]
    fn only_the_target_and_what_it_needs_is_built() {
        let text = "FROM scratch AS small\nCOPY a b\nFROM a AS big\nRUN x\n";
        assert_eq!(first_run(text, Some("small")), None);
        assert_eq!(first_run(text, Some("big")), Some(4));
        assert_eq!(first_run(text, None), Some(4));
        assert_eq!(first_run(text, Some("absent")), None);
    }
}
