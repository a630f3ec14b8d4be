"""Makes ML-DSA chains in a folder, since openssl has the algorithm only from 3.5 on. ML-DSA-65: `root.pem`, `middle.pem`,
`direct.pem` (by the root) and `under.pem` (by the middle), with `direct.key` and `under.key`. ML-DSA-87: `deep-root.pem`,
`deep.pem` with `deep.key`, and the five CAs between them in `deep-chain.pem`. Argument: the folder."""

import base64
import datetime
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA87PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

folder = Path(sys.argv[1])
now = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def usage(ca):
    return x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False)


def certificate(subject, key, issuer, issuer_key, ca, serial):
    made = (
        x509.CertificateBuilder().subject_name(name(subject)).issuer_name(name(issuer)).public_key(key.public_key())
        .serial_number(serial).not_valid_before(now - DAY).not_valid_after(now + DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage(ca), critical=True).sign(issuer_key, None))
    pem = made.public_bytes(Encoding.PEM)
    (folder / f"{subject}.pem").write_bytes(pem)
    return pem


def der(tag, content):
    assert len(content) < 128
    return bytes([tag, len(content)]) + content


def write_key(subject, key, algorithm_oid="608648016503040312"):
    # OpenSSL writes the seed in a sequence, with the expanded key behind it; AWS's helper reads that form and the seed alone.
    # The seed alone of RFC 9881 is another form, which that helper does not read: `SUBJECT.seed.key`.
    algorithm = der(0x30, der(0x06, bytes.fromhex(algorithm_oid)))
    seed = key.private_bytes_raw()
    for name, inner in ((subject, der(0x30, der(0x04, seed))), (f"{subject}.seed", der(0x80, seed))):
        text = base64.encodebytes(der(0x30, der(0x02, b"\0") + algorithm + der(0x04, inner))).decode()
        pem = f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n"
        (folder / f"{name}.key").write_text(pem)


root, middle, direct, under = (MLDSA65PrivateKey.generate() for _ in range(4))
certificate("root", root, "root", root, True, 1)
certificate("middle", middle, "root", root, True, 2)
certificate("direct", direct, "root", root, False, 0x4097)
certificate("under", under, "middle", middle, False, 0x4097)
write_key("direct", direct)
write_key("under", under)

above = ("deep-root", MLDSA87PrivateKey.generate())
certificate(*above, *above, True, 10)
chain = b""
for level in range(5):
    below = (f"level-{level}", MLDSA87PrivateKey.generate())
    chain += certificate(*below, *above, True, 11 + level)
    above = below
(folder / "deep-chain.pem").write_bytes(chain)
deep = MLDSA87PrivateKey.generate()
certificate("deep", deep, *above, False, 0x4097)
write_key("deep", deep, "608648016503040313")
