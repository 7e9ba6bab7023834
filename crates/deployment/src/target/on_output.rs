use report::OutputStream;

/// Takes the lines that a command prints.
pub type OnOutput<'a> = dyn Fn(OutputStream, &str) + 'a;
