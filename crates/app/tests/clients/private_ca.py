"""Private CA through botocore: the lives of a root and a subordinate, certificates by template, what each call refuses, a trust anchor by the
authority's ARN, and a session of a certificate that it issued. Arguments: a folder for files, the program,
and the protocol, one that botocore's model of the service names."""

import base64
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
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

from checks import refused, trust

FOLDER = pathlib.Path(sys.argv[1])
ANYROLE = sys.argv[2]
PROTOCOL = sys.argv[3]
# Of role and profile.
NAME = "by-authority-" + PROTOCOL


def client_of(protocol):
    """A client that knows no other protocol of the service than this one."""
    name = pathlib.Path("acm-pca/2017-08-22/service-2.json")
    model = boto3.session.Session()._session.get_component("data_loader").load_data(str(name.with_suffix("")))
    model["metadata"].update(protocol=protocol, protocols=[protocol])
    changed = FOLDER / "data" / name
    changed.parent.mkdir(parents=True)
    changed.write_text(json.dumps(model))
    os.environ["AWS_DATA_PATH"] = str(FOLDER / "data")
    client = boto3.session.Session().client("acm-pca")
    assert client.meta.service_model.resolved_protocol == protocol, client.meta.service_model.metadata
    return client


client = client_of(PROTOCOL)
ARN = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/"
TEMPLATE = "arn:aws:acm-pca:::template/"


def create(kind, name, key="EC_prime256v1", signing="SHA256WITHECDSA", **more):
    configuration = {
        "KeyAlgorithm": key,
        "SigningAlgorithm": signing,
        "Subject": {"Country": "DE", "Organization": "Example", "CommonName": name},
    }
    return client.create_certificate_authority(
        CertificateAuthorityConfiguration=configuration, CertificateAuthorityType=kind, **more
    )["CertificateAuthorityArn"]


def issue(arn, csr, template=None, days=10, signing="SHA256WITHECDSA", **more):
    if template is not None:
        more["TemplateArn"] = TEMPLATE + template
    more.setdefault("Validity", {"Value": days, "Type": "DAYS"})
    return client.issue_certificate(CertificateAuthorityArn=arn, Csr=csr, SigningAlgorithm=signing, **more)[
        "CertificateArn"
    ]


def get(arn, certificate):
    client.get_waiter("certificate_issued").wait(CertificateAuthorityArn=arn, CertificateArn=certificate)
    answer = client.get_certificate(CertificateAuthorityArn=arn, CertificateArn=certificate)
    return answer["Certificate"], answer.get("CertificateChain")


def describe(arn):
    return client.describe_certificate_authority(CertificateAuthorityArn=arn)["CertificateAuthority"]


def csr_of(arn):
    client.get_waiter("certificate_authority_csr_created").wait(CertificateAuthorityArn=arn)
    return client.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"]


def read(pem):
    return x509.load_pem_x509_certificate(pem.encode())


def request(name, key=None, sans=(), extensions=()):
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else []
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in sans]), False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return key, builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def verified(leaf, chain, *roots):
    """openssl takes the certificate with its chain, strictly."""
    files = {"leaf.pem": leaf, "chain.pem": chain or "", "root.pem": "".join(roots)}
    for name, content in files.items():
        (FOLDER / name).write_text(content)
    command = ["openssl", "verify", "-x509_strict", "-CAfile", FOLDER / "root.pem"]
    command += ["-untrusted", FOLDER / "chain.pem", FOLDER / "leaf.pem"] if chain else [FOLDER / "leaf.pem"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def make_root(name="Example Root", key="EC_prime256v1", signing="SHA256WITHECDSA", **more):
    arn = create("ROOT", name, key, signing, **more)
    assert arn.startswith(ARN), arn
    certificate = issue(arn, csr_of(arn), "RootCACertificate/V1", signing=signing, Validity={"Value": 10, "Type": "YEARS"})
    assert certificate.startswith(arn + "/certificate/"), certificate
    pem, chain = get(arn, certificate)
    assert chain is None
    client.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=pem)
    return arn, pem


def make_subordinate(root_arn, name="Example Sub", template="SubordinateCACertificate_PathLen0/V1", **more):
    arn = create("SUBORDINATE", name, **more)
    certificate = issue(root_arn, csr_of(arn), template, Validity={"Value": 5, "Type": "YEARS"})
    pem, chain = get(root_arn, certificate)
    client.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=pem, CertificateChain=chain
    )
    return arn, pem, chain


def the_life_of_an_authority():
    token = "token " + PROTOCOL
    arn = create("ROOT", "Root", IdempotencyToken=token, Tags=[{"Key": "team", "Value": "a"}])
    assert create("ROOT", "Root", IdempotencyToken=token) == arn
    with refused("InvalidArgsException", "idempotency token"):
        create("ROOT", "Another", IdempotencyToken=token)
    made = describe(arn)
    assert made["Status"] == "PENDING_CERTIFICATE" and made["Type"] == "ROOT", made
    assert made["OwnerAccount"] == "000000000000" and made["UsageMode"] == "GENERAL_PURPOSE", made
    now = datetime.datetime.now(datetime.timezone.utc)
    assert abs(made["CreatedAt"] - now) < datetime.timedelta(minutes=1), made
    assert made["CertificateAuthorityConfiguration"]["Subject"] == {
        "Country": "DE",
        "Organization": "Example",
        "CommonName": "Root",
    }
    assert "NotBefore" not in made and "Serial" not in made
    with refused("InvalidStateException", "PENDING_CERTIFICATE", 400):
        client.get_certificate_authority_certificate(CertificateAuthorityArn=arn)
    with refused("InvalidStateException"):
        issue(arn, request("a")[1])
    with refused("InvalidStateException"):
        client.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    csr = x509.load_pem_x509_csr(csr_of(arn).encode())
    assert csr.is_signature_valid and csr.subject.rfc4514_string() == "CN=Root,O=Example,C=DE", csr.subject

    certificate = issue(arn, csr_of(arn), "RootCACertificate/V1", Validity={"Value": 10, "Type": "YEARS"})
    pem, _ = get(arn, certificate)
    verified(pem, None, pem)
    client.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=pem)
    active = describe(arn)
    assert active["Status"] == "ACTIVE" and int(active["Serial"]) == read(pem).serial_number, active
    assert certificate.endswith("/" + format(read(pem).serial_number, "032x"))
    answer = client.get_certificate_authority_certificate(CertificateAuthorityArn=arn)
    assert answer["Certificate"] == pem and "CertificateChain" not in answer

    with refused("InvalidStateException", "disable"):
        client.delete_certificate_authority(CertificateAuthorityArn=arn)
    client.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    assert describe(arn)["Status"] == "DISABLED"
    with refused("InvalidStateException", "DISABLED"):
        issue(arn, request("a")[1])
    client.delete_certificate_authority(CertificateAuthorityArn=arn, PermanentDeletionTimeInDays=7)
    deleted = describe(arn)
    left = deleted["RestorableUntil"] - deleted["LastStateChangeAt"]
    assert deleted["Status"] == "DELETED" and left == datetime.timedelta(days=7), deleted
    with refused("InvalidStateException", "DELETED"):
        client.tag_certificate_authority(CertificateAuthorityArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    client.restore_certificate_authority(CertificateAuthorityArn=arn)
    assert describe(arn)["Status"] == "DISABLED" and "RestorableUntil" not in describe(arn)
    with refused("InvalidStateException"):
        client.restore_certificate_authority(CertificateAuthorityArn=arn)
    client.update_certificate_authority(CertificateAuthorityArn=arn, Status="ACTIVE")
    get(arn, issue(arn, request("a")[1]))
    pages = client.get_paginator("list_certificate_authorities").paginate(PaginationConfig={"PageSize": 1})
    assert arn in [one["Arn"] for page in pages for one in page["CertificateAuthorities"]]
    others = client.list_certificate_authorities(ResourceOwner="OTHER_ACCOUNTS")
    assert others["CertificateAuthorities"] == [], others
    with refused("InvalidNextTokenException"):
        client.list_certificate_authorities(NextToken="x")
    return arn


def what_is_attached(arn):
    tags = lambda: client.list_tags(CertificateAuthorityArn=arn)["Tags"]
    assert tags() == [{"Key": "team", "Value": "a"}], tags()
    client.tag_certificate_authority(CertificateAuthorityArn=arn, Tags=[{"Key": "b", "Value": "1"}, {"Key": "team"}])
    assert tags() == [{"Key": "b", "Value": "1"}, {"Key": "team", "Value": ""}], tags()
    client.untag_certificate_authority(CertificateAuthorityArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    client.untag_certificate_authority(CertificateAuthorityArn=arn, Tags=[{"Key": "team"}])
    assert tags() == [{"Key": "b", "Value": "1"}], tags()

    permission = {"CertificateAuthorityArn": arn, "Principal": "acm.amazonaws.com"}
    client.create_permission(**permission, Actions=["IssueCertificate", "GetCertificate", "ListPermissions"])
    with refused("PermissionAlreadyExistsException"):
        client.create_permission(**permission, Actions=["IssueCertificate"])
    with refused("ValidationException", "acm.amazonaws.com"):
        client.create_permission(
            CertificateAuthorityArn=arn, Principal="ec2.amazonaws.com", Actions=["IssueCertificate"]
        )
    (found,) = client.list_permissions(CertificateAuthorityArn=arn)["Permissions"]
    assert found["Principal"] == "acm.amazonaws.com" and found["SourceAccount"] == "000000000000", found
    client.delete_permission(**permission)
    with refused("ResourceNotFoundException"):
        client.delete_permission(**permission)

    with refused("ResourceNotFoundException", "no policy"):
        client.get_policy(ResourceArn=arn)
    policy = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", '
        '"Action": "acm-pca:ListTags", "Resource": "%s"}}' % arn
    )
    client.put_policy(ResourceArn=arn, Policy=policy)
    assert client.get_policy(ResourceArn=arn)["Policy"] == policy
    with refused("AccessDeniedException", "explicit deny"):
        client.list_tags(CertificateAuthorityArn=arn)
    for broken in ("{", policy.replace(arn, "*"), policy.replace("Deny", "Perhaps")):
        with refused("InvalidPolicyException"):
            client.put_policy(ResourceArn=arn, Policy=broken)
    client.delete_policy(ResourceArn=arn)
    client.list_tags(CertificateAuthorityArn=arn)
    for call in (
        lambda: client.create_certificate_authority_audit_report(
            CertificateAuthorityArn=arn, S3BucketName="bucket", AuditReportResponseFormat="JSON"
        ),
        lambda: client.describe_certificate_authority_audit_report(CertificateAuthorityArn=arn, AuditReportId="0" * 36),
    ):
        with refused("RequestFailedException", "audit trail"):
            call()


def usages(certificate):
    usage = certificate.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE)
    assert usage.critical
    names = ["digital_signature", "content_commitment", "key_encipherment", "key_cert_sign", "crl_sign"]
    return [name for name in names if getattr(usage.value, name)]


def purposes(certificate):
    try:
        return list(certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value)
    except x509.ExtensionNotFound:
        return []


def names(certificate):
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def templates(root_arn, root):
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    rsa_key = rsa.generate_private_key(65537, 2048)
    ee = ["digital_signature"]
    for template, key, expected_usages, expected_purposes in [
        (None, None, ee, both),
        (None, rsa_key, ["digital_signature", "key_encipherment"], both),
        ("EndEntityClientAuthCertificate/V1", None, ee, [ExtendedKeyUsageOID.CLIENT_AUTH]),
        ("EndEntityServerAuthCertificate/V1", None, ee, [ExtendedKeyUsageOID.SERVER_AUTH]),
        ("CodeSigningCertificate/V1", None, ee, [ExtendedKeyUsageOID.CODE_SIGNING]),
        ("OCSPSigningCertificate/V1", None, ee, [ExtendedKeyUsageOID.OCSP_SIGNING]),
    ]:
        pem, chain = get(root_arn, issue(root_arn, request("leaf", key, ["a.example"])[1], template))
        leaf = read(pem)
        assert chain == root
        verified(pem, None, root)
        assert usages(leaf) == expected_usages and purposes(leaf) == expected_purposes, template
        assert leaf.subject.rfc4514_string() == "CN=leaf"
        assert names(leaf).get_values_for_type(x509.DNSName) == ["a.example"]
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints)
        assert not constraints.value.ca and not constraints.critical
        backdated = datetime.datetime.now(datetime.timezone.utc) - leaf.not_valid_before_utc
        assert backdated < datetime.timedelta(minutes=61), leaf.not_valid_before_utc

    # What the template says comes first, then the API, then the signing request.
    custom = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    _, csr = request(
        "of the csr", None, ["csr.example"], [(custom, False), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), False)]
    )
    given = {
        "Subject": {"CommonName": "of the API", "OrganizationalUnit": "x"},
        "Extensions": {
            "SubjectAlternativeNames": [
                {"DnsName": "api.example"},
                {"UniformResourceIdentifier": "spiffe://example/a"},
                {"IpAddress": "192.0.2.1"},
                {"DirectoryName": {"CommonName": "d"}},
                {"RegisteredId": "1.2.3"},
                {"OtherName": {"TypeId": "1.2.3.5", "Value": "o"}},
            ],
            "ExtendedKeyUsage": [{"ExtendedKeyUsageType": "EMAIL_PROTECTION"}],
            "CertificatePolicies": [
                {
                    "CertPolicyId": "1.2.3.6",
                    "PolicyQualifiers": [
                        {"PolicyQualifierId": "CPS", "Qualifier": {"CpsUri": "https://example/cps"}}
                    ],
                }
            ],
            "CustomExtensions": [
                {"ObjectIdentifier": "1.2.3.7", "Value": base64.b64encode(b"\x05\x00").decode(), "Critical": False}
            ],
        },
    }
    own = [ExtendedKeyUsageOID.CLIENT_AUTH]
    for template, passthrough, subject, alternative, found_purposes, oids in [
        ("EndEntityClientAuthCertificate_CSRPassthrough/V1", None, "CN=of the csr", "csr.example", own, {"1.2.3.4"}),
        ("EndEntityClientAuthCertificate_APIPassthrough/V1", given, "of the API", "api.example", own, {"1.2.3.7"}),
        (
            "EndEntityClientAuthCertificate_APICSRPassthrough/V1",
            given,
            "of the API",
            "api.example",
            own,
            {"1.2.3.4", "1.2.3.7"},
        ),
        (
            "BlankEndEntityCertificate_CSRPassthrough/V1",
            None,
            "of the csr",
            "csr.example",
            [ExtendedKeyUsageOID.TIME_STAMPING],
            {"1.2.3.4"},
        ),
        (
            "BlankEndEntityCertificate_CriticalBasicConstraints_APICSRPassthrough/V1",
            given,
            "of the API",
            "api.example",
            [ExtendedKeyUsageOID.EMAIL_PROTECTION],
            {"1.2.3.4", "1.2.3.7"},
        ),
        ("BlankEndEntityCertificate_APIPassthrough/V1", None, "of the csr", "csr.example", [], set()),
    ]:
        more = {"ApiPassthrough": passthrough} if passthrough else {}
        leaf = read(get(root_arn, issue(root_arn, csr, template, **more))[0])
        assert subject in leaf.subject.rfc4514_string(), (template, leaf.subject)
        assert alternative in names(leaf).get_values_for_type(x509.DNSName), template
        assert purposes(leaf) == found_purposes, template
        found = {one.oid.dotted_string for one in leaf.extensions} & {"1.2.3.4", "1.2.3.7"}
        assert found == oids, (template, found)
        critical = leaf.extensions.get_extension_for_class(x509.BasicConstraints).critical
        assert critical == ("Critical" in template), template
        if passthrough:
            assert names(leaf).get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://example/a"]
            policies = leaf.extensions.get_extension_for_class(x509.CertificatePolicies).value
            assert [one.policy_identifier.dotted_string for one in policies] == ["1.2.3.6"]

    with refused("InvalidArgsException", "APIPassthrough"):
        issue(root_arn, csr, ApiPassthrough=given)
    for template in ("Nothing/V1", "BlankEndEntityCertificate/V1", "EndEntityCertificate/V2"):
        with refused("InvalidArgsException", "template"):
            issue(root_arn, csr, template)


def what_is_refused(arn):
    _, csr = request("a")
    with refused("MalformedCSRException"):
        issue(arn, b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n")
    with refused("MalformedCSRException"):
        issue(arn, b"nothing")
    with refused("InvalidArgsException", "signing algorithm"):
        issue(arn, csr, signing="SHA256WITHRSA")
    with refused("InvalidArgsException", "exceeds"):
        issue(arn, csr, Validity={"Value": 11, "Type": "YEARS"})
    with refused("InvalidArgsException", "expired"):
        issue(arn, csr, Validity={"Value": 1000000000, "Type": "ABSOLUTE"})
    with refused("InvalidArgsException", "no date"):
        issue(arn, csr, Validity={"Value": 20991399000000, "Type": "END_DATE"})
    with refused("ValidationException"):
        issue(arn, csr, Validity={"Value": 1, "Type": "WEEKS"})
    nobody = ARN + "00000000-0000-4000-8000-000000000000"
    for call in (describe, lambda arn: issue(arn, csr), csr_of):
        with refused("ResourceNotFoundException"):
            if call is csr_of:
                client.get_certificate_authority_csr(CertificateAuthorityArn=nobody)
            else:
                call(nobody)
        with refused("InvalidArnException"):
            if call is csr_of:
                client.get_certificate_authority_csr(CertificateAuthorityArn=ARN + "x")
            else:
                call(ARN + "x")
    with refused("ResourceNotFoundException"):
        client.get_certificate(CertificateAuthorityArn=arn, CertificateArn=arn + "/certificate/" + "0" * 32)
    with refused("InvalidArnException"):
        client.get_certificate(CertificateAuthorityArn=arn, CertificateArn=arn)
    with refused("InvalidArgsException", "does not fit"):
        create("ROOT", "x", "RSA_2048", "SHA256WITHECDSA")
    with refused("InvalidArgsException", "SM2"):
        create("ROOT", "x", "SM2", "SM3WITHSM2")
    with refused("InvalidArgsException", "ExpirationInDays"):
        create("ROOT", "x", RevocationConfiguration={"CrlConfiguration": {"Enabled": True}})
    pending = create("SUBORDINATE", "pending")
    _, other = make_root("Another")
    with refused("CertificateMismatchException", "public key"):
        client.import_certificate_authority_certificate(
            CertificateAuthorityArn=pending, Certificate=other, CertificateChain=other
        )
    with refused("MalformedCertificateException"):
        client.import_certificate_authority_certificate(CertificateAuthorityArn=pending, Certificate=b"x")
    own, chain = get(arn, issue(arn, csr_of(pending), "SubordinateCACertificate_PathLen1/V1"))
    with refused("InvalidRequestException", "chain"):
        client.import_certificate_authority_certificate(CertificateAuthorityArn=pending, Certificate=own)
    with refused("CertificateMismatchException", "not issued by"):
        client.import_certificate_authority_certificate(
            CertificateAuthorityArn=pending, Certificate=own, CertificateChain=other
        )
    leaf, _ = get(arn, issue(arn, csr_of(pending)))
    with refused("CertificateMismatchException", "CA:TRUE"):
        client.import_certificate_authority_certificate(
            CertificateAuthorityArn=pending, Certificate=leaf, CertificateChain=chain
        )
    client.import_certificate_authority_certificate(
        CertificateAuthorityArn=pending, Certificate=own, CertificateChain=chain
    )


def tokens_and_short_lives(arn):
    _, csr = request("a")
    first = issue(arn, csr, IdempotencyToken="t")
    assert issue(arn, csr, IdempotencyToken="t") == first
    assert issue(arn, csr, IdempotencyToken="u") != first
    with refused("InvalidArgsException", "idempotency token"):
        issue(arn, request("b")[1], IdempotencyToken="t")
    short, _ = make_root("Short", UsageMode="SHORT_LIVED_CERTIFICATE")
    issue(short, csr, days=7)
    with refused("InvalidArgsException", "7 days"):
        issue(short, csr, days=8)


def revocation(arn):
    pem, _ = get(arn, issue(arn, request("a")[1]))
    serial = format(read(pem).serial_number, "x")
    colons = ":".join(serial.zfill(32)[place : place + 2] for place in range(0, 32, 2))
    revoke = lambda serial: client.revoke_certificate(
        CertificateAuthorityArn=arn, CertificateSerial=serial, RevocationReason="KEY_COMPROMISE"
    )
    revoke(colons)
    with refused("RequestAlreadyProcessedException"):
        revoke(serial)
    with refused("ResourceNotFoundException"):
        revoke("1234")
    with refused("InvalidRequestException"):
        revoke("xyz")
    own = client.get_certificate_authority_certificate(CertificateAuthorityArn=arn)["Certificate"]
    with refused("InvalidRequestException", "Self-signed certificate can not be revoked"):
        revoke(format(read(own).serial_number, "x"))


def algorithms():
    for key, signing in [
        ("RSA_2048", "SHA256WITHRSA"),
        ("RSA_2048", "SHA512WITHRSA_PSS"),
        ("EC_secp384r1", "SHA384WITHECDSA"),
        ("EC_secp521r1", "SHA512WITHECDSA"),
    ]:
        arn, root = make_root("Root " + key, key, signing)
        pem, _ = get(arn, issue(arn, request("a")[1], signing=signing))
        verified(pem, None, root)
    # What the machine's openssl may not know yet.
    arn, _ = make_root("Root ML-DSA", "ML_DSA_65", "ML_DSA_65")
    get(arn, issue(arn, request("a")[1], signing="ML_DSA_65"))


def the_cli(arn):
    """The same by the AWS CLI."""

    def aws(*words):
        command = [pathlib.Path(sys.executable).with_name("aws"), "acm-pca", *words, "--certificate-authority-arn", arn]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    shown = json.loads(aws("describe-certificate-authority"))["CertificateAuthority"]
    assert shown["Status"] == "ACTIVE" and shown["Arn"] == arn, shown
    (FOLDER / "cli.csr").write_bytes(request("by the CLI")[1])
    words = ["issue-certificate", "--csr", f"fileb://{FOLDER}/cli.csr", "--signing-algorithm", "SHA256WITHECDSA"]
    issued = json.loads(aws(*words, "--validity", "Value=7,Type=DAYS"))["CertificateArn"]
    aws("wait", "certificate-issued", "--certificate-arn", issued)
    pem = aws("get-certificate", "--certificate-arn", issued, "--query", "Certificate", "--output", "text")
    serial = format(read(pem).serial_number, "x")
    aws("revoke-certificate", "--certificate-serial", serial, "--revocation-reason", "SUPERSEDED")


def a_session_by_the_authority(root_arn, root):
    arn, pem, chain = make_subordinate(root_arn)
    assert chain == root
    key, csr = request("device-1")
    leaf, above = get(arn, issue(arn, csr, "EndEntityClientAuthCertificate/V1"))
    assert above == pem + root
    verified(leaf, pem, root)
    anywhere = boto3.client("rolesanywhere")
    source = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": arn}}
    anchor = anywhere.create_trust_anchor(name="by ARN", source=source, enabled=True)["trustAnchor"]
    assert anchor["source"] == source, anchor
    with refused("ValidationException", "certificate authority"):
        nobody = {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": ARN + "00000000-0000-4000-8000-000000000000"}}
        anywhere.create_trust_anchor(name="nobody", source=nobody)
    role = boto3.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    profile = anywhere.create_profile(name=NAME, roleArns=[role], enabled=True)["profile"]
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (FOLDER / "device.key").write_bytes(private)
    (FOLDER / "device.pem").write_text(leaf)
    arguments = [anchor["trustAnchorArn"], profile["profileArn"], role]
    who = session(*arguments)
    assert who == "arn:aws:sts::000000000000:assumed-role/" + NAME + "/" + format(read(leaf).serial_number, "032x"), who

    # The next certificate of the same key takes the place of the first.
    renewed, _ = get(
        root_arn,
        issue(root_arn, csr_of(arn), "SubordinateCACertificate_PathLen0/V1", Validity={"Value": 6, "Type": "YEARS"}),
    )
    client.import_certificate_authority_certificate(
        CertificateAuthorityArn=arn, Certificate=renewed, CertificateChain=root
    )
    assert int(describe(arn)["Serial"]) == read(renewed).serial_number
    session(*arguments)
    client.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    session(*arguments)
    client.delete_certificate_authority(CertificateAuthorityArn=arn)
    assert "AccessDenied" in session(*arguments, works=False)
    client.restore_certificate_authority(CertificateAuthorityArn=arn)
    session(*arguments)
    client.update_certificate_authority(CertificateAuthorityArn=arn, Status="ACTIVE")
    client.revoke_certificate(
        CertificateAuthorityArn=arn,
        CertificateSerial=format(read(leaf).serial_number, "x"),
        RevocationReason="UNSPECIFIED",
    )
    assert "AccessDenied" in session(*arguments, works=False)


def session(anchor, profile, role, works=True):
    """Who a session of the device is, or what the helper says where there is none."""
    command = [ANYROLE, "credential-process", "--no-cache", "--certificate", FOLDER / "device.pem"]
    command += ["--private-key", FOLDER / "device.key", "--trust-anchor-arn", anchor, "--profile-arn", profile]
    command += ["--role-arn", role, "--endpoint", os.environ["AWS_ENDPOINT_URL"]]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode == 0) == works, (done.returncode, done.stderr)
    if not works:
        return done.stderr
    given = json.loads(done.stdout)
    return boto3.client(
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    ).get_caller_identity()["Arn"]


root_arn = the_life_of_an_authority()
what_is_attached(root_arn)
root_arn, root = make_root()
templates(root_arn, root)
what_is_refused(root_arn)
tokens_and_short_lives(root_arn)
revocation(root_arn)
algorithms()
the_cli(root_arn)
a_session_by_the_authority(root_arn, root)
