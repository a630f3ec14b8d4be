"""Certificates of Private CA by every template, and of ACM, into files: `NAME.pem`, with what is between it and the root in `NAME.chain`; and the
root's own, `root.pem`. Arguments: a folder, and the authority's ARN."""

import pathlib
import sys

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

FOLDER, ROOT = pathlib.Path(sys.argv[1]), sys.argv[2]
pca, acm = boto3.client("acm-pca"), boto3.client("acm")
KEYS = {"ec": ec.generate_private_key(ec.SECP256R1()), "rsa": rsa.generate_private_key(65537, 2048)}


def keep(name, answer):
    (FOLDER / f"{name}.pem").write_text(answer["Certificate"].strip() + "\n")
    (FOLDER / f"{name}.chain").write_text(answer.get("CertificateChain", ""))


def issue(name, by, csr, template, days=3, **more):
    made = pca.issue_certificate(
        CertificateAuthorityArn=by,
        Csr=csr,
        SigningAlgorithm="SHA256WITHECDSA",
        TemplateArn="arn:aws:acm-pca:::template/" + template,
        Validity={"Type": "DAYS", "Value": days},
        **more,
    )["CertificateArn"]
    answer = pca.get_certificate(CertificateAuthorityArn=by, CertificateArn=made)
    if name:
        keep(name, answer)
    return answer


def request(key):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pca.corp.example")])
    names = x509.SubjectAlternativeName([x509.DNSName("pca.corp.example")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject).add_extension(names, False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def subordinate():
    configuration = {
        "KeyAlgorithm": "EC_secp384r1",
        "SigningAlgorithm": "SHA384WITHECDSA",
        "Subject": {"Organization": "Example", "CommonName": "Example Sub"},
    }
    arn = pca.create_certificate_authority(
        CertificateAuthorityConfiguration=configuration, CertificateAuthorityType="SUBORDINATE"
    )["CertificateAuthorityArn"]
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]
    made = issue("pca-sub", ROOT, csr, "SubordinateCACertificate_PathLen1/V1", days=9)
    pca.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=made["Certificate"], CertificateChain=made["CertificateChain"]
    )
    return arn


root = pca.get_certificate_authority_certificate(CertificateAuthorityArn=ROOT)
(FOLDER / "root.pem").write_text(root["Certificate"])
sub = subordinate()
END = ["EndEntityCertificate", "EndEntityClientAuthCertificate", "EndEntityServerAuthCertificate"]
END += ["CodeSigningCertificate", "OCSPSigningCertificate"]
WAYS = ["", "_CSRPassthrough", "_APIPassthrough", "_APICSRPassthrough"]
for name in [end + way for end in END for way in WAYS] + ["BlankEndEntityCertificate" + way for way in WAYS[1:]]:
    for kind, key in KEYS.items():
        passed = {"Subject": {"CommonName": "api.corp.example"}} if "API" in name else None
        more = {"ApiPassthrough": passed} if passed else {}
        issue(f"pca-{name}-{kind}", ROOT if kind == "ec" else sub, request(key), name + "/V1", **more)
below = KEYS["rsa"]
issue("pca-sub-0", sub, request(below), "SubordinateCACertificate_PathLen0/V1")
for algorithm in ["RSA_2048", "EC_prime256v1", "EC_secp384r1"]:
    arn = acm.request_certificate(
        DomainName="acm.corp.example",
        SubjectAlternativeNames=["*.acm.corp.example"],
        CertificateAuthorityArn=ROOT,
        KeyAlgorithm=algorithm,
    )["CertificateArn"]
    keep("acm-" + algorithm, acm.get_certificate(CertificateArn=arn))
