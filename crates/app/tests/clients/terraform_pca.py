"""The calls of Terraform's AWS provider for Private CA and ACM, in its order: a root, a subordinate, certificates, permission, policy; a plan
that must show no change, an update, and destroy, which goes by the words of AWS's errors."""

import datetime
import json
import uuid

import boto3
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from checks import refused

pca, acm = boto3.client("acm-pca"), boto3.client("acm")
TEMPLATE = "arn:aws:acm-pca:::template/"


def tolerated(call, code, words):
    """The provider goes on after this error, and stops at any other."""
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code and words in error.response["Error"]["Message"], error
        return
    raise AssertionError(f"{code} was expected")


def create_authority(kind, name, **more):
    """aws_acmpca_certificate_authority."""
    made = pca.create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "EC_prime256v1",
            "SigningAlgorithm": "SHA256WITHECDSA",
            "Subject": {"CommonName": name, "Organization": "Example"},
        },
        CertificateAuthorityType=kind,
        IdempotencyToken=f"terraform-{uuid.uuid4().hex[:24]}",
        **more,
    )["CertificateAuthorityArn"]
    assert describe(made)["Status"] in ("ACTIVE", "PENDING_CERTIFICATE")
    return made


def describe(arn):
    return pca.describe_certificate_authority(CertificateAuthorityArn=arn)["CertificateAuthority"]


def read_authority(arn):
    """What the provider reads of it."""
    found = describe(arn)
    try:
        own = pca.get_certificate_authority_certificate(CertificateAuthorityArn=arn)
    except pca.exceptions.InvalidStateException:
        own = {}
    names = ("Arn", "CertificateAuthorityConfiguration", "KeyStorageSecurityStandard", "NotAfter", "NotBefore", "Serial", "Type")
    names += ("UsageMode", "RevocationConfiguration")
    return {
        **{name: found.get(name) for name in names},
        "enabled": found["Status"] != "DISABLED",
        "certificate": own.get("Certificate"),
        "chain": own.get("CertificateChain"),
        "csr": pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"],
        "tags": sorted((tag["Key"], tag.get("Value")) for tag in pca.list_tags(CertificateAuthorityArn=arn)["Tags"]),
    }


def create_certificate(by, csr, template, validity, **more):
    """aws_acmpca_certificate."""
    arn = pca.issue_certificate(
        CertificateAuthorityArn=by,
        Csr=csr.encode(),
        IdempotencyToken=f"terraform-{uuid.uuid4().hex[:24]}",
        SigningAlgorithm="SHA256WITHECDSA",
        TemplateArn=TEMPLATE + template,
        Validity=validity,
        **more,
    )["CertificateArn"]
    pca.get_waiter("certificate_issued").wait(CertificateAuthorityArn=by, CertificateArn=arn)
    return arn


def read_certificate(by, arn):
    answer = pca.get_certificate(CertificateAuthorityArn=by, CertificateArn=arn)
    return answer["Certificate"], answer.get("CertificateChain")


def import_certificate(arn, certificate, chain):
    """aws_acmpca_certificate_authority_certificate."""
    more = {"CertificateChain": chain} if chain else {}
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=certificate, **more)


def revoke(by, certificate):
    """Destroying aws_acmpca_certificate: the serial number as Go prints it, without zeroes in front."""
    serial = x509.load_pem_x509_certificate(certificate.encode()).serial_number
    pca.revoke_certificate(CertificateAuthorityArn=by, CertificateSerial=f"{serial:x}", RevocationReason="UNSPECIFIED")


def destroy(arn):
    """It is disabled first, whatever state it is in."""
    words = "The certificate authority must be in the ACTIVE or DISABLED state to be updated"
    disable = lambda: pca.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    match describe(arn)["Status"]:
        case "PENDING_CERTIFICATE":
            tolerated(disable, "InvalidStateException", words)
        case _:
            disable()
    pca.delete_certificate_authority(CertificateAuthorityArn=arn, PermanentDeletionTimeInDays=7)
    assert describe(arn)["Status"] == "DELETED"


def leaf_request():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "web.example.org")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


# terraform apply. Certificates are asked for as soon as the authority is there: the provider tries again on these words.
off = {"CrlConfiguration": {"Enabled": False}}
root = create_authority("ROOT", "Terraform Root", RevocationConfiguration=off, Tags=[{"Key": "team", "Value": "a"}])
pending = read_authority(root)
assert pending["certificate"] is None and pending["tags"] == [("team", "a")] and pending["enabled"], pending
ten_years = {"Type": "YEARS", "Value": 10}
tolerated(
    lambda: create_certificate(root, leaf_request(), "EndEntityCertificate/V1", ten_years),
    "InvalidStateException",
    "The certificate authority is not in a valid state for issuing certificates",
)
own = create_certificate(root, pending["csr"], "RootCACertificate/V1", ten_years)
certificate, chain = read_certificate(root, own)
assert chain is None
import_certificate(root, certificate, chain)
sub = create_authority("SUBORDINATE", "Terraform Sub", KeyStorageSecurityStandard="FIPS_140_2_LEVEL_3_OR_HIGHER")
of_sub = create_certificate(root, read_authority(sub)["csr"], "SubordinateCACertificate_PathLen0/V1", {"Type": "YEARS", "Value": 5})
sub_certificate, sub_chain = read_certificate(root, of_sub)
import_certificate(sub, sub_certificate, sub_chain)
never = create_authority("SUBORDINATE", "Never certified")

# An end as the provider writes it, and a JSON text of `api_passthrough`.
tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
end = {"Type": "END_DATE", "Value": int(tomorrow.strftime("%Y%m%d%H%M%S"))}
passed = json.loads('{"Extensions": {"SubjectAlternativeNames": [{"DnsName": "web.example.org"}]}}')
leaf = create_certificate(
    sub, leaf_request(), "EndEntityClientAuthCertificate_APIPassthrough/V1", end, ApiPassthrough=passed
)
leaf_certificate, leaf_chain = read_certificate(sub, leaf)
assert x509.load_pem_x509_certificate(leaf_certificate.encode()).not_valid_after_utc == tomorrow.replace(microsecond=0)

actions = ["GetCertificate", "IssueCertificate", "ListPermissions"]
pca.create_permission(CertificateAuthorityArn=sub, Principal="acm.amazonaws.com", Actions=actions)
pages = pca.get_paginator("list_permissions").paginate(CertificateAuthorityArn=sub)
(permission,) = [one for page in pages for one in page["Permissions"]]
assert sorted(permission["Actions"]) == actions and permission["CertificateAuthorityArn"] == sub, permission
statement = {
    "Effect": "Allow",
    "Principal": {"AWS": "000000000000"},
    "Action": ["acm-pca:DescribeCertificateAuthority", "acm-pca:ListTags"],
    "Resource": sub,
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "1", **statement}]}, separators=(",", ":"))
pca.put_policy(ResourceArn=sub, Policy=policy)
assert pca.get_policy(ResourceArn=sub)["Policy"] == policy

# aws_acm_certificate of an authority.
private = acm.request_certificate(
    DomainName="web.example.org",
    IdempotencyToken=f"tf{uuid.uuid4().hex[:28]}",
    CertificateAuthorityArn=sub,
    SubjectAlternativeNames=["b.example.org", "web.example.org"],
    Tags=[{"Key": "team", "Value": "a"}],
)["CertificateArn"]


def read_private():
    found = acm.describe_certificate(CertificateArn=private)["Certificate"]
    assert (found["Type"], found["Status"], found["CertificateAuthorityArn"]) == ("PRIVATE", "ISSUED", sub), found
    names = ("DomainName", "KeyAlgorithm", "NotAfter", "NotBefore", "RenewalEligibility", "SubjectAlternativeNames")
    tags = acm.list_tags_for_certificate(CertificateArn=private)["Tags"]
    return {name: found[name] for name in names} | {"tags": tags}


# terraform plan: nothing has changed.
before = [read_authority(arn) for arn in (root, sub, never)] + [read_private()]
assert before[0]["RevocationConfiguration"]["CrlConfiguration"]["Enabled"] is False, before[0]
assert before[1]["chain"] == certificate and before[1]["enabled"]
assert [read_authority(arn) for arn in (root, sub, never)] + [read_private()] == before

# terraform apply with changes: only what changed is sent, which may be nothing.
pca.update_certificate_authority(CertificateAuthorityArn=sub)
pca.update_certificate_authority(CertificateAuthorityArn=sub, Status="DISABLED")
on = {"CrlConfiguration": {"Enabled": True, "ExpirationInDays": 7, "S3BucketName": "lists"}, "OcspConfiguration": {"Enabled": True}}
pca.update_certificate_authority(CertificateAuthorityArn=sub, Status="ACTIVE", RevocationConfiguration=on)
pca.untag_certificate_authority(CertificateAuthorityArn=root, Tags=[{"Key": "team"}])
pca.tag_certificate_authority(CertificateAuthorityArn=root, Tags=[{"Key": "stage", "Value": "b"}])
changed = read_authority(sub)
assert changed["RevocationConfiguration"]["CrlConfiguration"]["ExpirationInDays"] == 7, changed
assert changed["RevocationConfiguration"]["OcspConfiguration"]["Enabled"] is True and changed["enabled"], changed
assert read_authority(root)["tags"] == [("stage", "b")]

# terraform destroy.
acm.delete_certificate(CertificateArn=private)
pca.delete_policy(ResourceArn=sub)
with refused("ResourceNotFoundException"):
    pca.get_policy(ResourceArn=sub)
pca.delete_permission(CertificateAuthorityArn=sub, Principal="acm.amazonaws.com")
revoke(sub, leaf_certificate)
tolerated(lambda: revoke(sub, leaf_certificate), "RequestAlreadyProcessedException", "")
revoke(root, sub_certificate)
tolerated(lambda: revoke(root, certificate), "InvalidRequestException", "Self-signed certificate can not be revoked")
for arn in (sub, never, root):
    destroy(arn)
    tolerated(
        lambda: pca.list_permissions(CertificateAuthorityArn=arn),
        "InvalidStateException",
        "The certificate authority is in the DELETED state",
    )
