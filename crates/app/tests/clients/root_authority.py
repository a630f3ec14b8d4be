"""Makes a root certificate authority as Terraform and the console do (create, request, issue, import), and prints its ARN."""

import boto3

pca = boto3.client("acm-pca")
signing = "SHA256WITHECDSA"
made = pca.create_certificate_authority(
    CertificateAuthorityType="ROOT",
    CertificateAuthorityConfiguration={
        "KeyAlgorithm": "EC_prime256v1",
        "SigningAlgorithm": signing,
        "Subject": {"CommonName": "Corp Root"},
    },
)
authority = {"CertificateAuthorityArn": made["CertificateAuthorityArn"]}
csr = pca.get_certificate_authority_csr(**authority)["Csr"]
issued = pca.issue_certificate(
    **authority,
    Csr=csr.encode(),
    SigningAlgorithm=signing,
    TemplateArn="arn:aws:acm-pca:::template/RootCACertificate/V1",
    Validity={"Type": "YEARS", "Value": 10},
)
certificate = pca.get_certificate(**authority, CertificateArn=issued["CertificateArn"])["Certificate"]
pca.import_certificate_authority_certificate(**authority, Certificate=certificate.encode())
print(authority["CertificateAuthorityArn"])
