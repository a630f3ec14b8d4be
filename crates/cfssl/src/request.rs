//! What `cfssl gencert`, `genkey` and `selfsign` are asked for: a JSON text enters, names, hosts and the kind of key leave.

use anyrole_ca::{CaError, CustomExtension, Oid, RequestOrder, Subject};
use anyrole_keys::KeyAlgorithm;
use der::Encode;
use der::oid::AssociatedOid;
use jiff::SignedDuration;
use serde_json::Value;
use x509_cert::ext::pkix::BasicConstraints;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::Fault;
use crate::json::{self, Fields};
use crate::key_request::KeyRequest;
use crate::name::Name;
use crate::profile::{Profile, path_length};
use crate::signing::scheme;
use crate::{CfsslError, duration, host};

/// DelegationUsage: its holder may sign delegated credentials for TLS (RFC 9345 section 4.2). Its value is NULL.
pub(crate) const DELEGATION_USAGE: Oid = Oid::new_unwrap("1.3.6.1.4.1.44363.44");

/// A request, as its file has it.
#[derive(Clone, Debug)]
pub struct CertificateRequest {
    pub(crate) subject: Name,
    pub(crate) hosts: Option<Vec<String>>,
    pub(crate) authority: Option<AuthorityRequest>,
    pub(crate) extensions: Vec<CustomExtension>,
    pub(crate) crl_url: String,
    key: KeyRequest,
}

/// The section `ca`, of requests for a new authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AuthorityRequest {
    pub(crate) path_length: i64,
    pub(crate) path_length_zero: bool,
    pub(crate) lifetime: Option<SignedDuration>,
    pub(crate) backdate: Option<SignedDuration>,
}

impl CertificateRequest {
    /// Reads a request's JSON.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &[u8]) -> Result<Self, CfsslError> {
        let value = json::parse(text)?;
        let fields = Fields::of("request", &value)?;
        let mut subject = Name {
            common_name: fields.text("CN")?,
            serial_number: fields.text("serialnumber")?,
            ..Name::default()
        };
        read_names(&mut subject, &fields)?;
        let mut extensions = Vec::new();
        if fields.flag("delegation_enabled")? {
            extensions.push(CustomExtension {
                oid: DELEGATION_USAGE,
                critical: false,
                value_der: vec![0x05, 0x00],
            });
        }
        for extension in fields.list("extensions")?.unwrap_or_default() {
            extensions.push(read_extension(Fields::of("extensions", extension)?)?);
        }
        let key = fields.object("key", "key")?;
        let authority = fields.object("ca", "ca")?;
        Ok(Self {
            subject,
            hosts: fields.texts("hosts")?,
            authority: authority.map(AuthorityRequest::read).transpose()?,
            extensions,
            crl_url: fields.text("crl_url")?,
            key: key.map_or_else(|| Ok(KeyRequest::default()), KeyRequest::read)?,
        })
    }

    /// Which key to make.
    pub fn key(&self) -> &KeyRequest {
        &self.key
    }

    /// The common name, of the flag `-cn`.
    pub fn set_common_name(&mut self, name: &str) {
        name.clone_into(&mut self.subject.common_name);
    }

    /// The hosts, of the flag `-hostname`.
    pub fn set_hosts(&mut self, hosts: Vec<String>) {
        self.hosts = Some(hosts);
    }

    /// Whether it names any host, well or badly.
    pub fn has_hosts(&self) -> bool {
        self.hosts.as_ref().is_some_and(|hosts| !hosts.is_empty())
    }

    /// Requests for anything but an authority have no section `ca`.
    ///
    /// # Errors
    /// It has one.
    pub fn check_end_entity(&self) -> Result<(), CfsslError> {
        match self.authority {
            None => Ok(()),
            Some(_) => Err(CfsslError::text("ca section only permitted in initca")),
        }
    }

    /// What the signing request for it says.
    ///
    /// # Errors
    /// A name that can't be encoded.
    pub fn signing_request(&self, key: KeyAlgorithm) -> Result<RequestOrder, CfsslError> {
        let subject = self.subject.to_der()?;
        let refuse = |error: CaError| Fault::CsrBad.because(error);
        let mut extensions = self.extensions.clone();
        if let Some(authority) = &self.authority {
            extensions.insert(0, authority.basic_constraints()?);
        }
        let hosts = self.hosts.as_deref().unwrap_or_default();
        Ok(RequestOrder {
            subject: Subject::from_der(&subject).map_err(refuse)?,
            alternative_names: host::alternative_names(hosts)?,
            extensions,
            signature: Some(scheme(key)),
        })
    }

    /// How a root of this request is signed. `is_renewed`: whether its key was there before, for which cfssl looks at fewer fields.
    ///
    /// # Errors
    /// A path length that can't be.
    pub fn root_profile(&self, is_renewed: bool) -> Result<Profile, CfsslError> {
        let mut profile = Profile::root();
        if let Some(authority) = &self.authority {
            profile.lifetime = authority.lifetime.unwrap_or(profile.lifetime);
            profile.authority = Some(authority.path_length()?);
            let backdate = authority
                .backdate
                .filter(|span| !is_renewed && !span.is_zero());
            profile.backdate = backdate.unwrap_or(profile.backdate);
        }
        if !is_renewed {
            profile.crl_url.clone_from(&self.crl_url);
        }
        Ok(profile)
    }

    /// The hosts, as they override a signing request's.
    pub fn hosts(&self) -> Option<Vec<String>> {
        self.hosts.clone()
    }

    /// A request for the same root again: its names and path length, and as long a life.
    ///
    /// # Errors
    /// The certificate can't be read, or is no authority's.
    pub fn of_root(certificate_der: &[u8]) -> Result<Self, CfsslError> {
        let broken = |error: &dyn ToString| Fault::CertificateUnparsed.because(error.to_string());
        let (_, certificate) =
            X509Certificate::from_der(certificate_der).map_err(|error| broken(&error))?;
        let constraints = certificate
            .basic_constraints()
            .map_err(|error| broken(&error))?;
        let Some(constraints) = constraints.filter(|constraints| constraints.value.ca) else {
            return Err(CfsslError::text("input certificate is not a CA cert"));
        };
        let mut subject = Name::from_der(certificate.subject().as_raw())?;
        subject.street.clear();
        subject.postal_code.clear();
        subject.others.clear();
        let validity = certificate.validity();
        let seconds = validity.not_after.timestamp() - validity.not_before.timestamp();
        let length = constraints.value.path_len_constraint;
        Ok(Self {
            subject,
            hosts: None,
            authority: Some(AuthorityRequest {
                path_length: length.map_or(-1, i64::from),
                path_length_zero: length == Some(0),
                lifetime: Some(SignedDuration::from_secs(seconds)),
                backdate: None,
            }),
            extensions: Vec::new(),
            crl_url: String::new(),
            key: KeyRequest::default(),
        })
    }

    /// An authority has a name.
    ///
    /// # Errors
    /// It has none.
    pub fn check_authority(&self) -> Result<(), CfsslError> {
        match self.subject.is_empty() {
            true => Err(Fault::Request.because("missing subject information")),
            false => Ok(()),
        }
    }
}

/// The list `names`.
pub(crate) fn read_names(subject: &mut Name, fields: &Fields<'_>) -> Result<(), CfsslError> {
    for part in fields.list("names")?.unwrap_or_default() {
        add_names(subject, Fields::of("names", part)?)?;
    }
    Ok(())
}

fn add_names(subject: &mut Name, fields: Fields<'_>) -> Result<(), CfsslError> {
    let lists = [
        ("C", &mut subject.country),
        ("ST", &mut subject.province),
        ("L", &mut subject.locality),
        ("O", &mut subject.organization),
        ("OU", &mut subject.organizational_unit),
    ];
    for (name, list) in lists {
        let value = fields.text(name)?;
        if !value.is_empty() {
            list.push(value);
        }
    }
    if let Some(others) = fields.object("OID", "names.OID")? {
        for (oid, value) in others.members() {
            let Value::String(value) = value else {
                return Err(CfsslError::text(format!("`names.OID.{oid}` is no text")));
            };
            subject.add_other(oid, value)?;
        }
    }
    let mailbox = fields.text("E")?;
    if !mailbox.is_empty() {
        subject.add_other(Name::MAILBOX, &mailbox)?;
    }
    Ok(())
}

/// `{"Id": [1, 2, 3], "Critical": false, "Value": "base64"}`, as Go writes an extension.
fn read_extension(fields: Fields<'_>) -> Result<CustomExtension, CfsslError> {
    let arcs = fields.list("Id")?.unwrap_or_default();
    let arcs: Vec<String> = arcs.iter().map(ToString::to_string).collect();
    let arcs = arcs.join(".");
    let oid = Oid::new(&arcs).map_err(|_| {
        CfsslError::text(format!(
            "`extensions.Id` is `[{}]`, which is no object identifier",
            arcs.replace('.', ", ")
        ))
    })?;
    let value = fields.text("Value")?;
    let value_der = base64_simd::STANDARD
        .decode_to_vec(value.as_bytes())
        .map_err(|_| CfsslError::text(format!("`extensions.Value` of {oid} is no base64")))?;
    Ok(CustomExtension {
        oid,
        critical: fields.flag("Critical")?,
        value_der,
    })
}

impl AuthorityRequest {
    fn path_length(&self) -> Result<Option<u8>, CfsslError> {
        path_length(self.path_length, self.path_length_zero)
    }

    /// The extension by which a request asks to be an authority.
    fn basic_constraints(&self) -> Result<CustomExtension, CfsslError> {
        let constraints = BasicConstraints {
            ca: true,
            path_len_constraint: self.path_length()?,
        };
        let value_der = constraints
            .to_der()
            .map_err(|error| Fault::CsrMade.because(error))?;
        Ok(CustomExtension {
            oid: BasicConstraints::OID,
            critical: true,
            value_der,
        })
    }

    fn read(fields: Fields<'_>) -> Result<Self, CfsslError> {
        let span = |name| {
            let text = fields.text(name)?;
            (!text.is_empty())
                .then(|| duration::parse(&text))
                .transpose()
        };
        Ok(Self {
            path_length: fields.number("pathlen")?.unwrap_or_default(),
            path_length_zero: fields.flag("pathlenzero")?,
            lifetime: span("expiry")?,
            backdate: span("backdate")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::CertificateRequest;

    fn read(text: &str) -> Result<CertificateRequest, String> {
        CertificateRequest::parse(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let rows = [
            (r#"{"CN":1}"#, "`request.CN` is a number"),
            (r#"{"names":{}}"#, "`request.names` is an object"),
            (r#"{"names":[{"O":["a"]}]}"#, "`names.O` is a list"),
            (r#"{"hosts":"a"}"#, "`request.hosts` is text"),
            (r#"{"ca":{"expiry":"1y"}}"#, "`1y` is no duration"),
            (r#"{"names":[{"OID":{"one":"a"}}]}"#, "`one`"),
            (r#"{"extensions":[{"Id":[1]}]}"#, "object identifier"),
            (
                r#"{"extensions":[{"Id":[1,2,3],"Value":"%"}]}"#,
                "no base64",
            ),
            ("[]", "`request` is a list"),
        ];
        for (text, expected) in rows {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn an_authority_has_a_name_and_a_leaf_no_section_ca() {
        let leaf = read(r#"{"names":[{"C":" "}]}"#).unwrap();
        assert!(leaf.check_authority().is_err());
        leaf.check_end_entity().unwrap();
        let root = read(r#"{"names":[{"O":"x"}],"ca":{}}"#).unwrap();
        root.check_authority().unwrap();
        let error = root.check_end_entity().unwrap_err().to_string();
        assert_eq!(error, "ca section only permitted in initca");
    }
}
