//! The project's behaviour, tested from outside. The tests are in `tests/`.
