"""Certificate authorities whose keys are on a token, by boto3. Arguments: a folder for files, and what to do: `make` a root and a subordinate
and a leaf, whose ARNs are printed as JSON; `issue ARN` another leaf; `refuse ARN` where the token is away."""

import json
import pathlib
import sys

import boto3
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from checks import refused

FOLDER = pathlib.Path(sys.argv[1])
TEMPLATE = "arn:aws:acm-pca:::template/"
pca = boto3.client("acm-pca", config=Config(retries={"total_max_attempts": 1}))


def create(kind, name, key, signing):
    configuration = {"KeyAlgorithm": key, "SigningAlgorithm": signing, "Subject": {"CommonName": name}}
    return pca.create_certificate_authority(
        CertificateAuthorityConfiguration=configuration, CertificateAuthorityType=kind
    )["CertificateAuthorityArn"]


def issue(arn, csr, signing, template, days):
    made = pca.issue_certificate(
        CertificateAuthorityArn=arn,
        Csr=csr,
        SigningAlgorithm=signing,
        TemplateArn=TEMPLATE + template,
        Validity={"Value": days, "Type": "DAYS"},
    )["CertificateArn"]
    answer = pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=made)
    return answer["Certificate"], answer.get("CertificateChain", "")


def certified(arn, by, signing, template, days):
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]
    certificate, chain = issue(by, csr, signing, template, days)
    more = {"CertificateChain": chain} if chain else {}
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=certificate, **more)
    return certificate


def leaf(arn):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    pem = csr.public_bytes(serialization.Encoding.PEM)
    certificate, chain = issue(arn, pem, "SHA384WITHECDSA", "EndEntityClientAuthCertificate/V1", 5)
    plain = serialization.NoEncryption()
    (FOLDER / "leaf.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    (FOLDER / "leaf.pem").write_text(certificate)
    (FOLDER / "chain.pem").write_text(chain)


def make():
    root = create("ROOT", "Token Root", "RSA_2048", "SHA256WITHRSA")
    certificate = certified(root, root, "SHA256WITHRSA", "RootCACertificate/V1", 100)
    (FOLDER / "root.pem").write_text(certificate)
    sub = create("SUBORDINATE", "Token Sub", "EC_secp384r1", "SHA384WITHECDSA")
    certified(sub, root, "SHA256WITHRSA", "SubordinateCACertificate_PathLen0/V1", 50)
    leaf(sub)
    with refused("InvalidArgsException", "RSA and EC keys alone"):
        create("ROOT", "No Token", "ML_DSA_65", "ML_DSA_65")
    print(json.dumps({"root": root, "sub": sub}))


match sys.argv[2:]:
    case ["make"]:
        make()
    case ["issue", arn]:
        leaf(arn)
    case ["refuse", arn]:
        try:
            leaf(arn)
        except pca.exceptions.ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, error
            assert "key of the certificate authority" in error.response["Error"]["Message"], error
        else:
            raise AssertionError("issued without the token")
