use std::ops::Range;

/// An instruction with the comments and empty lines before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instruction<'a> {
    /// The original text, with everything that belongs to it.
    pub(super) raw: &'a str,
    /// Continued lines joined, comments dropped; empty at the end of the file.
    pub(super) text: String,
    /// The line on which it starts, from 1.
    pub(super) line: usize,
}

impl Instruction<'_> {
    pub(super) fn is(&self, name: &str) -> bool {
        let first = self.text.split_whitespace().next();
        first.is_some_and(|keyword| keyword.eq_ignore_ascii_case(name))
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

/// Splits a Dockerfile; all of its text is in one of the instructions.
pub(super) fn parse_instructions(text: &str) -> Vec<Instruction<'_>> {
    let escape = escape_character(text);
    let (mut instructions, mut joined) = (Vec::new(), String::new());
    let (mut begin, mut end) = (0, 0);
    for line in text.split_inclusive('\n') {
        end += line.len();
        let trimmed = line.trim();
        if is_comment(trimmed) {
            continue;
        }
        match trimmed.strip_suffix(escape) {
            Some(open) => joined = format!("{joined}{open} "),
            None => {
                let text_of_instruction = std::mem::take(&mut joined) + trimmed;
                instructions.push(instruction(text, begin..end, text_of_instruction));
                begin = end;
            }
        }
    }
    if begin < text.len() {
        instructions.push(instruction(text, begin..text.len(), joined));
    }
    instructions
}

fn instruction(file: &str, range: Range<usize>, text: String) -> Instruction<'_> {
    let before = file[..range.start].matches('\n').count();
    let mut instruction = Instruction { raw: &file[range], text, line: 0 };
    instruction.line = 1 + before + instruction.split_comments().0.matches('\n').count();
    instruction
}

pub(super) fn is_comment(trimmed: &str) -> bool {
    trimmed.is_empty() || trimmed.starts_with('#')
}

/// `# escape=` among the first lines selects backslash or backtick.
pub(super) fn escape_character(text: &str) -> char {
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
    fn no_text_is_lost_and_continued_lines_are_joined() {
        let text = "# a\n\nFROM x\nRUN echo \\\n# b\n FROM scratch\n\n# end";
        let instructions = parse_instructions(text);
        let texts: Vec<_> =
            instructions.iter().map(|instruction| instruction.text.as_str()).collect();
        assert_eq!(texts, ["FROM x", "RUN echo  FROM scratch", ""]);
        assert_eq!((instructions[0].line, instructions[1].line), (3, 4));
        assert_eq!(
            instructions.iter().map(|instruction| instruction.raw).collect::<String>(),
            text
        );
        assert_eq!(instructions[0].split_comments(), ("# a\n\n", "FROM x\n"));
    }
}
