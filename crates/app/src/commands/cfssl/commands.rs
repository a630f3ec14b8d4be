//! The commands of cfssl as tables: names, flags and what the help says.

use super::flags::{Flag, Kind};

/// A command.
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// How it is called, with an example.
    pub usage: &'static str,
    /// The flags that mean something to it; each command takes all the others, too.
    pub flags: &'static [&'static str],
}

/// Those that are here.
pub const COMMANDS: [Command; 7] = [
    Command {
        name: "gencert",
        about: "make a key and a certificate for it",
        usage: "cfssl gencert -initca CSRJSON\n  \
                cfssl gencert -ca CERT -ca-key KEY [-config FILE] [-profile NAME] [-hostname NAMES] CSRJSON\n  \
                cfssl gencert -initca -ca-key KEY CSRJSON          the same CA key again\n  \
                cfssl gencert -renewca -ca CERT -ca-key KEY        the same CA again\n\n\
                CSRJSON is a file; - is standard input. For example:\n  \
                cfssl gencert -initca ca.json | cfssljson -bare ca",
        flags: &[
            "initca", "renewca", "ca", "ca-key", "config", "profile", "cn", "hostname", "crl",
        ],
    },
    Command {
        name: "genkey",
        about: "make a key and a signing request for it",
        usage: "cfssl genkey CSRJSON\n  cfssl genkey -initca CSRJSON",
        flags: &["initca", "config"],
    },
    Command {
        name: "sign",
        about: "sign a signing request",
        usage: "cfssl sign -ca CERT -ca-key KEY [-config FILE] [-profile NAME] [-hostname NAMES] CSR [SUBJECT]\n\n\
                CSR is a PEM file; - is standard input. SUBJECT is a JSON file whose names go before the request's.",
        flags: &["hostname", "csr", "ca", "ca-key", "config", "profile"],
    },
    Command {
        name: "selfsign",
        about: "make a key and a certificate that it signs itself, for tests",
        usage: "cfssl selfsign HOSTNAME CSRJSON\n  cfssl selfsign -hostname HOSTNAME CSRJSON",
        flags: &["config", "hostname", "profile"],
    },
    Command {
        name: "certinfo",
        about: "show a certificate or a signing request as JSON",
        usage: "cfssl certinfo -cert FILE\n  cfssl certinfo -csr FILE",
        flags: &["cert", "csr"],
    },
    Command {
        name: "print-defaults",
        about: "print an example of a configuration file or a request",
        usage: "cfssl print-defaults config\n  cfssl print-defaults csr\n  cfssl print-defaults list",
        flags: &[],
    },
    Command {
        name: "version",
        about: "print the version",
        usage: "cfssl version",
        flags: &[],
    },
];

/// Those that only the program of this name has, and what does the same here or elsewhere.
pub const MISSING: [(&str, &str); 13] = [
    (
        "bundle",
        "`cat` joins certificates; `cfssl` of Cloudflare has the command",
    ),
    ("crl", "`cfssl` of Cloudflare has it"),
    (
        "gencrl",
        "`anyrole server` publishes revocation lists; `cfssl` of Cloudflare has the command",
    ),
    (
        "gencsr",
        "`openssl req -new -key KEY` makes requests for keys that are there",
    ),
    (
        "info",
        "it asks a cfssl server; `cfssl` of Cloudflare has it",
    ),
    ("ocspdump", "`cfssl` of Cloudflare has it"),
    (
        "ocsprefresh",
        "`anyrole server` answers OCSP by itself; `cfssl` of Cloudflare has the command",
    ),
    (
        "ocspserve",
        "`anyrole server` answers OCSP by itself; `cfssl` of Cloudflare has the command",
    ),
    (
        "ocspsign",
        "`anyrole server` answers OCSP by itself; `cfssl` of Cloudflare has the command",
    ),
    (
        "revoke",
        "`anyrole server` revokes through the Private CA API; `cfssl` of Cloudflare has the command",
    ),
    (
        "scan",
        "`openssl s_client` looks at one server; `cfssl` of Cloudflare has the command",
    ),
    (
        "serve",
        "`anyrole server` is a CA with the Private CA API and ACME; `cfssl` of Cloudflare has the command",
    ),
    ("multirootca", "`cfssl` of Cloudflare has it"),
];

const fn flag(name: &'static str, kind: Kind, help: &'static str) -> Flag {
    Flag { name, kind, help }
}

/// All flags: as with cfssl, each command takes every one of them.
pub const FLAGS: [Flag; 28] = [
    flag("initca", Kind::Switch, "make a new CA"),
    flag(
        "renewca",
        Kind::Switch,
        "make a CA's certificate again, from the old one and its key",
    ),
    flag(
        "ca",
        Kind::Text,
        "the CA's certificate: FILE, file:FILE or env:VARIABLE",
    ),
    flag(
        "ca-key",
        Kind::Text,
        "the CA's private key, likewise, or pkcs11:… or tpm:…; its password comes from CFSSL_CA_PK_PASSWORD or the terminal",
    ),
    flag(
        "config",
        Kind::Text,
        "configuration file with signing profiles",
    ),
    flag("profile", Kind::Text, "the profile to sign by"),
    flag("cn", Kind::Text, "common name, in place of the request's"),
    flag(
        "hostname",
        Kind::Text,
        "names for the certificate, with commas between them, in place of the request's",
    ),
    flag(
        "crl",
        Kind::Text,
        "URL of the revocation list, in place of the profile's",
    ),
    flag(
        "cert",
        Kind::Text,
        "file with a certificate; - is standard input",
    ),
    flag(
        "csr",
        Kind::Text,
        "file with a signing request; - is standard input",
    ),
    flag(
        "loglevel",
        Kind::Number(1),
        "what is logged: 0 everything, 1 steps, 2 warnings, 3 errors, 5 nothing",
    ),
    flag("remote", Kind::Missing, "signing by a cfssl server"),
    flag("label", Kind::Missing, "a key of a cfssl server"),
    flag("authkey", Kind::Missing, "signing by a cfssl server"),
    flag(
        "mutual-tls-client-cert",
        Kind::Missing,
        "signing by a cfssl server",
    ),
    flag(
        "mutual-tls-client-key",
        Kind::Missing,
        "signing by a cfssl server",
    ),
    flag("tls-remote-ca", Kind::Missing, "signing by a cfssl server"),
    flag("db-config", Kind::Missing, "a database of certificates"),
    flag("serial", Kind::Missing, "a database of certificates"),
    flag("aki", Kind::Missing, "a database of certificates"),
    flag(
        "domain",
        Kind::Missing,
        "asking a server for its certificate; `openssl s_client -connect HOST:443` does, too",
    ),
    flag(
        "key",
        Kind::Missing,
        "requests for keys that are there; `openssl req -new -key KEY` makes them, too",
    ),
    flag("ip", Kind::Missing, "asking servers"),
    flag("ca-bundle", Kind::Missing, "bundles"),
    flag("int-bundle", Kind::Missing, "bundles"),
    flag("int-dir", Kind::Missing, "bundles"),
    flag("password", Kind::Missing, "bundles of PKCS #12"),
];
