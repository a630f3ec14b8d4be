//! How commands answer: `--format`'s values enter. Commands that print for people and for scripts have the flag.

/// Values of `--format`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people
    Text,
    /// For scripts
    Json,
}
