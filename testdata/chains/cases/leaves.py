"""Rules for the leaf (AWS user guide, trust model; RFC 5280 section 4)."""

from authority import *

from .case import case

CRITICAL_POLICY = extension("2.5.29.32", True, seq(seq(oid("1.2.3.4"))))
CRITICAL_POINTS = extension("2.5.29.31", True, seq(seq(explicit(0, explicit(0, implicit(6, b"http://crl.example/1"))))))


def make():
    base = root()

    def row(name, what, expect, *, differs="", at="2030-06-15T12:00:00Z", **given):
        case(f"leaf-{name}", what, expect, base, leaf(base, **given), differs=differs, at=at)

    insists = "AWS asks for v3, openssl takes a v1 end entity"
    row("v1", "X.509 v1: no extensions.", "leaf-version", version=1, differs=insists)
    row("v2", "X.509 v2: no extensions.", "leaf-version", version=2, differs=insists)
    row("is-ca", "Basic constraints say CA.", "leaf-is-ca", drop=["bc"], more=[basic_constraints()],
        differs="openssl asks no end entity whether it is a CA")
    row("without-basic-constraints", "No basic constraints.", "ok", drop=["bc"])
    row("critical-basic-constraints", "Basic constraints, critical, no CA.", "ok", drop=["bc"],
        more=[basic_constraints(ca=False)])
    row("without-key-usage", "No key usage.", "no-digital-signature", drop=["ku"],
        differs="AWS asks for digitalSignature, RFC 5280 lets an absent key usage mean everything")
    row("key-encipherment", "Key usage keyEncipherment alone.", "no-digital-signature", drop=["ku"],
        more=[key_usage("keyEncipherment")])
    row("key-agreement", "Key usage keyAgreement alone.", "no-digital-signature", drop=["ku"], more=[key_usage("keyAgreement")],
        differs="openssl takes keyAgreement for a TLS client")
    row("several-usages", "digitalSignature among others.", "ok", drop=["ku"],
        more=[key_usage("digitalSignature", "nonRepudiation", "keyEncipherment")])
    row("key-usage-not-critical", "Key usage, not critical.", "ok", drop=["ku"],
        more=[key_usage("digitalSignature", critical=False)])
    row("cert-sign", "Key usage with keyCertSign, no CA.", "leaf-cert-sign", drop=["ku"],
        more=[key_usage("digitalSignature", "keyCertSign")], differs="openssl asks this under -x509_strict only")
    row("without-extended-key-usage", "No extended key usage.", "ok", drop=["eku"])
    row("any-extended-key-usage", "anyExtendedKeyUsage alone.", "ok", drop=["eku"], more=[extended_key_usage("any")],
        differs="openssl wants clientAuth itself")
    row("server-auth", "Extended key usage serverAuth alone.", "leaf-extended-key-usage", drop=["eku"],
        more=[extended_key_usage("serverAuth")])
    row("server-and-client-auth", "serverAuth and clientAuth.", "ok", drop=["eku"],
        more=[extended_key_usage("serverAuth", "clientAuth")])
    row("critical-extended-key-usage", "clientAuth, critical.", "ok", drop=["eku"],
        more=[extended_key_usage("clientAuth", critical=True)])

    row("empty-subject", "No subject.", "leaf-empty-subject", subject_der=name(),
        differs="AWS keys its subjects by the subject")
    row("subject-in-san-only", "No subject, a critical alternative name.", "leaf-empty-subject", subject_der=name(),
        more=[alternative_names("DNS:a.example.com", critical=True)], differs="AWS keys its subjects by the subject")
    row("critical-san", "A critical alternative name beside a subject.", "ok",
        more=[alternative_names("DNS:a.example.com", critical=True)])
    row("multi-valued-rdn", "Two attributes in one RDN.", "ok", subject_der=name("O=Example", ["OU=a", "CN=leaf"]))
    row("printable-subject", "A subject in PrintableString.", "ok", subject_der=name("CN=leaf", string=printable))

    unasked = "openssl does not ask about serial numbers"
    row("serial-0", "Serial number 0.", "leaf-serial", serial=0, differs=unasked)
    row("serial-negative", "Serial number -5.", "leaf-serial", serial=-5, differs=unasked)
    row("serial-1", "Serial number 1.", "ok", serial=1)
    row("serial-20-octets", "The largest serial number, 2^159 - 1.", "ok", serial=2**159 - 1)
    row("serial-21-octets", "A serial number of 21 octets.", "leaf-serial", serial=2**160, differs=unasked)
    row("serial-padded-20-octets", "20 octets, the first one zero for the sign.", "ok", serial=2**151 + 1)
    row("serial-65-octets", "A serial number of 65 octets.", "certificate-malformed", serial=2**512, differs=unasked)

    rsa = root("RSA root", own_key=key("rsa2048"))
    for how in ("rsa-md5", "rsa-sha1", "rsa-sha224"):
        strong = how == "rsa-sha224"
        case(f"leaf-signed-with-{how}", f"A leaf signed with {how}.", "leaf-weak-signature", rsa, leaf(rsa, signature=how),
             differs="AWS asks for SHA-256 at least; openssl's level 2 takes 112 bits" if strong else "")
    for how in ("ecdsa-sha1", "ecdsa-sha224"):
        strong = how == "ecdsa-sha224"
        row(f"signed-with-{how}", f"A leaf signed with {how}.", "leaf-weak-signature", signature=how,
            differs="AWS asks for SHA-256 at least; openssl's level 2 takes 112 bits" if strong else "")
    edwards = root("Ed25519 root", own_key=key("ed25519"))
    unserved = "AWS takes RSA, EC and ML-DSA alone"
    row("key-rsa1024", "An RSA key of 1024 bits.", "leaf-weak-key", own_key=key("rsa1024"))
    row("key-rsa2047", "An RSA key of 2047 bits.", "leaf-weak-key", own_key=key("rsa2047"),
        differs="2048 bits are asked for; openssl's level 2 takes 2047")
    row("key-p224", "An EC key on P-224.", "leaf-unsupported-key", own_key=key("p224"), differs=unserved)
    row("key-secp256k1", "An EC key on secp256k1.", "leaf-unsupported-key", own_key=key("k256"), differs=unserved)
    row("key-ed25519", "An Ed25519 key.", "leaf-unsupported-key", own_key=key("ed25519"), differs=unserved)
    odd = key()
    odd.public = odd.public[:-1] + bytes([odd.public[-1] ^ 1])
    row("key-off-the-curve", "An EC point that is not on the curve.", "leaf-unsupported-key", own_key=odd)

    unknown = extension("1.2.3.4.5", True, NULL)
    row("unknown-critical", "A critical extension that nobody knows.", "leaf-unknown-critical-extension", more=[unknown])
    row("unknown", "An extension that nobody knows, not critical.", "ok", more=[extension("1.2.3.4.5", False, NULL)])
    row("critical-policies", "Certificate policies, critical.", "leaf-unknown-critical-extension", more=[CRITICAL_POLICY],
        differs="openssl processes policies; we don't, so a critical one refuses")
    row("critical-distribution-points", "CRL distribution points, critical.", "leaf-unknown-critical-extension",
        more=[CRITICAL_POINTS], differs="openssl processes them; here they are fetched in the background, never for a verdict")
    row("policies", "Certificate policies, not critical.", "ok",
        more=[extension("2.5.29.32", False, seq(seq(oid("1.2.3.4"))))])
    row("extension-twice", "Key usage twice.", "certificate-malformed", more=[key_usage("digitalSignature")])
    row("unknown-extension-twice", "An unknown extension twice.", "certificate-malformed",
        more=[extension("1.2.3.4.5", False, NULL)] * 2, differs="RFC 5280 section 4.2 forbids it, openssl looks at those it knows")
    row("name-constraints", "Name constraints in an end entity.", "leaf-name-constraints",
        more=[name_constraints(permitted=["DNS:example.com"])], differs="RFC 5280 lets only CAs have them, openssl does not ask")

    row("expired-a-second-ago", "notAfter was a second ago.", "leaf-expired", end=at("2030-06-15T11:59:59Z"))
    row("in-its-last-second", "notAfter is now.", "ok", end=at("2030-06-15T12:00:00Z"),
        differs="RFC 5280 section 4.1.2.5 includes notAfter, openssl ends a second earlier")
    row("in-its-first-second", "notBefore is now.", "ok", start=at("2030-06-15T12:00:00Z"))
    row("valid-in-a-second", "notBefore is in a second.", "leaf-not-yet-valid", start=at("2030-06-15T12:00:01Z"))
    row("without-end", "Valid until the last second of the year 9999.", "ok", end=at("9999-12-31T23:59:59Z"))
    row("ends-2050", "notAfter in GeneralizedTime.", "ok", end=at("2050-01-01T00:00:00Z"))
    row("started-1950", "notBefore in the first second of UTCTime's century.", "ok", start=tlv(0x17, b"500101000000Z"))
    row("time-without-seconds", "A time without seconds.", "certificate-malformed", end=tlv(0x17, b"3101010000Z"))
    row("time-with-offset", "A time that is not UTC.", "certificate-malformed", end=tlv(0x17, b"310101000000+0100"))
    row("time-with-fraction", "A time with a fraction of a second.", "certificate-malformed",
        end=tlv(0x18, b"20310101000000.5Z"))
    row("time-13th-month", "A time in the 13th month.", "certificate-malformed", end=tlv(0x17, b"311301000000Z"))
    row("ends-before-it-starts", "notAfter lies before notBefore.", "leaf-expired", start=at("2030-06-10T00:00:00Z"),
        end=at("2030-06-01T00:00:00Z"))

    row("broken-signature", "The last bit of the signature is another.", "chain-signature-invalid", broken=True)
    row("two-algorithms", "One algorithm inside, another one beside the signature.", "certificate-malformed",
        inner="ecdsa-sha384")
    row("trailing-octet", "An octet follows the certificate.", "certificate-malformed", trailing=b"\0",
        differs="openssl stops reading at the certificate's end")
    case("leaf-signed-by-ed25519", "A leaf signed with Ed25519.", "leaf-unsupported-signature", base, leaf(edwards),
         differs="")
    case("leaf-no-certificate", "Octets that are no DER.", "certificate-malformed", base, b"nothing of the kind")
    case("leaf-cut-off", "A certificate without its last octet.", "certificate-malformed", base, leaf(base).der[:-1])
