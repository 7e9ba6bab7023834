/// What `git push --porcelain` says of one ref (git documentation, "git-push",
/// Output): flag, tab, `from:to`, tab, words for people.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PushReport {
    lines: Vec<(char, String)>,
}

impl PushReport {
    pub(crate) fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let mut fields = line.split('\t');
            let flag = fields.next().filter(|flag| flag.chars().count() == 1)?.chars().next()?;
            let (_, to) = fields.next()?.rsplit_once(':')?;
            Some((flag, to.to_owned()))
        };
        Self { lines: text.lines().filter_map(line).collect() }
    }

    /// Whether nothing had to be moved.
    pub(crate) fn all_up_to_date(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|(flag, _)| *flag == '=')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_other_lines_are_not() {
        let text =
            "To /x\n=\taaa:refs/heads/main\t[up to date]\n*\tbbb:refs/tags/v1\t[new tag]\nDone\n";
        let report = PushReport::parse(text);
        assert_eq!(report.lines, [('=', "refs/heads/main".into()), ('*', "refs/tags/v1".into())]);
        assert!(!report.all_up_to_date());
        assert!(PushReport::parse("=\ta:refs/tags/v\tx\n").all_up_to_date());
        assert!(!PushReport::parse("Done\n").all_up_to_date());
    }
}
