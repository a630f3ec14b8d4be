//! Objects on a token: an open session and what to look for enter, certificates and private keys leave.

use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use pkcs8::der::Decode;
use pkcs8::der::asn1::OctetStringRef;

use super::Pkcs11Error;
use super::module::failed;
use super::token::Token;
use super::uri::{encode, encode_id};
use crate::KeyAlgorithm;
use crate::public_key::{PublicKey, coordinate_length, curve_of_parameters};

/// What an object is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// `CKA_ID`
    pub(super) id: Option<Vec<u8>>,
    /// `CKA_LABEL`
    pub(super) label: Option<String>,
}

impl Name {
    fn template(&self) -> Vec<Attribute> {
        let id = self.id.clone().map(Attribute::Id);
        let label = self
            .label
            .clone()
            .map(|label| Attribute::Label(label.into_bytes()));
        id.into_iter().chain(label).collect()
    }

    fn uri(&self, token: &Token, kind: &str) -> String {
        let mut uri = token.uri.clone();
        if let Some(id) = self.id.as_ref().filter(|id| !id.is_empty()) {
            uri.push_str(";id=");
            uri.push_str(&encode_id(id));
        }
        if let Some(label) = self.label.as_ref().filter(|label| !label.is_empty()) {
            uri.push_str(";object=");
            encode(label.as_bytes(), &mut uri);
        }
        uri.push_str(";type=");
        uri.push_str(kind);
        uri
    }
}

/// A certificate object.
#[derive(Clone, Debug)]
pub(super) struct CertificateObject {
    pub(super) name: Name,
    pub(super) der: Vec<u8>,
    pub(super) uri: String,
}

/// A private key object, and what it tells of its public half.
pub(super) struct KeyObject {
    pub(super) handle: ObjectHandle,
    pub(super) uri: String,
    pub(super) public: Option<PublicKey>,
    /// RSA, or the curve.
    kind: Option<Kind>,
    pub(super) always_authenticate: bool,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Rsa,
    Ec(KeyAlgorithm),
}

impl KeyObject {
    /// Whether its public half is `expected`; `None`: the token does not tell.
    pub(super) fn is(&self, expected: &PublicKey) -> Option<bool> {
        if let Some(public) = &self.public {
            return Some(public == expected);
        }
        let kind = match expected.algorithm {
            KeyAlgorithm::Rsa { .. } => Kind::Rsa,
            curve => Kind::Ec(curve),
        };
        (self.kind.as_ref()? != &kind).then_some(false)
    }
}

/// The X.509 certificates of that name.
pub(super) fn certificates(
    session: &Session,
    token: &Token,
    name: &Name,
) -> Result<Vec<CertificateObject>, Pkcs11Error> {
    let mut template = vec![
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    template.extend(name.template());
    let mut found = Vec::new();
    for handle in find(session, &template)? {
        let Some(Attribute::Value(der)) = attribute(session, handle, AttributeType::Value)? else {
            continue;
        };
        let name = name_of(session, handle)?;
        let uri = name.uri(token, "cert");
        found.push(CertificateObject { name, der, uri });
    }
    Ok(found)
}

/// The private keys of that name.
pub(super) fn private_keys(
    session: &Session,
    token: &Token,
    name: &Name,
) -> Result<Vec<KeyObject>, Pkcs11Error> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY)];
    template.extend(name.template());
    let mut found = Vec::new();
    for handle in find(session, &template)? {
        let name = name_of(session, handle)?;
        let kind = kind(session, handle)?;
        let always = attribute(session, handle, AttributeType::AlwaysAuthenticate)?;
        found.push(KeyObject {
            handle,
            uri: name.uri(token, "private"),
            public: public_half(session, handle, kind.as_ref(), &name)?,
            kind,
            always_authenticate: matches!(always, Some(Attribute::AlwaysAuthenticate(true))),
        });
    }
    Ok(found)
}

/// Private and public keys of that name.
pub(super) fn key_pairs(session: &Session, name: &Name) -> Result<Vec<ObjectHandle>, Pkcs11Error> {
    let mut found = Vec::new();
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        let template = [vec![Attribute::Class(class)], name.template()].concat();
        found.extend(find(session, &template)?);
    }
    Ok(found)
}

/// The AES keys of that name, with the URI of each.
pub(super) fn aes_keys(
    session: &Session,
    token: &Token,
    name: &Name,
) -> Result<Vec<(ObjectHandle, String)>, Pkcs11Error> {
    let mut template = vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
    ];
    template.extend(name.template());
    let mut found = Vec::new();
    for handle in find(session, &template)? {
        let uri = name_of(session, handle)?.uri(token, "secret-key");
        found.push((handle, uri));
    }
    Ok(found)
}

/// From the private key itself, else from the public key object of the same name.
fn public_half(
    session: &Session,
    handle: ObjectHandle,
    kind: Option<&Kind>,
    name: &Name,
) -> Result<Option<PublicKey>, Pkcs11Error> {
    if let Some(public) = public_of(session, handle, kind)? {
        return Ok(Some(public));
    }
    // Only where a name ties the two together.
    let template = name.template();
    if name.id.as_ref().is_none_or(Vec::is_empty)
        && name.label.as_ref().is_none_or(String::is_empty)
    {
        return Ok(None);
    }
    let template = [vec![Attribute::Class(ObjectClass::PUBLIC_KEY)], template].concat();
    for public_handle in find(session, &template)? {
        if self::kind(session, public_handle)?.as_ref() != kind {
            continue;
        }
        if let Some(public) = public_of(session, public_handle, kind)? {
            return Ok(Some(public));
        }
    }
    Ok(None)
}

fn public_of(
    session: &Session,
    handle: ObjectHandle,
    kind: Option<&Kind>,
) -> Result<Option<PublicKey>, Pkcs11Error> {
    if let Some(Attribute::PublicKeyInfo(spki)) =
        attribute(session, handle, AttributeType::PublicKeyInfo)?
        && let Ok(public) = PublicKey::from_spki(&spki)
    {
        return Ok(Some(public));
    }
    match kind {
        Some(Kind::Rsa) => {
            let modulus = attribute(session, handle, AttributeType::Modulus)?;
            let exponent = attribute(session, handle, AttributeType::PublicExponent)?;
            match (modulus, exponent) {
                (Some(Attribute::Modulus(modulus)), Some(Attribute::PublicExponent(exponent)))
                    if !modulus.is_empty() && !exponent.is_empty() =>
                {
                    Ok(PublicKey::rsa(&modulus, &exponent).ok())
                }
                _ => Ok(None),
            }
        }
        Some(Kind::Ec(curve)) => {
            let Some(Attribute::EcPoint(point)) =
                attribute(session, handle, AttributeType::EcPoint)?
            else {
                return Ok(None);
            };
            // A DER octet string by the book; some modules leave its head out.
            let bare_length = 2 * coordinate_length(*curve) + 1;
            let point = match <&OctetStringRef>::from_der(&point) {
                Ok(inner) if inner.as_bytes().len() == bare_length => inner.as_bytes(),
                _ => &point,
            };
            Ok(PublicKey::ec(*curve, point)
                .ok()
                .filter(|_| point.len() == bare_length && point.first() == Some(&4)))
        }
        None => Ok(None),
    }
}

fn kind(session: &Session, handle: ObjectHandle) -> Result<Option<Kind>, Pkcs11Error> {
    Ok(match attribute(session, handle, AttributeType::KeyType)? {
        Some(Attribute::KeyType(KeyType::RSA)) => Some(Kind::Rsa),
        Some(Attribute::KeyType(KeyType::EC)) => {
            match attribute(session, handle, AttributeType::EcParams)? {
                Some(Attribute::EcParams(parameters)) => {
                    curve_of_parameters(&parameters).map(Kind::Ec)
                }
                _ => None,
            }
        }
        _ => None,
    })
}

fn name_of(session: &Session, handle: ObjectHandle) -> Result<Name, Pkcs11Error> {
    let id = match attribute(session, handle, AttributeType::Id)? {
        Some(Attribute::Id(id)) => Some(id),
        _ => None,
    };
    let label = match attribute(session, handle, AttributeType::Label)? {
        Some(Attribute::Label(label)) => String::from_utf8(label).ok(),
        _ => None,
    };
    Ok(Name { id, label })
}

fn find(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, Pkcs11Error> {
    session
        .find_objects(template)
        .map_err(|error| failed(&error))
}

/// One attribute; `None` where the object has none or keeps it to itself.
fn attribute(
    session: &Session,
    handle: ObjectHandle,
    kind: AttributeType,
) -> Result<Option<Attribute>, Pkcs11Error> {
    match session.get_attributes(handle, &[kind]) {
        Ok(attributes) => Ok(attributes.into_iter().next()),
        Err(cryptoki::error::Error::Pkcs11(code, function)) => {
            Err(failed(&cryptoki::error::Error::Pkcs11(code, function)))
        }
        // A value that the library can't read, such as a kind of key that is newer than it.
        Err(_) => Ok(None),
    }
}
