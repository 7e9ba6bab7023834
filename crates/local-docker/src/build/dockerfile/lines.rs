/// An instruction with the comments and empty lines before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// As it is written, with everything that belongs to it.
    pub(super) raw: &'a str,
    /// Continued lines joined, comments dropped; empty at the end of the file.
    pub(super) instruction: String,
}

impl Line<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        let first = self.instruction.split_whitespace().next();
        first.is_some_and(|word| word.eq_ignore_ascii_case(name))
    }

    /// Comments and empty lines before the instruction, and the rest.
    pub(super) fn split_comments(&self) -> (&str, &str) {
        let mut begin = 0;
        for line in self.raw.split_inclusive('\n') {
            if !is_comment(line.trim()) {
                break;
            }
            begin += line.len();
        }
        self.raw.split_at(begin)
    }
}

/// Puts together what belongs together; nothing of the text is lost.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let escape = escape_character(text);
    let (mut lines, mut instruction) = (Vec::new(), String::new());
    let (mut begin, mut end) = (0, 0);
    for physical in text.split_inclusive('\n') {
        end += physical.len();
        let trimmed = physical.trim();
        if is_comment(trimmed) {
            continue;
        }
        match trimmed.strip_suffix(escape) {
            Some(open) => instruction = format!("{instruction}{open} "),
            None => {
                let instruction = std::mem::take(&mut instruction) + trimmed;
                lines.push(Line { raw: &text[begin..end], instruction });
                begin = end;
            }
        }
    }
    if begin < text.len() {
        lines.push(Line { raw: &text[begin..], instruction });
    }
    lines
}

fn is_comment(trimmed: &str) -> bool {
    trimmed.is_empty() || trimmed.starts_with('#')
}

/// `# escape=` among the first lines chooses between backslash and backtick.
fn escape_character(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let escapes = directives.filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("escape").then(|| value.trim().chars().next())?
    });
    escapes.last().unwrap_or('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_continued_lines_are_one() {
        let text = "# a\n\nFROM x\nRUN echo \\\n# b\n FROM scratch\n\n# end";
        let lines = lines(text);
        let instructions: Vec<_> = lines.iter().map(|line| line.instruction.as_str()).collect();
        assert_eq!(instructions, ["FROM x", "RUN echo  FROM scratch", ""]);
        assert_eq!(lines.iter().map(|line| line.raw).collect::<String>(), text);
        assert_eq!(lines[0].split_comments(), ("# a\n\n", "FROM x\n"));
    }
}
