use std::{
    io::{IsTerminal as _, Write as _, stderr, stdin},
    sync::{Arc, mpsc},
    thread,
};

use operation::{Confirm, Confirmation};
use tokio::runtime::Builder;

use crate::{ChangeArgs, interrupt};

impl ChangeArgs {
    /// Asks on the terminal; `None` when there is none or nobody shall be asked.
    #[must_use]
    pub fn confirm(&self) -> Option<Confirm> {
        let somebody_is_there = stdin().is_terminal() && stderr().is_terminal();
        (somebody_is_there && !self.yes).then(|| Arc::new(ask) as Confirm)
    }
}

/// Ctrl-C is an answer too: what is typed after it is not.
fn ask(question: &str) -> Confirmation {
    // A terminal that went away did not say yes.
    if write!(stderr(), "{question} [y/N] ").is_err() {
        return Confirmation::No;
    }
    let (tell, told) = mpsc::channel();
    let typed = tell.clone();
    thread::spawn(move || typed.send(read()));
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.map(|runtime| {
            runtime.block_on(interrupt());
            let _ = writeln!(stderr());
            tell.send(Confirmation::Interrupted)
        })
    });
    told.recv().unwrap_or(Confirmation::No)
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
