"""Fills an account, as root, so that each page of the console has something to show: Private CA with issued certificates, anchors, profiles, a CRL,
roles, policies, tags, and a user who may do nothing. Arguments: a folder for files, a CA certificate and its key (PEM files).
Prints the ARNs that the caller goes on with, a signing request, and the user's access key as JSON."""

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

folder = pathlib.Path(sys.argv[1])
CA, CA_KEY = (pathlib.Path(path).read_bytes() for path in sys.argv[2:4])
anywhere, iam, pca = boto3.client("rolesanywhere"), boto3.client("iam"), boto3.client("acm-pca")
NOW = datetime.datetime.now(datetime.timezone.utc)
SIGNING = "SHA256WITHECDSA"


def authority():
    """A root of Private CA that is ready to issue."""
    arn = pca.create_certificate_authority(
        CertificateAuthorityType="ROOT",
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": SIGNING,
            "Subject": {"Organization": "Example", "CommonName": "Example Issuing CA"},
        },
        Tags=[{"Key": "team", "Value": "platform"}],
    )["CertificateAuthorityArn"]
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]
    certificate = issue(arn, csr.encode(), "RootCACertificate", 3650)[1]
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=certificate)
    return arn


def issue(arn, csr, template, days):
    issued = pca.issue_certificate(
        CertificateAuthorityArn=arn, Csr=csr, SigningAlgorithm=SIGNING,
        TemplateArn=f"arn:aws:acm-pca:::template/{template}/V1", Validity={"Type": "DAYS", "Value": days},
    )["CertificateArn"]
    return issued, pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued)["Certificate"]


def request(name, key):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Operations")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return csr.public_bytes(serialization.Encoding.PEM)


def leaf(arn, name, days):
    """A certificate of the authority for a machine; its files are NAME.crt and NAME.key."""
    key = ec.generate_private_key(ec.SECP256R1())
    _, certificate = issue(arn, request(name, key), "EndEntityCertificate", days)
    (folder / f"{name}.crt").write_text(certificate, encoding="ascii")
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / f"{name}.key").write_bytes(pem)
    return x509.load_pem_x509_certificate(certificate.encode())


def revocation_list():
    issuer, key = x509.load_pem_x509_certificate(CA), serialization.load_pem_private_key(CA_KEY, None)
    revoked = x509.RevokedCertificateBuilder().serial_number(4711).revocation_date(NOW).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject).last_update(NOW - datetime.timedelta(hours=1))
    builder = builder.next_update(NOW + datetime.timedelta(days=1)).add_extension(x509.CRLNumber(1), critical=False)
    return builder.add_revoked_certificate(revoked).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def anchors(authority_arn):
    tags = [{"key": "team", "value": "platform"}]
    bundle = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": CA.decode()}}
    private = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": authority_arn}}
    factory = anywhere.create_trust_anchor(name="factory-floor", source=private, enabled=True, tags=tags)
    office = anywhere.create_trust_anchor(name="office", source=bundle, enabled=True)
    anywhere.create_trust_anchor(name="retired", source=bundle)
    office = office["trustAnchor"]["trustAnchorArn"]
    anywhere.import_crl(name="office-revoked", crlData=revocation_list(), trustAnchorArn=office, enabled=True, tags=tags)
    return factory["trustAnchor"]["trustAnchorArn"], office


def roles():
    operations = {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "Operations"}}
    role = iam.create_role(
        RoleName="backup-writer", Description="Writes the nightly backups", AssumeRolePolicyDocument=trust(operations),
        Tags=[{"Key": "team", "Value": "platform"}],
    )["Role"]["Arn"]
    policy = iam.create_policy(
        PolicyName="backup-bucket", Description="The bucket of the backups",
        PolicyDocument=allow("s3:PutObject", "s3:ListBucket", resource="arn:aws:s3:::backups*"),
    )["Policy"]["Arn"]
    for actions in (["s3:PutObject"], ["s3:PutObject", "s3:ListBucket", "s3:GetObject"]):
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=allow(*actions, resource="arn:aws:s3:::backups*"), SetAsDefault=True)
    iam.attach_role_policy(RoleName="backup-writer", PolicyArn=policy)
    iam.put_role_policy(RoleName="backup-writer", PolicyName="list-all", PolicyDocument=allow("s3:ListAllMyBuckets"))
    users_only = trust().replace('"Service": "rolesanywhere.amazonaws.com"', '"AWS": "arn:aws:iam::000000000000:root"')
    iam.create_role(RoleName="people-only", AssumeRolePolicyDocument=users_only)
    return role


def profiles(role):
    mapped = [{"certificateField": "x509Subject", "mappingRules": [{"specifier": "OU"}]}]
    profile = anywhere.create_profile(
        name="backups", enabled=True, roleArns=[role], durationSeconds=3600, sessionPolicy=allow("s3:*"),
        tags=[{"key": "team", "value": "platform"}],
    )["profile"]
    anywhere.put_attribute_mapping(profileId=profile["profileId"], **mapped[0])
    anywhere.create_profile(name="unused", roleArns=[role])
    return profile["profileArn"]


authority_arn = authority()
gone = leaf(authority_arn, "host3", 90)
leaf(authority_arn, "host1", 90)
leaf(authority_arn, "host2", 2)
pca.revoke_certificate(
    CertificateAuthorityArn=authority_arn, CertificateSerial=f"{gone.serial_number:x}", RevocationReason="KEY_COMPROMISE"
)
factory, office = anchors(authority_arn)
role = roles()
iam.create_user(UserName="nobody")
key = iam.create_access_key(UserName="nobody")["AccessKey"]
print(json.dumps({
    "authority": authority_arn, "factory": factory, "office": office, "role": role, "profile": profiles(role),
    "csr": request("host4", ec.generate_private_key(ec.SECP256R1())).decode(),
    "nobody": {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]},
}))
