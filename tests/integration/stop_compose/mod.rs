//! `stop-compose` beside the real `docker-compose down`, on the machine's engine.

mod bad_input;
mod cases;
mod differential;
mod interrupt;
mod methods;
mod program;
mod second_engine;
mod stack;
