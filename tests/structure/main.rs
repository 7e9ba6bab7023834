//! The structure of the code.

mod architecture;
