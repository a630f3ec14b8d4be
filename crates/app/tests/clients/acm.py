"""Certificate Manager through botocore: private certificates requested, described, listed, exported, renewed, revoked; others imported
and imported again; tags; what is refused. Arguments: the binary, and a folder of our own."""

import datetime
import json
import os
import pathlib
import subprocess
import sys

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from checks import document, refused, trust

pca, acm, iam = boto3.client("acm-pca"), boto3.client("acm"), boto3.client("iam")
ANYROLE, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
PASSPHRASE = b"correct horse battery"


def authority():
    """A root that issues, by the steps of every guide."""
    arn = pca.create_certificate_authority(
        CertificateAuthorityType="ROOT",
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "EC_prime256v1",
            "SigningAlgorithm": "SHA256WITHECDSA",
            "Subject": {"Organization": "Example", "CommonName": "ACM root"},
        },
    )["CertificateAuthorityArn"]
    csr = pca.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]
    issued = pca.issue_certificate(
        CertificateAuthorityArn=arn,
        Csr=csr.encode(),
        SigningAlgorithm="SHA256WITHECDSA",
        TemplateArn="arn:aws:acm-pca:::template/RootCACertificate/V1",
        Validity={"Type": "YEARS", "Value": 5},
    )["CertificateArn"]
    root = pca.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued)["Certificate"]
    pca.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=root.encode())
    return arn, root


def request(ca, name="web.example.org", **more):
    return acm.request_certificate(DomainName=name, CertificateAuthorityArn=ca, **more)["CertificateArn"]


def described(arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def names_of(certificate):
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return extension.value.get_values_for_type(x509.DNSName)


def a_private_certificate(ca, root):
    more = {
        "SubjectAlternativeNames": ["b.example.org", "*.c.example.org", "web.example.org"],
        "KeyAlgorithm": "EC_prime256v1",
        "IdempotencyToken": "once",
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    arn = request(ca, **more)
    assert arn.startswith("arn:aws:acm:us-east-1:000000000000:certificate/"), arn
    assert request(ca, **more) == arn
    with refused("InvalidParameterException", "idempotency token"):
        request(ca, "other.example.org", **more)

    detail = described(arn)
    assert (detail["Type"], detail["Status"], detail["DomainName"]) == ("PRIVATE", "ISSUED", "web.example.org"), detail
    assert detail["SubjectAlternativeNames"] == ["web.example.org", "b.example.org", "*.c.example.org"]
    assert detail["CertificateAuthorityArn"] == ca and detail["KeyAlgorithm"] == "EC_prime256v1"
    assert (detail["Issuer"], detail["Subject"]) == ("Example", "CN=web.example.org")
    assert detail["SignatureAlgorithm"] == "SHA256WITHECDSA" and detail["RenewalEligibility"] == "ELIGIBLE"
    assert {"Name": "TLS_WEB_CLIENT_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.2"} in detail["ExtendedKeyUsages"]
    days = (detail["NotAfter"] - detail["NotBefore"]).days
    assert 395 <= days <= 396, days

    got = acm.get_certificate(CertificateArn=arn)
    leaf = x509.load_pem_x509_certificate(got["Certificate"].encode())
    above = x509.load_pem_x509_certificates(got["CertificateChain"].encode())
    assert [one.subject for one in above] == [leaf.issuer] and got["CertificateChain"].strip() == root.strip()
    leaf.verify_directly_issued_by(above[0])
    assert names_of(leaf) == detail["SubjectAlternativeNames"]
    assert int(detail["Serial"].replace(":", ""), 16) == leaf.serial_number, detail["Serial"]
    return arn, leaf


def what_is_exported(arn, leaf):
    exported = acm.export_certificate(CertificateArn=arn, Passphrase=PASSPHRASE)
    assert exported["Certificate"] == acm.get_certificate(CertificateArn=arn)["Certificate"]
    assert exported["PrivateKey"].startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    key = serialization.load_pem_private_key(exported["PrivateKey"].encode(), PASSPHRASE)
    assert key.public_key() == leaf.public_key()
    (FOLDER / "exported.key").write_text(exported["PrivateKey"])
    (FOLDER / "exported.pem").write_text(exported["Certificate"])
    shown = subprocess.run(
        ["openssl", "asn1parse", "-in", FOLDER / "exported.key"], check=True, capture_output=True, text=True
    ).stdout
    assert "PBES2" in shown and "PBKDF2" in shown and "aes-256-cbc" in shown, shown
    opened = FOLDER / "opened.key"
    line = ["openssl", "pkey", "-in", FOLDER / "exported.key", "-out", opened, "-passin", "pass:" + PASSPHRASE.decode()]
    subprocess.run(line, check=True)
    wrong = ["openssl", "pkey", "-in", FOLDER / "exported.key", "-noout", "-passin", "pass:wrong"]
    assert subprocess.run(wrong, capture_output=True).returncode != 0
    with refused("ValidationException"):
        acm.export_certificate(CertificateArn=arn, Passphrase=b"abc")
    with refused("InvalidParameterException", "#, $ and %"):
        acm.export_certificate(CertificateArn=arn, Passphrase=b"abc$")
    listed = [row for row in every(Includes={"keyTypes": ["EC_prime256v1"]}) if row["CertificateArn"] == arn]
    assert listed[0]["Exported"] is True and listed[0]["ExportOption"] == "ENABLED", listed


def it_opens_a_session(root):
    """The exported pair, with the authority as trust anchor."""
    anywhere = boto3.client("rolesanywhere")
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": root}}
    anchor = anywhere.create_trust_anchor(name="acm", source=source, enabled=True)["trustAnchor"]["trustAnchorArn"]
    role = iam.create_role(RoleName="acm", AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    profile = anywhere.create_profile(name="acm", roleArns=[role], enabled=True)["profile"]["profileArn"]
    line = [ANYROLE, "credential-process", "--certificate", FOLDER / "exported.pem", "--private-key", FOLDER / "opened.key"]
    line += ["--trust-anchor-arn", anchor, "--profile-arn", profile, "--role-arn", role]
    line += ["--endpoint", os.environ["AWS_ENDPOINT_URL"]]
    environment = os.environ | {"AWS_CONFIG_FILE": str(FOLDER / "none")}
    answered = json.loads(subprocess.run(line, check=True, stdout=subprocess.PIPE, env=environment).stdout)
    session = boto3.client(
        "sts",
        aws_access_key_id=answered["AccessKeyId"],
        aws_secret_access_key=answered["SecretAccessKey"],
        aws_session_token=answered["SessionToken"],
    )
    assert ":assumed-role/acm/" in session.get_caller_identity()["Arn"]


def every(**asked):
    pages = acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 2}, **asked)
    return [row for page in pages for row in page["CertificateSummaryList"]]


def lists(ca):
    kinds = {"RSA_2048": "r.example.org", "EC_secp384r1": "e.example.org", "EC_prime256v1": "p.example.org"}
    made = {kind: request(ca, name, KeyAlgorithm=kind) for kind, name in kinds.items()}
    # Without a filter by key, RSA alone, as AWS has it.
    assert [row["CertificateArn"] for row in every()] == [made["RSA_2048"]]
    found = every(Includes={"keyTypes": list(kinds)})
    assert {row["CertificateArn"] for row in found} >= set(made.values()) and len(found) == 4
    arns = [row["CertificateArn"] for row in found]
    assert arns == sorted(arns)
    newest = every(Includes={"keyTypes": list(kinds)}, SortBy="CREATED_AT", SortOrder="DESCENDING")
    times = [row["CreatedAt"] for row in newest]
    assert times == sorted(times, reverse=True) and len(newest) == 4
    assert every(CertificateStatuses=["EXPIRED"], Includes={"keyTypes": list(kinds)}) == []
    both = {"keyUsage": ["DIGITAL_SIGNATURE"], "extendedKeyUsage": ["TLS_WEB_CLIENT_AUTHENTICATION"]}
    assert len(every(Includes={"keyTypes": list(kinds), **both})) == 4
    assert every(Includes={"keyTypes": list(kinds), "keyUsage": ["CRL_SIGNING"]}) == []
    assert every(Includes={"keyTypes": list(kinds), "exportOption": "DISABLED"}) == []
    with refused("ValidationException", "NextToken"):
        acm.list_certificates(NextToken="x")
    for arn in made.values():
        acm.delete_certificate(CertificateArn=arn)


def own(name, key, days=30):
    """A certificate of somebody else's: PEM of it and its key."""
    now = datetime.datetime.now(datetime.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start, end = sorted([now, now + datetime.timedelta(days=days)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(minutes=5))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name), x509.DNSName("x." + name)]), False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(*plain)


def imports(root):
    key = rsa.generate_private_key(65537, 2048)
    certificate, pem = own("i.example.org", key)
    arn = acm.import_certificate(Certificate=certificate, PrivateKey=pem, Tags=[{"Key": "a"}])["CertificateArn"]
    detail = described(arn)
    assert (detail["Type"], detail["DomainName"]) == ("IMPORTED", "i.example.org"), detail
    assert detail["SubjectAlternativeNames"] == ["i.example.org", "x.i.example.org"] and "ImportedAt" in detail
    assert detail["RenewalEligibility"] == "INELIGIBLE" and "CertificateAuthorityArn" not in detail
    got = acm.get_certificate(CertificateArn=arn)
    assert got["Certificate"].encode() == certificate and "CertificateChain" not in got

    other = ec.generate_private_key(ec.SECP256R1())
    successor, other_pem = own("j.example.org", other)
    assert acm.import_certificate(CertificateArn=arn, Certificate=successor, PrivateKey=other_pem)["CertificateArn"] == arn
    detail = described(arn)
    assert (detail["DomainName"], detail["KeyAlgorithm"]) == ("j.example.org", "EC_prime256v1"), detail
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "a", "Value": ""}]
    with refused("InvalidParameterException", "re-import"):
        acm.import_certificate(CertificateArn=arn, Certificate=successor, PrivateKey=other_pem, Tags=[{"Key": "b"}])
    with refused("InvalidParameterException", "does not belong"):
        acm.import_certificate(Certificate=certificate, PrivateKey=other_pem)
    with refused("InvalidParameterException", "lead up"):
        acm.import_certificate(Certificate=certificate, PrivateKey=pem, CertificateChain=root.encode())
    with refused("InvalidParameterException", "can't be read"):
        acm.import_certificate(Certificate=b"nothing", PrivateKey=pem)
    with refused("InvalidParameterException", "not valid now"):
        expired, expired_pem = own("old.example.org", other, days=-30)
        acm.import_certificate(Certificate=expired, PrivateKey=expired_pem)
    locked = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    with refused("InvalidParameterException", "encrypted"):
        acm.import_certificate(Certificate=successor, PrivateKey=locked)
    with refused("ValidationException", "can't be exported"):
        acm.export_certificate(CertificateArn=arn, Passphrase=PASSPHRASE)
    with refused("ValidationException", "renewed"):
        acm.renew_certificate(CertificateArn=arn)
    acm.delete_certificate(CertificateArn=arn)


def tags(arn):
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "team", "Value": "b"}, {"Key": "env"}])
    kept = [{"Key": "env", "Value": ""}, {"Key": "team", "Value": "b"}]
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == kept
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "team", "Value": "other"}, {"Key": "env"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == kept[1:]


def renewed_revoked_deleted(ca, arn, before):
    acm.renew_certificate(CertificateArn=arn)
    detail = described(arn)
    assert detail["RenewalSummary"]["RenewalStatus"] == "SUCCESS", detail
    after = x509.load_pem_x509_certificate(acm.get_certificate(CertificateArn=arn)["Certificate"].encode())
    assert after.serial_number != before.serial_number and after.public_key() != before.public_key()
    assert names_of(after) == names_of(before)
    pca.revoke_certificate(
        CertificateAuthorityArn=ca,
        CertificateSerial=f"{after.serial_number:032x}",
        RevocationReason="SUPERSEDED",
    )
    detail = described(arn)
    assert (detail["Status"], detail["RevocationReason"]) == ("REVOKED", "SUPERSEDED"), detail
    assert detail["RevokedAt"] and detail["RenewalEligibility"] == "INELIGIBLE"
    acm.delete_certificate(CertificateArn=arn)
    for call in (acm.describe_certificate, acm.get_certificate, acm.delete_certificate, acm.list_tags_for_certificate):
        with refused("ResourceNotFoundException", arn):
            call(CertificateArn=arn)


def what_is_refused(ca):
    with refused("InvalidParameterException", "Public certificates are not served"):
        acm.request_certificate(DomainName="public.example.org", ValidationMethod="DNS")
    with refused("InvalidParameterException", "ValidationMethod"):
        request(ca, ValidationMethod="EMAIL")
    with refused("ValidationException", "RSA_1024"):
        request(ca, KeyAlgorithm="RSA_1024")
    with refused("ValidationException"):
        request(ca, "no domain")
    with refused("ResourceNotFoundException"):
        request(ca[:-1] + ("0" if ca[-1] != "0" else "1"))
    with refused("InvalidArnException"):
        acm.describe_certificate(CertificateArn="arn:aws:acm:us-east-1:000000000000:certificate/none")
    with refused("UnknownOperationException"):
        acm.resend_validation_email(
            CertificateArn="arn:aws:acm:us-east-1:000000000000:certificate/" + "0" * 36, Domain="a.b", ValidationDomain="a.b"
        )


def who_may(ca):
    """A user may what a policy says, and must be allowed to have the authority issue, too."""
    iam.create_user(UserName="asker")
    key = iam.create_access_key(UserName="asker")["AccessKey"]
    theirs = boto3.client(
        "acm", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )
    wanted = {"DomainName": "u.example.org", "CertificateAuthorityArn": ca, "KeyAlgorithm": "EC_prime256v1"}

    def allow(*actions):
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_user_policy(UserName="asker", PolicyName="p", PolicyDocument=document(statement))

    with refused("AccessDeniedException", "acm:RequestCertificate"):
        theirs.request_certificate(**wanted)
    allow("acm:*")
    with refused("AccessDeniedException", "acm-pca:IssueCertificate"):
        theirs.request_certificate(**wanted)
    allow("acm:RequestCertificate", "acm-pca:IssueCertificate")
    arn = theirs.request_certificate(**wanted)["CertificateArn"]
    for call in (theirs.describe_certificate, theirs.get_certificate, theirs.delete_certificate):
        with refused("AccessDeniedException"):
            call(CertificateArn=arn)
    with refused("AccessDeniedException", "acm:ExportCertificate"):
        theirs.export_certificate(CertificateArn=arn, Passphrase=PASSPHRASE)
    acm.delete_certificate(CertificateArn=arn)


def main():
    ca, root = authority()
    arn, leaf = a_private_certificate(ca, root)
    what_is_exported(arn, leaf)
    it_opens_a_session(root)
    lists(ca)
    imports(root)
    tags(arn)
    what_is_refused(ca)
    who_may(ca)
    renewed_revoked_deleted(ca, arn, leaf)


main()
