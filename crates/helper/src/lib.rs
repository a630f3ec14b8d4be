//! What the helper's commands mean: files and ARNs enter, what the command prints leaves. The app parses the command
//! line, and the SDK talks to the service; what can be known to be wrong without asking the service is said here, with
//! the flag, the file and the cure.
//!
//! One file per command: `credential_process.rs`, `update.rs`, `serve/`, `renewal/`, `environment.rs`, `configure.rs`, `sign_string.rs`,
//! `read_certificate_data.rs`.
//! `doctor/` looks for what is wrong beforehand; `advice.rs` and `cures.rs` have what helps.

mod advice;
mod configure;
mod credential_process;
mod cures;
mod debug_log;
mod doctor;
mod environment;
mod error;
mod identity_settings;
mod read_certificate_data;
mod renewal;
mod serve;
mod session_cache;
mod session_checks;
mod session_settings;
mod shared_files;
mod shell_words;
mod sign_string;
mod span;
mod update;

pub use configure::{
    CommandLineError, EndpointKind, command_line, endpoint_profile, process_profile,
};
pub use credential_process::{cached_credential_process, credential_process, render_credentials};
pub use doctor::{Doctor, Finding, Group, Status};
pub use environment::{EnvironmentFormat, render_environment};
pub use error::HelperError;
pub use identity_settings::{DeviceSettings, IdentitySettings, StoreSettings};
pub use read_certificate_data::{StoredCertificate, list_certificates, read_certificate_data};
pub use renewal::{NewKey, Renewal, RenewalError, RenewalEvent, renewal_due};
pub use serve::{
    Answer, ContainerToken, ContainerTokenError, Metadata, MetadataParts, Reach, ServedRole, Step,
    View, Wanted,
};
pub use session_cache::{FolderError, SessionCache, SessionKey, cache_folders};
pub use session_settings::{Route, SessionSettings};
pub use shared_files::{
    ConfigSettings, CredentialsFileError, EditError, Profile, ProfileError, ReplaceError,
    has_static_keys, profile_sources, write_credentials, write_profile,
};
pub use shell_words::quote;
pub use sign_string::{Digest, SignatureFormat, sign_string};
pub use update::{Go, Update, UpdateEvent};

/// Keeps the credentials that a command is about.
pub type Keeper = anyrole_sdk::Keeper<HelperError>;
