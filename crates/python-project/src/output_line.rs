use process::Line;

/// Receives the lines of child programs as they are printed.
pub(crate) type OnLine<'a> = &'a (dyn Fn(Line<'_>) + Send + Sync);
