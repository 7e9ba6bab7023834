use std::io::Write;

use anstream::AutoStream;
use anstyle::AnsiColor;
use operation::Failure;
use serde_json::json;

use crate::{CommonArgs, Format, exit};

/// Prints an error: as lines on standard error, or as one more JSON object on
/// standard output.
pub(crate) fn print(error: &impl Failure, common: &CommonArgs) {
    // There is no reader left when the streams are closed.
    let _ = match common.format {
        Format::Json => writeln!(std::io::stdout(), "{}", as_json(error)),
        Format::Markdown | Format::Human => {
            write!(AutoStream::new(std::io::stderr(), common.color.into()), "{}", as_lines(error))
        }
    };
}

fn as_lines(error: &impl Failure) -> String {
    let (red, cyan) = (AnsiColor::Red.on_default(), AnsiColor::Cyan.on_default());
    let mut text = format!("{red}[ERROR]{red:#} {error}\n");
    for cause in causes(error) {
        text += &format!("        {}\n", cause.replace('\n', "\n        "));
    }
    for item in error.items() {
        text += &format!("        - {red}{item}{red:#}\n");
    }
    if let Some(advice) = error.advice() {
        text += &format!("{cyan}[INFO]{cyan:#} {advice}\n");
    }
    text
}

fn as_json(error: &impl Failure) -> serde_json::Value {
    json!({
        "v": 1,
        "event": "error",
        "kind": exit::word(error.kind()),
        "exit": exit::code(error.kind()),
        "message": error.to_string(),
        "causes": causes(error),
        "details": error.items(),
        "advice": error.advice(),
    })
}

/// The causes, without those whose text an earlier one contains.
fn causes(error: &impl Failure) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(next) = cause {
        let text = next.to_string();
        if !texts.iter().any(|shown| shown.contains(&text)) {
            texts.push(text);
        }
        cause = next.source();
    }
    texts.split_off(1)
}
