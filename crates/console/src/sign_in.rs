//! The page that one signs in on. The door has the rest: what is typed here never reaches the other pages.

use askama::Template;

use crate::assets;

/// The form, with what was wrong before.
#[derive(Debug)]
pub struct SignInPage<'a> {
    /// What the form must send back.
    pub form_token: &'a str,
    /// Where to go afterwards: a path of the console.
    pub next: &'a str,
    /// What was typed before, unless it was no id.
    pub access_key_id: &'a str,
    /// What has led here.
    pub notice: Option<&'a str>,
    /// Why the last try was refused.
    pub problem: Option<&'a str>,
    /// Whether a link of another site has led here, with which browsers send no cookies.
    pub is_from_elsewhere: bool,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    given: &'a SignInPage<'a>,
    stylesheet: String,
    icon: String,
}

impl SignInPage<'_> {
    /// The page.
    ///
    /// # Errors
    /// The template can't be rendered.
    pub fn html(&self) -> Result<String, askama::Error> {
        Page {
            given: self,
            stylesheet: assets::STYLESHEET.url(),
            icon: assets::ICON.url(),
        }
        .render()
    }
}
