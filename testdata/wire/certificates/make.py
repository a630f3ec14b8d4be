"""Makes the certificates that the transcripts use: `ca.pem`, `leaf.pem` with `leaf.key`, and `crl.pem`, valid for a hundred
years so that the transcripts stay as they are. Run with the Python of the test environment, in this folder."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
END = datetime.datetime(2126, 1, 1, tzinfo=datetime.timezone.utc)


def usage(ca):
    return x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False)


def certificate(subject, key, issuer, issuer_key, ca, serial):
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(serial).not_valid_before(START).not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage(ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256()))


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def write(file, made):
    with open(file, "wb") as target:
        target.write(made.public_bytes(Encoding.PEM))


root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
write("ca.pem", certificate(name("Transcripts"), root, name("Transcripts"), root, True, 1))
write("leaf.pem", certificate(name("client"), leaf, name("Transcripts"), root, False, 0x1001))
with open("leaf.key", "wb") as target:
    target.write(leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
revoked = x509.RevokedCertificateBuilder().serial_number(0x2002).revocation_date(START).build()
write("crl.pem", (
    x509.CertificateRevocationListBuilder().issuer_name(name("Transcripts")).last_update(START).next_update(END)
    .add_extension(x509.CRLNumber(1), critical=False).add_revoked_certificate(revoked).sign(root, hashes.SHA256())))
