use tokio::signal::unix::{SignalKind, signal};

/// Resolves at Ctrl-C or at a polite kill. When signals cannot be watched it
/// never does: then the system's default ends the process.
pub async fn interrupt() {
    let watched = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut control_c), Ok(mut terminate)) = watched else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = control_c.recv() => {}
        _ = terminate.recv() => {}
    }
}
