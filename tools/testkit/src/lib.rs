//! What the tests stand on: the real clients (AWS CLI, boto3, the JavaScript SDK, the official
//! helper, openssl, cfssl, zlint, a browser), certificates of every kind made by
//! them, and the built server started on a folder of its own. Called by integration tests and by `cargo xtask`;
//! never part of the product.

mod aws_cli;
mod browser;
mod cache;
pub mod certificates;
mod dns_server;
mod go;
mod go_program;
mod javascript;
pub mod jws;
mod official_helper;
mod postgres;
pub mod private_ca;
mod programs;
mod python;
mod raw_http;
mod root_key;
mod rust_clients;
mod scripted_service;
mod server;
mod skip;
mod soft_hsm;
mod software_tpm;
mod zlint;

pub use aws_cli::{AwsCli, AwsOutput, SessionCredentials};
pub use browser::Browser;
pub use cache::{cache_folder, lock_cache};
pub use dns_server::start_dns_server;
pub use go_program::GoProgram;
pub use javascript::JavaScriptTools;
pub use official_helper::OfficialHelper;
pub use postgres::Postgres;
pub use programs::{Program, find_on_path, missing_packages};
pub use python::PythonTools;
pub use raw_http::{RawResponse, exchange, get};
pub use root_key::RootKey;
pub use rust_clients::RustClients;
pub use scripted_service::{Behaviour, FAULTS, ScriptedService};
pub use server::{ServerBuilder, TestServer};
pub use skip::say_skipped;
pub use soft_hsm::{PIN, SoftHsm};
pub use software_tpm::SoftwareTpm;
pub use zlint::Zlint;
