use std::error::Error;

/// The innermost cause of an error: what those around it say is that there is one.
pub(crate) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("error sending request")]
    struct Outer(#[source] io::Error);

    #[test]
    fn the_innermost_cause_is_what_counts() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
        assert_eq!(root_cause(&refused), "connection refused");
        assert_eq!(root_cause(&Outer(refused)), "connection refused");
    }
}
