"""Verifies a signature with the key of a certificate, which must be an ML-DSA one. Arguments: the files of certificate, signature
and what was signed."""

import sys
from pathlib import Path

from cryptography import x509

certificate, signature, signed = (Path(path).read_bytes() for path in sys.argv[1:])
x509.load_pem_x509_certificate(certificate).public_key().verify(signature, signed)
