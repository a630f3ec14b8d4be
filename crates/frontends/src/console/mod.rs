//! The console's door: a request below `/-/console/` comes in; cookies, form tokens, where a request comes from and how often someone
//! tries to sign in are looked at here. What leaves is a `Visit` for `anyrole_console`, which has the pages, or an answer of the
//! door's own. Called by `door/console/`.

mod answers;
mod attempts;
mod cookies;
mod credentials;
mod cross_site;
mod form_tokens;
mod place;
mod session;

pub use self::answers::{asset, guard, only_read_and_post, redirect, refused, reply, sign_in_page};
pub use self::attempts::Attempts;
pub use self::cookies::Cookies;
pub use self::credentials::Presented;
pub use self::cross_site::{check as check_origin, is_from_elsewhere, is_navigation};
pub use self::form_tokens::{FIELD, FormToken, new_form_token};
pub use self::place::{Place, SIGN_IN, endpoint, is_secure, place, return_path};
pub use self::session::{Opened, SignedIn, ended_event, new_id};
