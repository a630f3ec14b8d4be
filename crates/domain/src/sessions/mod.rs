//! From a certificate to a session: what is asked (`create_session`), what is granted (`grant`),
//! and what was verified before (`verified_chains`).

mod create_session;
mod facts;
mod grant;
mod judge;
mod match_profile;
mod steps;
mod trust;
mod verified_chains;

pub use self::create_session::{
    CreatedSession, PresentedSignature, UnverifiedCreateSession, create_session, record_undecodable,
};
pub use self::grant::{Credentials, Session, SessionGrant};
pub use self::steps::{Fact, Facts, Step};
pub use self::verified_chains::{KnownChain, VerifiedChains};
