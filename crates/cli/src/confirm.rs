use std::{
    io::{IsTerminal as _, Write as _, stderr, stdin},
    sync::Arc,
};

use operations::Confirm;

use crate::ChangeArgs;

impl ChangeArgs {
    /// Asks on the terminal; `None` when there is none or nobody shall be asked.
    #[must_use]
    pub fn confirm(&self) -> Option<Confirm> {
        let somebody_is_there = stdin().is_terminal() && stderr().is_terminal();
        (somebody_is_there && !self.yes).then(|| Arc::new(ask) as Confirm)
    }
}

fn ask(question: &str) -> bool {
    let mut answer = String::new();
    // A terminal that went away did not say yes.
    let asked = write!(stderr(), "{question} [y/N] ").and_then(|()| stdin().read_line(&mut answer));
    asked.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
