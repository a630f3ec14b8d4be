"""Revocation lists and OCSP of an authority of the server, asked by openssl and cryptography; what a revocation does to CreateSession and to living
sessions. Arguments: a folder for files, the server's URL, the built program, and what becomes of living sessions (`keep`, `refuse`)."""

import base64
import datetime
import json
import pathlib
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from checks import allow, refused, trust

FOLDER, URL, ANYROLE, LIVING = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
client = boto3.client("acm-pca")
anywhere, iam = boto3.client("rolesanywhere"), boto3.client("iam")
TEMPLATE = "arn:aws:acm-pca:::template/"


def read(pem):
    return x509.load_pem_x509_certificate(pem.encode())


def issue(arn, csr, template, days):
    certificate = client.issue_certificate(
        CertificateAuthorityArn=arn,
        Csr=csr,
        SigningAlgorithm="SHA256WITHECDSA",
        TemplateArn=TEMPLATE + template,
        Validity={"Value": days, "Type": "DAYS"},
    )["CertificateArn"]
    return client.get_certificate(CertificateAuthorityArn=arn, CertificateArn=certificate)["Certificate"]


def authority(name):
    arn = client.create_certificate_authority(
        CertificateAuthorityConfiguration={
            "KeyAlgorithm": "EC_prime256v1",
            "SigningAlgorithm": "SHA256WITHECDSA",
            "Subject": {"Organization": "Example", "CommonName": name},
        },
        CertificateAuthorityType="ROOT",
        RevocationConfiguration={
            "CrlConfiguration": {"Enabled": True, "ExpirationInDays": 3, "S3BucketName": "unused"},
            "OcspConfiguration": {"Enabled": True},
        },
    )["CertificateAuthorityArn"]
    with_status(404, f"/-/crl/{uuid(arn)}.crl")
    csr = client.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"].encode()
    pem = issue(arn, csr, "RootCACertificate/V1", 30)
    client.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=pem.encode())
    (FOLDER / f"{name}.pem").write_text(pem)
    return arn, pem


def leaf(arn, name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem = issue(arn, csr.public_bytes(serialization.Encoding.PEM), "EndEntityClientAuthCertificate/V1", 10)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (FOLDER / f"{name}.pem").write_text(pem)
    (FOLDER / f"{name}.key").write_bytes(private)
    return pem


def uuid(arn):
    return arn.rsplit("/", 1)[1]


def fetch(path, data=None, headers={}):
    request = urllib.request.Request(URL + path, data=data, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return answer.status, answer.headers, answer.read()


def with_status(status, path, data=None, headers={}):
    try:
        fetch(path, data, headers)
    except urllib.error.HTTPError as error:
        assert error.code == status, error
        return
    raise AssertionError(f"{path}: {status} was expected")


def openssl(line, ends=0):
    done = subprocess.run(["openssl", *line.split()], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == ends or ends is None, (line, done)
    return done.stdout + done.stderr


def revocation_list(arn, pem):
    status, headers, der = fetch(f"/-/crl/{uuid(arn)}.crl")
    assert headers["Content-Type"] == "application/pkix-crl", headers
    assert "max-age=60" in headers["Cache-Control"] and headers["Last-Modified"] and headers["Expires"], headers
    found = x509.load_der_x509_crl(der)
    assert found.is_signature_valid(read(pem).public_key())
    life = found.next_update_utc - found.last_update_utc
    assert life == datetime.timedelta(days=3), life
    with_status(304, f"/-/crl/{uuid(arn)}.crl", headers={"If-None-Match": headers["ETag"]})
    (FOLDER / "list.pem").write_bytes(found.public_bytes(serialization.Encoding.PEM))
    return found, found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def asked(certificate, issuer, hash=hashes.SHA1(), nonce=None):
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hash)
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def by_get(arn, request):
    path = urllib.parse.quote(base64.b64encode(request).decode(), safe="")
    _, headers, der = fetch(f"/-/ocsp/{uuid(arn)}/{path}")
    assert headers["Content-Type"] == "application/ocsp-response", headers
    return ocsp.load_der_ocsp_response(der), headers


def by_post(arn, request):
    _, headers, der = fetch(f"/-/ocsp/{uuid(arn)}", request, {"Content-Type": "application/ocsp-request"})
    return ocsp.load_der_ocsp_response(der), headers


def the_responder(arn, pem, other_pem, device):
    certificate, issuer, foreign = read(device), read(pem), read(other_pem)
    for hash in (hashes.SHA1(), hashes.SHA256()):
        answer, headers = by_get(arn, asked(certificate, issuer, hash))
        assert answer.certificate_status == ocsp.OCSPCertStatus.GOOD
        assert answer.serial_number == certificate.serial_number
        assert "max-age=60" in headers["Cache-Control"] and headers["Expires"] and headers["ETag"], headers
        issuer.public_key().verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    answer, headers = by_post(arn, asked(certificate, issuer, nonce=b"n" * 32))
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    assert headers["Cache-Control"] == "no-store", headers
    # A number that the authority has not given.
    strange = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        answer.issuer_name_hash, answer.issuer_key_hash, 42, answer.hash_algorithm
    )
    answer, _ = by_post(arn, strange.build().public_bytes(serialization.Encoding.DER))
    assert answer.certificate_status == ocsp.OCSPCertStatus.UNKNOWN
    answer, _ = by_post(arn, asked(foreign, foreign))
    assert answer.response_status == ocsp.OCSPResponseStatus.UNAUTHORIZED
    for broken in (b"", b"no request", asked(certificate, issuer)[:-1]):
        answer, _ = by_post(arn, broken)
        assert answer.response_status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    with_status(415, f"/-/ocsp/{uuid(arn)}", b"x", {"Content-Type": "text/plain"})
    with_status(405, f"/-/ocsp/{uuid(arn)}")
    with_status(404, "/-/ocsp/00000000-0000-4000-8000-000000000000", b"x")
    with_status(404, f"/-/crl/{uuid(arn)}")
    with_status(405, f"/-/crl/{uuid(arn)}.crl", b"x")


def session(anchor, profile, role):
    """Credentials by the built program, or what it says where it gets none."""
    words = [ANYROLE, "credential-process", "--certificate", FOLDER / "device.pem", "--private-key", FOLDER / "device.key"]
    words += ["--trust-anchor-arn", anchor, "--profile-arn", profile, "--role-arn", role]
    environment = {"AWS_ENDPOINT_URL": URL, "ANYROLE_CACHE": "off"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def identity(credentials):
    return boto3.client(
        "sts",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def what_a_revocation_does():
    arn, pem = authority("root")
    _, other_pem = authority("other")
    device = leaf(arn, "device")
    before, number = revocation_list(arn, pem)
    assert len(before) == 0
    again, same = revocation_list(arn, pem)
    assert same == number and again.fingerprint(hashes.SHA256()) == before.fingerprint(hashes.SHA256())
    good = "verify -x509_strict -crl_check -CAfile root.pem -CRLfile list.pem device.pem"
    openssl(good)
    # The list's URL is in the certificate only where the server knows its own.
    line = f"ocsp -issuer root.pem -cert device.pem -CAfile root.pem -url {URL}/-/ocsp/{uuid(arn)}"
    said = openssl(line)
    assert "Response verify OK" in said and "device.pem: good" in said, said
    the_responder(arn, pem, other_pem, device)

    role = iam.create_role(RoleName="device", AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    iam.put_role_policy(RoleName="device", PolicyName="all", PolicyDocument=allow("sts:*"))
    further = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": role}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}]}
    further["Version"] = "2012-10-17"
    next_role = iam.create_role(RoleName="next", AssumeRolePolicyDocument=json.dumps(further))["Role"]["Arn"]
    profile = anywhere.create_profile(name="device", roleArns=[role], enabled=True)["profile"]["profileArn"]
    sources = [
        {"sourceType": "AWS_ACM_PCA", "sourceData": {"acmPcaArn": arn}},
        {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}},
    ]
    anchors = [
        anywhere.create_trust_anchor(name=source["sourceType"], source=source, enabled=True)["trustAnchor"]["trustAnchorArn"]
        for source in sources
    ]
    # Twice, so that the chain is one that is remembered.
    living = [session(anchor, profile, role) for anchor in anchors * 2]
    assert all(isinstance(one, dict) for one in living), living
    chained = identity(living[0]).assume_role(RoleArn=next_role, RoleSessionName="next")["Credentials"]
    for one in [*living, chained]:
        identity(one).get_caller_identity()

    serial = f"{read(device).serial_number:032x}"
    revoke = {"CertificateAuthorityArn": arn, "CertificateSerial": serial, "RevocationReason": "KEY_COMPROMISE"}
    client.revoke_certificate(**revoke)
    for anchor in anchors:
        said = session(anchor, profile, role)
        assert isinstance(said, str) and "Certificate revoked" in said, said
    found, later = revocation_list(arn, pem)
    assert later > number and [one.serial_number for one in found] == [read(device).serial_number]
    reason = found[0].extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason == x509.ReasonFlags.key_compromise, reason
    assert "certificate revoked" in openssl(good, 2)
    said = openssl(line)
    assert "device.pem: revoked" in said and "keyCompromise" in said, said
    answer, _ = by_get(arn, asked(read(device), read(pem)))
    assert answer.certificate_status == ocsp.OCSPCertStatus.REVOKED
    assert answer.revocation_reason == x509.ReasonFlags.key_compromise

    for one in [*living, chained]:
        if LIVING == "refuse":
            with refused("InvalidClientTokenId", "security token", 403):
                identity(one).get_caller_identity()
        else:
            identity(one).get_caller_identity()
    # Another certificate of the same authority is none the worse for it.
    leaf(arn, "device")
    fresh = session(anchors[0], profile, role)
    identity(fresh).get_caller_identity()

    client.update_certificate_authority(CertificateAuthorityArn=arn, Status="DISABLED")
    assert len(revocation_list(arn, pem)[0]) == 1
    client.delete_certificate_authority(CertificateAuthorityArn=arn)
    with_status(404, f"/-/crl/{uuid(arn)}.crl")


what_a_revocation_does()
