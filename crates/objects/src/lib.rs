//! Where S3's bytes live: implementations of the domain's `ObjectStore` port.
//! The app's wiring opens one; the S3 front end calls it through the port alone.

#[cfg(test)]
mod conformance;
mod folder;

pub use folder::{FolderStore, OpenError};
