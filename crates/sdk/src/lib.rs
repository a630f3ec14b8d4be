//! CreateSession for programs: a certificate's identity and the three ARNs enter, temporary credentials leave.
//! Blocking, one call: [`CreateSessionClient::create_session`]. An [`IdentitySource`] says who asks, a [`Keeper`] keeps
//! credentials fresh. The helper's commands are built on it. It compiles nothing of the server. Clock, randomness and
//! sleep come from the caller as [`Surroundings`].

mod answer;
mod arn;
mod client;
mod credentials;
mod endpoint;
mod error;
mod identity;
mod keeper;
mod request;
mod retry;
pub mod schedule;
mod service_clock;
mod surroundings;

pub use arn::{Arn, ArnError};
pub use client::{ClientSettings, CreateSessionClient, TlsRoots};
pub use credentials::Credentials;
pub use endpoint::{Endpoint, EndpointError, Region};
pub use error::{ClientError, CreateSessionError, Refusal};
pub use identity::{
    FileSource, Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem,
    IdentitySource, Origin, open_key_file, read_certificate_file,
};
pub use keeper::{Counts, CredentialSource, Keeper, Kept};
pub use request::SessionRequest;
pub use service_clock::{OnServiceClock, ServiceClock};
pub use surroundings::{Surroundings, WireEvent};
