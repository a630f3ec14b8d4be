"""Makes a root authority of Private CA that is ready to issue; writes its certificate to the file of the argument, and prints its ARN."""

import sys

import boto3

client = boto3.client("acm-pca")
algorithms = {"KeyAlgorithm": "EC_prime256v1", "SigningAlgorithm": "SHA256WITHECDSA"}
arn = client.create_certificate_authority(
    CertificateAuthorityConfiguration={**algorithms, "Subject": {"Organization": "Example", "CommonName": "Example Root"}},
    CertificateAuthorityType="ROOT",
)["CertificateAuthorityArn"]
client.get_waiter("certificate_authority_csr_created").wait(CertificateAuthorityArn=arn)
issued = client.issue_certificate(
    CertificateAuthorityArn=arn,
    Csr=client.get_certificate_authority_csr(CertificateAuthorityArn=arn)["Csr"],
    SigningAlgorithm="SHA256WITHECDSA",
    TemplateArn="arn:aws:acm-pca:::template/RootCACertificate/V1",
    Validity={"Value": 10, "Type": "DAYS"},
)["CertificateArn"]
client.get_waiter("certificate_issued").wait(CertificateAuthorityArn=arn, CertificateArn=issued)
certificate = client.get_certificate(CertificateAuthorityArn=arn, CertificateArn=issued)["Certificate"]
client.import_certificate_authority_certificate(CertificateAuthorityArn=arn, Certificate=certificate)
with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write(certificate)
print(arn)
