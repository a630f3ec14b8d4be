"""Quotas of the server, which has: trust-anchors=2, profiles=3, roles-per-profile=1, crls-per-trust-anchor=1,
certificates-per-trust-anchor=1, subject-rate=0. Arguments: a CA certificate, another (PEM files), a CRL of the first (PEM)."""

import sys

import boto3

from checks import refused

ca, other, crl = (open(path).read() for path in sys.argv[1:4])
client = boto3.client("rolesanywhere")
ROLE = "arn:aws:iam::000000000000:role/"


def anchor(pem):
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}}
    return client.create_trust_anchor(name="a", source=source)["trustAnchor"]


with refused("ValidationException", "1 certificates in a trust anchor", 400):
    anchor(ca + other)
first, _ = anchor(ca), anchor(other)
with refused("ValidationException", "2 trust anchors", 400):
    anchor(ca)
with refused("ValidationException", "1 certificates in a trust anchor", 400):
    client.update_trust_anchor(
        trustAnchorId=first["trustAnchorId"],
        source={"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": ca + other}},
    )
client.delete_trust_anchor(trustAnchorId=first["trustAnchorId"])
first = anchor(ca)

made = [client.create_profile(name="p", roleArns=[ROLE + "a"])["profile"]["profileId"] for _ in range(3)]
with refused("ValidationException", "3 profiles", 400):
    client.create_profile(name="p", roleArns=[])
client.delete_profile(profileId=made[0])
with refused("ValidationException", "1 roles in a profile", 400):
    client.create_profile(name="p", roleArns=[ROLE + "a", ROLE + "b"])
with refused("ValidationException", "1 roles in a profile", 400):
    client.update_profile(profileId=made[1], roleArns=[ROLE + "a", ROLE + "b"])
client.create_profile(name="p", roleArns=[])

imported = dict(name="c", crlData=crl.encode(), trustAnchorArn=first["trustAnchorArn"])
kept = client.import_crl(**imported)["crl"]
with refused("ValidationException", "1 CRLs of a trust anchor", 400):
    client.import_crl(**imported)
client.update_crl(crlId=kept["crlId"], crlData=crl.encode())
client.delete_crl(crlId=kept["crlId"])
client.import_crl(**imported)

with refused("ThrottlingException", "Rate exceeded", 429):
    client.list_subjects()
