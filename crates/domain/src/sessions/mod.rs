//! From a certificate to a session: what is asked (`create_session`), in which steps it is judged (`judge`), what is
//! granted (`grant`), what was verified before (`verified_chains`), why somebody was refused
//! (`explain`), and whom trust policies would let in at all (`reach`).

mod create_session;
mod cure;
mod cure_texts;
mod explain;
mod facts;
mod grant;
mod inline_policy;
mod judge;
mod match_profile;
mod reach;
mod recent;
mod recorded;
mod replays;
mod steps;
mod trust;
mod trust_gaps;
mod trust_keys;
mod user_session;
mod verified_chains;

pub use self::create_session::{
    CreatedSession, PresentedSignature, UnverifiedCreateSession, create_session, record_undecodable,
};
pub use self::explain::{
    CertificateQuestion, Question, SessionExplanation, StepOutcome, StepTaken, explain,
};
pub use self::grant::{Assumed, Credentials, OpenedSession, Session, SessionGrant, WebIdentity};
pub use self::inline_policy::InlinePolicy;
pub(crate) use self::judge::PACKED_LIMIT;
pub use self::reach::{Reach, RoleReach, reach};
pub use self::recent::RecentRefusals;
pub(crate) use self::replays::Replays;
pub use self::steps::{Fact, Facts, Step};
pub use self::trust_gaps::{TrustGap, trust_gaps};
pub use self::user_session::{FederatedUser, UserSession, UserSessionGrant};
pub use self::verified_chains::{KnownChain, VerifiedChains};
