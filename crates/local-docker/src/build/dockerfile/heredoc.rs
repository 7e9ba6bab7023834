//! Texts inside of instructions: `RUN <<EOF` (Dockerfile reference, "Here-Documents").
//! Only BuildKit has them; their lines are not instructions.

use super::instruction::{escape_character, is_comment};

/// The text with each line of a here-document turned into a comment, so that every line
/// keeps its number.
pub(super) fn without_heredocs(text: &str) -> String {
    let escape = escape_character(text);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut masked, mut joined, mut number) = (String::new(), String::new(), 0);
    while let Some(line) = lines.get(number) {
        number += 1;
        masked.push_str(line);
        let trimmed = line.trim();
        if is_comment(trimmed) {
            continue;
        }
        if let Some(open) = trimmed.strip_suffix(escape) {
            joined = format!("{joined}{open} ");
            continue;
        }
        let instruction = std::mem::take(&mut joined) + trimmed;
        for heredoc in heredocs(&instruction) {
            let Some(length) = heredoc.length(&lines[number..]) else { break };
            masked.push_str(&"#\n".repeat(length));
            number += length;
        }
    }
    masked
}

/// Whether an instruction has a here-document.
pub(super) fn has_heredoc(instruction: &str) -> bool {
    !heredocs(instruction).is_empty()
}

struct Heredoc<'a> {
    delimiter: &'a str,
    /// `<<-`: tabs before the delimiter do not count.
    is_indented: bool,
}

impl Heredoc<'_> {
    /// How many lines it has, with the last; `None` when it has no end.
    fn length(&self, lines: &[&str]) -> Option<usize> {
        let is_end = |line: &&str| {
            let line = line.trim_end_matches(['\n', '\r']);
            let line = if self.is_indented { line.trim_start_matches('\t') } else { line };
            line == self.delimiter
        };
        lines.iter().position(is_end).map(|position| position + 1)
    }
}

fn heredocs(instruction: &str) -> Vec<Heredoc<'_>> {
    let mut parts = instruction.split_whitespace();
    let mut keyword = parts.next().unwrap_or_default();
    if keyword.eq_ignore_ascii_case("ONBUILD") {
        keyword = parts.next().unwrap_or_default();
    }
    let takes = ["RUN", "COPY", "ADD"].iter().any(|name| keyword.eq_ignore_ascii_case(name));
    if takes { parts.filter_map(heredoc).collect() } else { Vec::new() }
}

/// As BuildKit recognises one (`frontend/dockerfile/parser`, `reHeredoc`): digits, `<<`, an
/// optional `-`, and no further `<`.
fn heredoc(part: &str) -> Option<Heredoc<'_>> {
    let rest = part.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, is_indented) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    let delimiter = rest.trim_matches(['"', '\'']);
    let is_plain = !delimiter.is_empty() && !delimiter.contains(['<', '(', ')', '$']);
    is_plain.then_some(Heredoc { delimiter, is_indented })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_here_documents_become_comments() {
        let text = "FROM a\nRUN <<EOF\nENV X=1\nEOF\nCOPY <<-\"END\" <<F /x/\n\tRUN y\n\tEND\nb\nF\nRUN z\n";
        let expected = "FROM a\nRUN <<EOF\n#\n#\nCOPY <<-\"END\" <<F /x/\n#\n#\n#\n#\nRUN z\n";
        assert_eq!(without_heredocs(text), expected);
    }

    #[test]
    fn similar_text_is_not_a_here_document() {
        for text in [
            "RUN echo $((1<<2))\nRUN b\n",
            "RUN cat <<< word\nRUN b\n",
            "# RUN <<EOF\nRUN b\n",
            "RUN <<EOF\nwithout an end\n",
            "ENV A=<<EOF\nRUN b\nEOF\n",
        ] {
            assert_eq!(without_heredocs(text), text);
        }
        assert!(has_heredoc("RUN python3 <<EOF") && has_heredoc("onbuild COPY <<A <<B /"));
        assert!(!has_heredoc("RUN cat <<< word"));
    }
}
