"""Fills an account, as root, so that each list of the console has a second page, with names as long as they may be. Arguments: a folder for files, how many
of each, a CA certificate and its key (PEM files). Leaves NUMBER.crt and NUMBER.key of machines in the folder. Prints, as JSON, the ARNs of the private CA that
issued them, and of an anchor, a role and a profile that let them in."""

import datetime
import json
import pathlib
import sys

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from checks import allow, trust

folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
CA, CA_KEY = (pathlib.Path(path).read_bytes() for path in sys.argv[3:5])
anywhere, iam, pca = boto3.client("rolesanywhere"), boto3.client("iam"), boto3.client("acm-pca")
NOW = datetime.datetime.now(datetime.timezone.utc)
SIGNING = "SHA256WITHECDSA"


def authorities():
    for number in range(count):
        subject = {"CommonName": f"{number:03}".ljust(64, "c")}
        configuration = {"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": SIGNING, "Subject": subject}
        made = pca.create_certificate_authority(CertificateAuthorityType="ROOT", CertificateAuthorityConfiguration=configuration)
    return made["CertificateAuthorityArn"]


def issue(arn, csr, template, days):
    issued = pca.issue_certificate(
        CertificateAuthorityArn=arn, Csr=csr, SigningAlgorithm=SIGNING, TemplateArn=f"arn:aws:acm-pca:::template/{template}/V1",
        Validity={"Type": "DAYS", "Value": days},
    )["CertificateArn"]
    return pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued)["Certificate"]


def certificates(arn):
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]
    own = issue(arn, csr.encode(), "RootCACertificate", 3650)
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=own)
    key = ec.generate_private_key(ec.SECP256R1())
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for number in range(count):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{number:03}".ljust(64, "h"))])
        request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
        certificate = issue(arn, request.public_bytes(serialization.Encoding.PEM), "EndEntityCertificate", 30)
        (folder / f"{number}.crt").write_text(certificate, encoding="ascii")
        (folder / f"{number}.key").write_bytes(plain)


def revocation_list():
    issuer, key = x509.load_pem_x509_certificate(CA), serialization.load_pem_private_key(CA_KEY, None)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject).last_update(NOW - datetime.timedelta(hours=1))
    builder = builder.next_update(NOW + datetime.timedelta(days=1)).add_extension(x509.CRLNumber(1), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def long(number, size):
    return f"{number:03}".ljust(size, "m")


arn = authorities()
certificates(arn)
private = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": arn}}
bundle = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": CA.decode()}}
crl = revocation_list()
anchor = anywhere.create_trust_anchor(name="way in", source=private, enabled=True)["trustAnchor"]["trustAnchorArn"]
for number in range(count):
    office = anywhere.create_trust_anchor(name=long(number, 255), source=bundle)["trustAnchor"]["trustAnchorArn"]
    anywhere.import_crl(name=long(number, 255), crlData=crl, trustAnchorArn=office)
    role = iam.create_role(RoleName=long(number, 64), AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    iam.create_policy(PolicyName=long(number, 128), PolicyDocument=allow("s3:*"))
    anywhere.create_profile(name=long(number, 255), roleArns=[role])
profile = anywhere.create_profile(name="way in", roleArns=[role], enabled=True)["profile"]["profileArn"]
print(json.dumps({"authority": arn, "anchor": anchor, "role": role, "profile": profile}))
