"""Keys, certificates and revocation lists for make.py: the DER is written here, keys and signatures are openssl's."""

import hashlib
import itertools
import pathlib
import subprocess
import tempfile

from der import *  # noqa: F403

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="chains-"))
SERIALS = itertools.count(0x1001)
START, END = at("2030-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z")

GENERATE = {
    "p256": "EC -pkeyopt ec_paramgen_curve:P-256",
    "p384": "EC -pkeyopt ec_paramgen_curve:P-384",
    "p521": "EC -pkeyopt ec_paramgen_curve:P-521",
    "p224": "EC -pkeyopt ec_paramgen_curve:secp224r1",
    "k256": "EC -pkeyopt ec_paramgen_curve:secp256k1",
    "ed25519": "ED25519",
}

SHA = {"sha256": 1, "sha384": 2, "sha512": 3}


def openssl(*arguments, given=None):
    done = subprocess.run(["openssl", *arguments], input=given, capture_output=True, cwd=FOLDER)
    if done.returncode:
        raise RuntimeError(f"openssl {arguments}: {done.stderr.decode()}")
    return done.stdout


class Key:
    """A private key in a file of ours."""

    def __init__(self, kind):
        self.kind = kind
        self.path = FOLDER / f"{kind}-{next(SERIALS)}.key"
        options = GENERATE.get(kind) or f"RSA -pkeyopt rsa_keygen_bits:{kind[3:]}"
        openssl("genpkey", "-algorithm", *options.split(), "-out", str(self.path))
        self.public = openssl("pkey", "-in", str(self.path), "-pubout", "-outform", "DER")

    @property
    def identifier(self):
        return hashlib.sha1(self.public).digest()

    def default_signature(self):
        return {"p384": "ecdsa-sha384", "p521": "ecdsa-sha512", "ed25519": "ed25519"}.get(
            self.kind, "rsa-sha256" if self.kind.startswith("rsa") else "ecdsa-sha256"
        )

    def sign(self, text, how):
        if how == "ed25519":
            (FOLDER / "text").write_bytes(text)
            return openssl("pkeyutl", "-sign", "-rawin", "-in", "text", "-inkey", str(self.path))
        kind, digest = how.rsplit("-", 1)
        options = []
        if kind == "pss":
            options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        return openssl("dgst", f"-{digest}", "-sign", str(self.path), *options, given=text)


def algorithm(how):
    """AlgorithmIdentifier of a signature."""
    fixed = {
        "rsa-md5": "1.2.840.113549.1.1.4",
        "rsa-sha1": "1.2.840.113549.1.1.5",
        "rsa-sha224": "1.2.840.113549.1.1.14",
        "ecdsa-sha1": "1.2.840.10045.4.1",
        "ecdsa-sha224": "1.2.840.10045.4.3.1",
    }
    if how in fixed:
        return seq(oid(fixed[how]), NULL if how.startswith("rsa") else b"")
    if how == "ed25519":
        return seq(oid("1.3.101.112"))
    kind, digest = how.rsplit("-", 1)
    number = SHA[digest]
    if kind == "rsa":
        return seq(oid(f"1.2.840.113549.1.1.{number + 10}"), NULL)
    if kind == "ecdsa":
        return seq(oid(f"1.2.840.10045.4.3.{number + 1}"))
    hashed = seq(oid(f"2.16.840.1.101.3.4.2.{number}"), NULL)
    masked = seq(oid("1.2.840.113549.1.1.8"), hashed)
    salt = integer({"sha256": 32, "sha384": 48, "sha512": 64}[digest])
    return seq(oid("1.2.840.113549.1.1.10"), seq(explicit(0, hashed), explicit(1, masked), explicit(2, salt)))


_pool = {}


def key(kind="p256", number=None):
    """A new key; an RSA key is shared among certificates, since making one takes long."""
    if not kind.startswith("rsa"):
        return Key(kind)
    if (kind, number) not in _pool:
        _pool[kind, number] = Key(kind)
    return _pool[kind, number]


class Certificate:
    """Everything may be given; what is not is what an honest authority would write."""

    def __init__(self, subject, issuer=None, *, extensions, own_key=None, subject_der=None, issuer_der=None, serial=None,
                 start=START, end=END, version=3, signature=None, inner=None, broken=False, trailing=b"",
                 issuer_key=None):
        self.key = own_key or key()
        self.subject = subject_der if subject_der is not None else name(f"CN={subject}")
        self.serial = next(SERIALS) if serial is None else serial
        self.identifier = self.key.identifier
        by = issuer_key or (issuer.key if issuer else self.key)
        how = signature or by.default_signature()
        issuer_name = issuer_der if issuer_der is not None else (issuer.subject if issuer else self.subject)
        numbered = explicit(0, integer(version - 1)) if version > 1 else b""
        listed = explicit(3, seq(*extensions)) if extensions and version > 2 else b""
        signed = seq(numbered, integer(self.serial), algorithm(inner or how), issuer_name,
                     seq(time(start), time(end)), self.subject, self.key.public, listed)
        value = by.sign(signed, how)
        if broken:
            value = value[:-1] + bytes([value[-1] ^ 1])
        self.der = seq(signed, algorithm(how), bits(value)) + trailing


def root(subject="Root", drop=(), more=(), path_length=None, **given):
    """A self-signed CA; `drop` names default extensions to leave out, `more` are added."""
    own = given.pop("own_key", None) or key()
    defaults = {
        "bc": basic_constraints(path_length=path_length),
        "ku": key_usage("keyCertSign", "cRLSign"),
        "ski": subject_key_id(own.identifier),
    }
    kept = [value for part, value in defaults.items() if part not in drop]
    return Certificate(subject, extensions=[*kept, *more], own_key=own, **given)


def ca(subject, issuer, drop=(), more=(), path_length=None, **given):
    """An intermediate."""
    own = given.pop("own_key", None) or key()
    defaults = {
        "bc": basic_constraints(path_length=path_length),
        "ku": key_usage("keyCertSign", "cRLSign"),
        "ski": subject_key_id(own.identifier),
        "aki": authority_key_id(issuer.identifier),
    }
    kept = [value for part, value in defaults.items() if part not in drop]
    return Certificate(subject, issuer, extensions=[*kept, *more], own_key=own, **given)


def leaf(issuer, subject="leaf", drop=(), more=(), **given):
    """An end-entity certificate."""
    defaults = {
        "bc": basic_constraints(ca=False, critical=False),
        "ku": key_usage("digitalSignature"),
        "eku": extended_key_usage("clientAuth"),
        "aki": authority_key_id(issuer.identifier),
    }
    kept = [value for part, value in defaults.items() if part not in drop]
    return Certificate(subject, issuer, extensions=[*kept, *more], **given)


CRL_START, CRL_END = at("2030-06-01T00:00:00Z"), at("2030-07-01T00:00:00Z")


def entry(certificate, reason=None, more=(), when=at("2030-05-05T00:00:00Z")):
    """A revoked certificate, or the serial number of one."""
    serial = certificate.serial if isinstance(certificate, Certificate) else certificate
    extensions = list(more)
    if reason is not None:
        extensions.append(extension("2.5.29.21", False, tlv(0x0A, bytes([reason]))))
    return seq(integer(serial), time(when), seq(*extensions) if extensions else b"")


class RevocationList:
    def __init__(self, issuer, entries=(), *, number=1, more=(), version=2, start=CRL_START, end=CRL_END, signature=None,
                 issuer_key=None, broken=False, drop=()):
        by = issuer_key or issuer.key
        how = signature or by.default_signature()
        extensions = [*more]
        if "aki" not in drop:
            extensions.append(authority_key_id(by.identifier))
        if number is not None:
            extensions.append(extension("2.5.29.20", False, integer(number)))
        signed = seq(
            integer(version - 1) if version > 1 else b"",
            algorithm(how),
            issuer.subject,
            time(start),
            time(end) if end else b"",
            seq(*entries) if entries else b"",
            explicit(0, seq(*extensions)) if extensions and version > 1 else b"",
        )
        value = by.sign(signed, how)
        if broken:
            value = value[:-1] + bytes([value[-1] ^ 1])
        self.der = seq(signed, algorithm(how), bits(value))
