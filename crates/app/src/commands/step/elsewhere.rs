//! What `step` has and this program has not: a command line enters, who has it leaves.

use std::ffi::OsString;

/// A group, a command of it (or all), and who has it.
const ELSEWHERE: [(&str, &str, &str); 27] = [
    ("certificate", "lint", "zlint (github.com/zmap/zlint)"),
    (
        "certificate",
        "needs-renewal",
        "openssl (`openssl x509 -checkend SECONDS -noout -in CRT`)",
    ),
    (
        "certificate",
        "key",
        "openssl (`openssl x509 -pubkey -noout -in CRT`)",
    ),
    (
        "certificate",
        "install",
        "the system (`trust anchor CRT`, or update-ca-certificates)",
    ),
    (
        "certificate",
        "uninstall",
        "the system (`trust anchor --remove CRT`, or update-ca-certificates)",
    ),
    ("crypto", "hash", "openssl (`openssl dgst`), or sha256sum"),
    (
        "crypto",
        "key",
        "openssl (`openssl pkey`); `anyrole crypto change-pass` encrypts a key as PKCS#8",
    ),
    ("crypto", "rand", "openssl (`openssl rand`)"),
    ("crypto", "jwk", SMALLSTEP),
    ("crypto", "jwt", SMALLSTEP),
    ("crypto", "jwe", SMALLSTEP),
    ("crypto", "jws", SMALLSTEP),
    ("crypto", "jose", SMALLSTEP),
    ("crypto", "kdf", SMALLSTEP),
    ("crypto", "nacl", SMALLSTEP),
    ("crypto", "otp", "oathtool, or Smallstep's own step"),
    ("crypto", "winpe", SMALLSTEP),
    ("ca", "", SMALLSTEP_CA),
    ("ssh", "", "ssh-keygen, or Smallstep's own step"),
    ("oauth", "", SMALLSTEP),
    (
        "crl",
        "",
        "openssl (`openssl crl -text -noout -in CRL`), or Smallstep's own step",
    ),
    ("base64", "", "base64 of coreutils"),
    (
        "fileserver",
        "",
        "any web server (`python3 -m http.server`)",
    ),
    ("path", "", SMALLSTEP),
    ("context", "", SMALLSTEP),
    ("api", "", SMALLSTEP),
    ("beta", "", SMALLSTEP),
];

const SMALLSTEP: &str = "Smallstep's own step (github.com/smallstep/cli)";
const SMALLSTEP_CA: &str = "Smallstep's own step, for Smallstep's CA (github.com/smallstep/cli); this program's own CA is in `anyrole server`";

/// What to say of a command line that asks for something left out.
pub fn named(words: &[OsString]) -> Option<String> {
    let word = |at: usize| words.get(at).and_then(|word| word.to_str()).unwrap_or("");
    let (group, command) = (word(1), word(2));
    let found = ELSEWHERE
        .iter()
        .find(|(known, below, _)| *known == group && (below.is_empty() || *below == command));
    found.map(|(group, below, who)| {
        let name = format!("step {group} {below}");
        format!("`{}` is left out of anyrole; it is in {who}", name.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn who_has_it_is_said() {
        for (line, expected) in [
            ("step certificate lint x.crt", Some("zlint")),
            ("step crypto jwk create", Some("Smallstep's own step")),
            ("step ca init", Some("`step ca` is left out")),
            ("step certificate create", None),
            ("step", None),
            ("step bogus", None),
        ] {
            let words: Vec<_> = line.split(' ').map(Into::into).collect();
            let said = named(&words);
            assert_eq!(said.is_some(), expected.is_some(), "{line}");
            assert!(said.unwrap_or_default().contains(expected.unwrap_or("")));
        }
    }
}
