//! The binary by the names of other programs.

mod links;
