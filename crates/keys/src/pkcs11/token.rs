//! Tokens: a module and a URI enter, the slots whose tokens fit leave.

use cryptoki::context::Pkcs11;
use cryptoki::slot::{Slot, TokenInfo};

use super::module::failed;
use super::uri::encode;
use super::{Pkcs11Error, Pkcs11Uri};

/// A token that is there.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) slot: Slot,
    pub(super) info: TokenInfo,
    pub(super) uri: String,
}

impl Token {
    /// The name that its owner gave it.
    pub(super) fn label(&self) -> &str {
        self.info.label()
    }
}

/// The tokens that fit `uri`.
pub(super) fn matching(module: &Pkcs11, uri: &Pkcs11Uri) -> Result<Vec<Token>, Pkcs11Error> {
    if !library_fits(module, uri)? {
        return Ok(Vec::new());
    }
    let mut tokens = Vec::new();
    for token in present(module)? {
        if fits(module, &token, uri)? {
            tokens.push(token);
        }
    }
    Ok(tokens)
}

/// As [`matching`], but there must be one at least.
pub(super) fn some(module: &Pkcs11, uri: &Pkcs11Uri) -> Result<Vec<Token>, Pkcs11Error> {
    let tokens = matching(module, uri)?;
    if tokens.is_empty() {
        return Err(Pkcs11Error::NoToken {
            uri: uri.to_string(),
            present: list(present(module)?.iter().map(|token| &token.uri)),
        });
    }
    Ok(tokens)
}

/// That there is one and no more.
pub(super) fn only(tokens: Vec<Token>, uri: &Pkcs11Uri) -> Result<Token, Pkcs11Error> {
    match <[Token; 1]>::try_from(tokens) {
        Ok([token]) => Ok(token),
        Err(tokens) => Err(Pkcs11Error::SeveralTokens {
            uri: uri.to_string(),
            count: tokens.len(),
            matching: list(tokens.iter().map(|token| &token.uri)),
        }),
    }
}

/// Texts joined by commas, `none` for none.
pub(super) fn list<T: AsRef<str>>(texts: impl Iterator<Item = T>) -> String {
    let texts: Vec<String> = texts.map(|text| format!("`{}`", text.as_ref())).collect();
    if texts.is_empty() {
        "none".to_owned()
    } else {
        texts.join(", ")
    }
}

fn present(module: &Pkcs11) -> Result<Vec<Token>, Pkcs11Error> {
    let slots = module
        .get_slots_with_token()
        .map_err(|error| failed(&error))?;
    let mut tokens = Vec::new();
    for slot in slots {
        // Taken out in this moment, or not made ready: nothing that could match.
        let Ok(info) = module.get_token_info(slot) else {
            continue;
        };
        if info.token_initialized() {
            tokens.push(Token {
                slot,
                uri: describe(&info),
                info,
            });
        }
    }
    Ok(tokens)
}

fn library_fits(module: &Pkcs11, uri: &Pkcs11Uri) -> Result<bool, Pkcs11Error> {
    if uri.library_manufacturer.is_none()
        && uri.library_description.is_none()
        && uri.library_version.is_none()
    {
        return Ok(true);
    }
    let info = module.get_library_info().map_err(|error| failed(&error))?;
    let version = info.library_version();
    Ok(
        is(uri.library_manufacturer.as_ref(), info.manufacturer_id())
            && is(uri.library_description.as_ref(), info.library_description())
            && uri
                .library_version
                .is_none_or(|wanted| wanted == (version.major(), version.minor())),
    )
}

fn fits(module: &Pkcs11, token: &Token, uri: &Pkcs11Uri) -> Result<bool, Pkcs11Error> {
    let info = &token.info;
    let token_fits = is(uri.token.as_ref(), info.label())
        && is(uri.manufacturer.as_ref(), info.manufacturer_id())
        && is(uri.model.as_ref(), info.model())
        && is(uri.serial.as_ref(), info.serial_number())
        && uri.slot_id.is_none_or(|id| id == token.slot.id());
    if !token_fits || (uri.slot_description.is_none() && uri.slot_manufacturer.is_none()) {
        return Ok(token_fits);
    }
    let slot = module
        .get_slot_info(token.slot)
        .map_err(|error| failed(&error))?;
    Ok(is(uri.slot_description.as_ref(), slot.slot_description())
        && is(uri.slot_manufacturer.as_ref(), slot.manufacturer_id()))
}

fn is(wanted: Option<&String>, there: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == there)
}

fn describe(info: &TokenInfo) -> String {
    let mut uri = "pkcs11:".to_owned();
    for (name, value) in [
        ("model", info.model()),
        ("manufacturer", info.manufacturer_id()),
        ("serial", info.serial_number()),
        ("token", info.label()),
    ] {
        if !uri.ends_with(':') {
            uri.push(';');
        }
        uri.push_str(name);
        uri.push('=');
        encode(value.as_bytes(), &mut uri);
    }
    uri
}
