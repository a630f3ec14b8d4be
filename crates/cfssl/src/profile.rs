//! A signing profile: the object of a configuration file enters, what it allows and sets leaves.

use anyrole_ca::{CustomExtension, Oid};
use jiff::{SignedDuration, Timestamp};
use regex_lite::Regex;

use crate::error::Fault;
use crate::json::Fields;
use crate::usages::Usages;
use crate::{CfsslError, duration, policies};

/// One profile.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) usages: Usages,
    pub(crate) lifetime: SignedDuration,
    pub(crate) backdate: SignedDuration,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) not_after: Option<Timestamp>,
    /// For authorities, their path length.
    pub(crate) authority: Option<Option<u8>>,
    pub(crate) issuer_urls: Option<Vec<String>>,
    pub(crate) ocsp_url: String,
    pub(crate) crl_url: String,
    pub(crate) extensions: Vec<CustomExtension>,
    pub(crate) copies_extensions: bool,
    pub(crate) name_whitelist: Option<Regex>,
    taken_from_request: Option<Taken>,
    /// What it asks for that nothing here does: the field, and who does it.
    impossible: Vec<(&'static str, &'static str)>,
    provides_serials: bool,
}

/// What is taken over from a signing request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) subject: bool,
    pub(crate) dns: bool,
    pub(crate) addresses: bool,
    pub(crate) mailboxes: bool,
    pub(crate) uris: bool,
    pub(crate) public_key: bool,
}

impl Taken {
    const ALL: Self = Self {
        subject: true,
        dns: true,
        addresses: true,
        mailboxes: true,
        uris: true,
        public_key: true,
    };
}

/// How long certificates start before now where nothing is said.
const BACKDATE: SignedDuration = SignedDuration::from_mins(5);
const YEAR: SignedDuration = SignedDuration::from_hours(8760);
/// `ocsp-nocheck` (RFC 6960 section 4.2.2.2.1), whose value is NULL.
const OCSP_NO_CHECK: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.5");
const CLOUDFLARE: &str = "`cfssl` of Cloudflare";

impl Profile {
    fn of(words: &[&str], lifetime: SignedDuration) -> Self {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            // Words of our own, which all have a meaning.
            usages: Usages::parse(&words).unwrap_or_default(),
            lifetime,
            backdate: BACKDATE,
            not_before: None,
            not_after: None,
            authority: None,
            issuer_urls: None,
            ocsp_url: String::new(),
            crl_url: String::new(),
            extensions: Vec::new(),
            copies_extensions: false,
            name_whitelist: None,
            taken_from_request: None,
            impossible: Vec::new(),
            provides_serials: false,
        }
    }

    /// The default where there is no file: clients and servers, one year.
    pub fn client_and_server() -> Self {
        let words = ["signing", "key encipherment", "server auth", "client auth"];
        Self::of(&words, YEAR)
    }

    /// As [`Profile::client_and_server`], for `selfsign`: three months.
    pub fn self_signed() -> Self {
        Self {
            lifetime: SignedDuration::from_hours(2190),
            ..Self::client_and_server()
        }
    }

    /// A new root: five years.
    pub(crate) fn root() -> Self {
        Self {
            authority: Some(None),
            ..Self::of(
                &["cert sign", "crl sign"],
                SignedDuration::from_hours(43_800),
            )
        }
    }

    /// The URL of the revocation list, of the flag `-crl`.
    pub fn set_crl_url(&mut self, url: &str) {
        url.clone_into(&mut self.crl_url);
    }

    pub(crate) fn read(place: &str, fields: Fields<'_>) -> Result<Self, CfsslError> {
        let mut profile = Self::of(&[], YEAR);
        profile.note_impossible(&fields)?;
        let words = fields.texts("usages")?.unwrap_or_default();
        profile.usages = Usages::parse(&words).map_err(|word| {
            CfsslError::text(format!("`{place}.usages` has `{word}`, which is no usage"))
        })?;
        let is_remote = profile
            .impossible
            .iter()
            .any(|(field, _)| field.ends_with("remote"));
        profile.times(place, &fields, is_remote)?;
        if let Some(authority) = fields.object("ca_constraint", "ca_constraint")? {
            let length = authority.number("max_path_len")?.unwrap_or_default();
            let zero = authority.flag("max_path_len_zero")?;
            let length = path_length(length, zero)?;
            profile.authority = authority.flag("is_ca")?.then_some(length);
        }
        profile.issuer_urls = fields.texts("issuer_urls")?;
        profile.ocsp_url = fields.text("ocsp_url")?;
        profile.crl_url = fields.text("crl_url")?;
        profile.copies_extensions = fields.flag("copy_extensions")?;
        profile.extensions.extend(policies::read(&fields)?);
        if fields.flag("ocsp_no_check")? {
            profile.extensions.push(CustomExtension {
                oid: OCSP_NO_CHECK,
                critical: false,
                value_der: vec![0x05, 0x00],
            });
        }
        let whitelist = fields.text("name_whitelist")?;
        if !whitelist.is_empty() {
            let whitelist = Regex::new(&whitelist).map_err(|error| {
                CfsslError::text(format!("failed to compile name whitelist section: {error}"))
            })?;
            profile.name_whitelist = Some(whitelist);
        }
        if let Some(taken) = fields.object("CSRWhitelist", "CSRWhitelist")? {
            profile.taken_from_request = Some(Taken {
                subject: taken.flag("Subject")?,
                dns: taken.flag("DNSNames")?,
                addresses: taken.flag("IPAddresses")?,
                mailboxes: taken.flag("EmailAddresses")?,
                uris: taken.flag("URIs")?,
                public_key: taken.flag("PublicKey")?,
            });
        }
        Ok(profile)
    }

    fn times(
        &mut self,
        place: &str,
        fields: &Fields<'_>,
        is_remote: bool,
    ) -> Result<(), CfsslError> {
        let expiry = fields.text("expiry")?;
        if !is_remote {
            if expiry.is_empty() {
                return Err(CfsslError::text(format!("`{place}`: empty expiry string")));
            }
            self.lifetime = duration::parse(&expiry)?;
        }
        let backdate = fields.text("backdate")?;
        if !backdate.is_empty() {
            let backdate = duration::parse(&backdate)?;
            // Zero is as good as nothing said.
            self.backdate = if backdate.is_zero() {
                BACKDATE
            } else {
                backdate
            };
        }
        let time = |name| -> Result<Option<Timestamp>, CfsslError> {
            let text = fields.text(name)?;
            // Go writes a time that isn't set so.
            if text.is_empty() || text == "0001-01-01T00:00:00Z" {
                return Ok(None);
            }
            let time = text.parse().map_err(|_| {
                CfsslError::text(format!(
                    "`{place}.{name}` is `{text}`; write it as `2030-01-31T00:00:00Z`"
                ))
            })?;
            Ok(Some(time))
        };
        self.not_before = time("not_before")?;
        self.not_after = time("not_after")?;
        match (self.not_before, self.not_after) {
            (Some(start), Some(end)) if end < start => Err(CfsslError::text(format!(
                "`{place}` ends before it starts: `not_after` is {end}, `not_before` {start}"
            ))),
            _ => Ok(()),
        }
    }

    fn note_impossible(&mut self, fields: &Fields<'_>) -> Result<(), CfsslError> {
        for name in ["remote", "auth_key", "prev_auth_key"] {
            if !fields.text(name)?.is_empty() {
                self.impossible.push((name, CLOUDFLARE));
            }
        }
        if let Some(remote) = fields.object("auth_remote", "auth_remote")?
            && !(remote.text("remote")?.is_empty() && remote.text("auth_key")?.is_empty())
        {
            self.impossible.push(("auth_remote", CLOUDFLARE));
        }
        if fields
            .list("ct_log_servers")?
            .is_some_and(|servers| !servers.is_empty())
        {
            self.impossible.push(("ct_log_servers", CLOUDFLARE));
        }
        match fields.number("lint_error_level")?.unwrap_or_default() {
            // Without zlint, or with nothing that it says counting.
            0 | 7 => {}
            1..=6 => self.impossible.push(("lint_error_level", "`zlint`")),
            _ => {
                return Err(CfsslError::text(
                    "`lint_error_level` is a number from 0 to 7",
                ));
            }
        }
        self.provides_serials = fields.flag("ClientProvidesSerialNumbers")?;
        Ok(())
    }

    /// Named profiles say what their certificates are for.
    pub(crate) fn check_usages(&self, place: &str) -> Result<(), CfsslError> {
        match self.usages == Usages::default() && self.impossible.is_empty() {
            true => Err(CfsslError::text(format!("`{place}` has no usages"))),
            false => Ok(()),
        }
    }

    /// What may be taken over from a request.
    pub(crate) fn taken(&self) -> Taken {
        self.taken_from_request.unwrap_or(Taken::ALL)
    }

    /// Whether nothing is said of what may be taken over.
    pub(crate) const fn takes_all(&self) -> bool {
        self.taken_from_request.is_none()
    }

    pub(crate) fn check_possible(&self, name: &str) -> Result<(), CfsslError> {
        if self.provides_serials {
            return Err(Fault::MissingSerial.plain());
        }
        let Some((field, who)) = self.impossible.first() else {
            return Ok(());
        };
        let name = if name.is_empty() { "default" } else { name };
        Err(Fault::Policy.because(format!(
            "profile `{name}` has `{field}`, which this program can't do; {who} can"
        )))
    }

    /// What is left out is taken from the default profile: URLs.
    pub(crate) fn or(mut self, default: &Self) -> Self {
        if self.issuer_urls.is_none() {
            self.issuer_urls.clone_from(&default.issuer_urls);
        }
        if self.ocsp_url.is_empty() {
            self.ocsp_url.clone_from(&default.ocsp_url);
        }
        if self.crl_url.is_empty() {
            self.crl_url.clone_from(&default.crl_url);
        }
        if self.lifetime.is_zero() {
            self.lifetime = default.lifetime;
        }
        self
    }
}

/// A path length as cfssl's files have it: 0 sets none, unless it is said to be meant.
///
/// # Errors
/// More than 255, or negative.
pub(crate) fn path_length(length: i64, zero: bool) -> Result<Option<u8>, CfsslError> {
    match u8::try_from(length) {
        Ok(0) if !zero => Ok(None),
        Ok(length) => Ok(Some(length)),
        Err(_) if length == -1 => Ok(None),
        Err(_) => Err(CfsslError::text(format!(
            "a path length of {length} is not possible; use 0 to 255"
        ))),
    }
}
