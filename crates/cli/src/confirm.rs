use std::{
    io::{IsTerminal as _, Write as _, stderr, stdin},
    sync::{Arc, mpsc},
    thread,
};

use operation::{Confirm, Confirmation};
use tokio::runtime::Builder;

use crate::{ChangeArgs, interrupt};

impl ChangeArgs {
    /// Asks on the terminal; `None` without a terminal, or with `--yes`.
    #[must_use]
    pub fn confirm(&self) -> Option<Confirm> {
        let interactive = stdin().is_terminal() && stderr().is_terminal();
        (interactive && !self.yes).then(|| Arc::new(ask) as Confirm)
    }
}

/// Ctrl-C ends the question: what is typed after it is not an answer.
fn ask(question: &str) -> Confirmation {
    // A terminal that went away did not confirm.
    if write!(stderr(), "{question} [y/N] ").is_err() {
        return Confirmation::No;
    }
    let (sender, answers) = mpsc::channel();
    let typed = sender.clone();
    thread::spawn(move || typed.send(read()));
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.map(|runtime| {
            runtime.block_on(interrupt());
            let _ = writeln!(stderr());
            sender.send(Confirmation::Interrupted)
        })
    });
    answers.recv().unwrap_or(Confirmation::No)
}

fn read() -> Confirmation {
    let mut answer = String::new();
    match stdin().read_line(&mut answer) {
        Ok(_) if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") => {
            Confirmation::Yes
        }
        _ => Confirmation::No,
    }
}
