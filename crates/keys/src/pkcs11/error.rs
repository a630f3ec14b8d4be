//! Why a token gave no certificate, key or signature: each message names what was looked for, what is there, and the cure.
//! No message holds a PIN.

use std::path::PathBuf;

/// Why a token gave no certificate, key or signature.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The URI can't be read.
    #[error("malformed PKCS#11 URI `{uri}`: {detail}")]
    MalformedUri {
        /// Without its query.
        uri: String,
        /// The attribute, and what is wrong with it.
        detail: String,
    },
    /// This build can load no library.
    #[error(
        "this is a static build, which can't load a PKCS#11 module: use a build for glibc, or keep the key in a file or TPM"
    )]
    StaticBuild,
    /// No module was found by its name.
    #[error(
        "no PKCS#11 module `{name}` was found (looked for: {tried}); name its file with --pkcs11-lib PATH or `?module-path=PATH`"
    )]
    ModuleNotFound {
        /// As the URI names it, or the default.
        name: String,
        /// Files, joined by commas.
        tried: String,
    },
    /// The module's file can't be loaded.
    #[error("cannot load the PKCS#11 module `{}` ({detail}); is it a PKCS#11 module for this kind of machine?", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What the linker said.
        detail: String,
    },
    /// No token fits.
    #[error("no token matches `{uri}`; present: {present}")]
    NoToken {
        /// As asked for, without its query.
        uri: String,
        /// URIs of the tokens that are there, or `none`.
        present: String,
    },
    /// More than one token fits.
    #[error("`{uri}` matches {count} tokens; name one of them: {matching}")]
    SeveralTokens {
        /// As asked for.
        uri: String,
        /// How many.
        count: usize,
        /// Their URIs, joined by commas.
        matching: String,
    },
    /// No certificate fits.
    #[error("no certificate matches `{uri}`; on the token(s): {present}")]
    NoCertificate {
        /// As asked for.
        uri: String,
        /// URIs of the certificates that are there, or `none`.
        present: String,
    },
    /// More than one certificate fits.
    #[error("`{uri}` matches {count} certificates; name one of them: {matching}")]
    SeveralCertificates {
        /// As asked for.
        uri: String,
        /// How many.
        count: usize,
        /// Their URIs, joined by commas.
        matching: String,
    },
    /// No private key fits.
    #[error("no private key matches `{uri}`{of_certificate}; private keys on the token: {present}")]
    NoKey {
        /// As asked for.
        uri: String,
        /// That it must be the certificate's, if so.
        of_certificate: &'static str,
        /// Their URIs, or `none`.
        present: String,
    },
    /// More than one private key fits.
    #[error("`{uri}` matches {count} private keys; name one of them: {matching}")]
    SeveralKeys {
        /// As asked for.
        uri: String,
        /// How many.
        count: usize,
        /// Their URIs, joined by commas.
        matching: String,
    },
    /// A new key would have the name of one that is there.
    #[error(
        "there is a private key of this name already: {present}; give the new one (`{uri}`) another `object` or `id`"
    )]
    KeyIsThere {
        /// As asked for.
        uri: String,
        /// URIs of what is there.
        present: String,
    },
    /// The public half of a key can't be had from the token.
    #[error(
        "the token does not tell the public key of `{uri}`; give the certificate too (--certificate)"
    )]
    NoPublicKey {
        /// As asked for.
        uri: String,
    },
    /// A login is needed, and nobody gave a PIN.
    #[error(
        "the token `{token}` needs its PIN: give --pin-source FILE (`-` is standard input), the environment \
         (ANYROLE_PKCS11_PIN) or `?pin-source=FILE` in the URI{detail}"
    )]
    PinNeeded {
        /// Its label.
        token: String,
        /// Why it could not be asked for.
        detail: String,
    },
    /// The PIN is to be got first, which is not done while the module is in use. Never leaves this library.
    #[error("the token `{token}` needs its PIN")]
    PinWanted {
        /// Its label.
        token: String,
    },
    /// The file of `pin-source` can't be used.
    #[error("pin-source: cannot read a PIN from `{}`: {detail}", path.display())]
    PinSource {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// The token refused the PIN.
    #[error(
        "the PIN is not that of the token `{token}`; it was tried once and is not tried again, since a token locks itself after a few wrong PINs"
    )]
    PinIncorrect {
        /// Its label.
        token: String,
    },
    /// The token has locked its PIN.
    #[error(
        "the token `{token}` has locked its PIN after wrong tries; unlock it with its own tool (`pkcs11-tool --init-pin --login --so-pin …`, `ykman piv access unblock-pin`)"
    )]
    PinLocked {
        /// Its label.
        token: String,
    },
    /// One more wrong PIN would lock the token.
    #[error(
        "the token `{token}` has one try of its PIN left, which is not taken here; log in once by hand (`pkcs11-tool --login --list-objects`), which brings the other tries back"
    )]
    PinFinalTry {
        /// Its label.
        token: String,
    },
    /// The token wants its PIN changed first.
    #[error(
        "the PIN of the token `{token}` has expired or must be changed first (`pkcs11-tool --login --change-pin`)"
    )]
    PinExpired {
        /// Its label.
        token: String,
    },
    /// A key that asks for the PIN at each signature.
    #[error(
        "the key wants the PIN of the token `{token}` for each signature: give --reuse-pin, or be at a terminal{detail}"
    )]
    PinForEachSignature {
        /// Its label.
        token: String,
        /// Why it could not be asked for.
        detail: String,
    },
    /// A module that signs in one step only cannot be given the PIN in between.
    #[error(
        "the key wants the PIN for each signature, and this module takes none for {mechanism}: it does not sign in parts ({detail})"
    )]
    NoLoginWithinSignature {
        /// The mechanism.
        mechanism: &'static str,
        /// What the module said.
        detail: String,
    },
    /// The token can't sign as we need it.
    #[error("the token `{token}` has no mechanism to sign with a key of type {algorithm}")]
    NoMechanism {
        /// Its label.
        token: String,
        /// The kind of key.
        algorithm: String,
    },
    /// The token can't make such a key.
    #[error("the token `{token}` makes no such keys: it has no {mechanism}")]
    MakesNone {
        /// Its label.
        token: String,
        /// Such as `CKM_EC_KEY_PAIR_GEN`.
        mechanism: String,
    },
    /// None, or more than one, where one AES key is needed.
    #[error("`{uri}` must name one AES key, and names {count}; AES keys on the token: {present}")]
    NotOneSecretKey {
        /// As asked for.
        uri: String,
        /// How many.
        count: usize,
        /// Their URIs, or `none`.
        present: String,
    },
    /// What was encrypted by a token's key does not open by this one.
    #[error(
        "the token's key `{uri}` does not open it: another key has encrypted it, or it was changed"
    )]
    NotOpened {
        /// The key's URI.
        uri: String,
    },
    /// What the token signed is not of the certificate's key.
    #[error(
        "the token's key `{uri}` is not that of the certificate: its signature does not verify"
    )]
    OtherKey {
        /// As asked for.
        uri: String,
    },
    /// The token was taken away, or the module lost it.
    #[error("the token is gone (C_{function} said {code}); put it back, or start its service")]
    TokenGone {
        /// Such as `Sign`.
        function: String,
        /// Such as `DeviceRemoved`, in the library's words.
        code: String,
    },
    /// The module failed in another way.
    #[error("the PKCS#11 module failed: {function} said {code}")]
    Module {
        /// Such as `C_Sign`.
        function: String,
        /// Such as `CKR_DEVICE_ERROR`, in the library's words.
        code: String,
    },
}
