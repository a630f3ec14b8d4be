"""CRLs through botocore: import, read, change, switch, delete, and what is refused. Arguments: a CA certificate and its key,
another CA certificate and its key (PEM files)."""

import base64
import datetime
import sys

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from checks import refused

client = boto3.client("rolesanywhere")
NOW = datetime.datetime.now(datetime.timezone.utc)


def revocation_list(certificate, key, serials, number=1, encoding=serialization.Encoding.PEM):
    """A CRL of this CA, by a library that is not ours."""
    issuer = x509.load_pem_x509_certificate(open(certificate, "rb").read())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(NOW - datetime.timedelta(hours=1))
        .next_update(NOW + datetime.timedelta(days=1))
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
        builder = builder.add_revoked_certificate(revoked)
    private = serialization.load_pem_private_key(open(key, "rb").read(), None)
    return builder.sign(private, hashes.SHA256()).public_bytes(encoding)


def anchor(name, certificate):
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": open(certificate).read()}}
    return client.create_trust_anchor(name=name, source=source, enabled=True)["trustAnchor"]


def the_life_of_a_crl(ours, theirs):
    anchor_arn = anchor("ours", ours[0])["trustAnchorArn"]
    pem = b"# a note\r\n" + revocation_list(*ours, [1, 2])
    made = client.import_crl(
        name="list 1", crlData=pem, trustAnchorArn=anchor_arn, enabled=True, tags=[{"key": "team", "value": "a"}]
    )
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    crl = made["crl"]
    # Byte for byte, the note and the line ends included.
    assert crl["crlData"] == pem and crl["trustAnchorArn"] == anchor_arn
    assert crl["crlArn"] == "arn:aws:rolesanywhere:us-east-1:000000000000:crl/" + crl["crlId"]
    assert crl["name"] == "list 1" and crl["enabled"] is True and crl["createdAt"] == crl["updatedAt"]
    for name in (crl["crlId"], crl["crlArn"]):
        assert client.get_crl(crlId=name)["crl"] == crl

    der = revocation_list(*ours, range(1, 200), 2, serialization.Encoding.DER)
    changed = client.update_crl(crlId=crl["crlArn"], crlData=der)["crl"]
    assert changed["crlData"] == der and changed["name"] == "list 1" and changed["updatedAt"] > crl["updatedAt"]
    renamed = client.update_crl(crlId=crl["crlId"], name="list 2")["crl"]
    assert renamed["crlData"] == der and renamed["name"] == "list 2"
    assert client.disable_crl(crlId=crl["crlId"])["crl"]["enabled"] is False
    assert client.enable_crl(crlId=crl["crlArn"])["crl"]["enabled"] is True

    off = client.import_crl(name="off", crlData=pem, trustAnchorArn=anchor_arn)["crl"]
    assert off["enabled"] is False
    for number in range(3):
        client.import_crl(name=f"page {number}", crlData=pem, trustAnchorArn=anchor_arn)
    pages = list(client.get_paginator("list_crls").paginate(pageSize=2))
    assert [len(page["crls"]) for page in pages] == [2, 2, 1]
    assert client.delete_crl(crlId=off["crlId"])["crl"] == off
    for call in (client.get_crl, client.update_crl, client.delete_crl, client.enable_crl, client.disable_crl):
        with refused("ResourceNotFoundException", status=404):
            call(crlId=off["crlArn"])

    # A list that is in force must stay one of the anchor's.
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": open(theirs[0]).read()}}
    with refused("ValidationException", crl["crlId"], 400):
        client.update_trust_anchor(trustAnchorId=anchor_arn, source=source)
    client.disable_crl(crlId=crl["crlId"])
    client.update_trust_anchor(trustAnchorId=anchor_arn, source=source)
    with refused("ValidationException", status=400):
        client.enable_crl(crlId=crl["crlId"])
    # The anchor goes, the list stays, and can be deleted.
    client.delete_trust_anchor(trustAnchorId=anchor_arn)
    assert client.get_crl(crlId=crl["crlId"])["crl"]["trustAnchorArn"] == anchor_arn
    with refused("ResourceNotFoundException", "Trust anchor", 404):
        client.update_crl(crlId=crl["crlId"], crlData=der)
    client.delete_crl(crlId=crl["crlId"])


def what_is_refused(ours, theirs):
    pem = revocation_list(*ours, [1])
    made = client.create_trust_anchor(
        name="refusals", aliasName="refusals", enabled=True,
        source={"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": open(ours[0]).read()}},
    )["trustAnchor"]
    arn = made["trustAnchorArn"]
    broken = bytearray(revocation_list(*ours, [1], 1, serialization.Encoding.DER))
    broken[-1] ^= 1
    for data in (revocation_list(*theirs, [1]), bytes(broken), b"no list", open(ours[0], "rb").read()):
        with refused("ValidationException", status=400):
            client.import_crl(name="wrong", crlData=data, trustAnchorArn=arn)
    none = arn[:-12] + "000000000000"
    # An alias names no trust anchor here, though the model's pattern would let it.
    for name in (made["aliasArn"], none, arn.replace("us-east-1", "eu-west-1")):
        with refused("ResourceNotFoundException", status=404):
            client.import_crl(name="wrong", crlData=pem, trustAnchorArn=name)
    with refused("ValidationException", "'crlData'", 400):
        client.import_crl(name="large", crlData=b"x" * 300_001, trustAnchorArn=arn)
    assert client.list_crls()["crls"] == []
    assert base64.b64encode(pem)


ours, theirs = sys.argv[1:3], sys.argv[3:5]
what_is_refused(ours, theirs)
the_life_of_a_crl(ours, theirs)
