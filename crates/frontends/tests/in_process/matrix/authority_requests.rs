//! The requests of the matrix to Private CA and Certificate Manager: an operation enters, the members of its body leave.

/// The members of a call of Private CA about an authority that is not there.
pub(super) fn pca_members(operation: &str) -> serde_json::Value {
    const CA: &str = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/11111111-2222-4333-8444-555555555555";
    let mut members = serde_json::json!({ "CertificateAuthorityArn": CA });
    let more = match operation {
        "CreateCertificateAuthority" => {
            return serde_json::json!({
                "CertificateAuthorityType": "ROOT",
                "CertificateAuthorityConfiguration": {
                    "KeyAlgorithm": "EC_prime256v1",
                    "SigningAlgorithm": "SHA256WITHECDSA",
                    "Subject": {"CommonName": "probe"},
                },
            });
        }
        "ListCertificateAuthorities" => return serde_json::json!({}),
        "DeletePolicy" | "GetPolicy" => return serde_json::json!({ "ResourceArn": CA }),
        "PutPolicy" => {
            let policy = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":{{"AWS":"111111111111"}},"Action":"acm-pca:*","Resource":"{CA}"}}}}"#
            );
            return serde_json::json!({ "ResourceArn": CA, "Policy": policy });
        }
        "CreatePermission" => {
            serde_json::json!({"Principal": "acm.amazonaws.com", "Actions": ["GetCertificate"]})
        }
        "DeletePermission" => serde_json::json!({"Principal": "acm.amazonaws.com"}),
        "GetCertificate" => {
            serde_json::json!({"CertificateArn": format!("{CA}/certificate/{}", "0".repeat(32))})
        }
        "ImportCertificateAuthorityCertificate" => {
            let pem = include_str!("../../../../../testdata/wire/certificates/ca.pem");
            serde_json::json!({"Certificate": base64_simd::STANDARD.encode_to_string(pem)})
        }
        "IssueCertificate" => serde_json::json!({
            "Csr": "eA==",
            "SigningAlgorithm": "SHA256WITHECDSA",
            "Validity": {"Type": "DAYS", "Value": 1},
        }),
        "RevokeCertificate" => {
            serde_json::json!({"CertificateSerial": "1", "RevocationReason": "UNSPECIFIED"})
        }
        "TagCertificateAuthority" | "UntagCertificateAuthority" => {
            serde_json::json!({"Tags": [{"Key": "team", "Value": "a"}]})
        }
        _ => serde_json::json!({}),
    };
    let more = more.as_object().unwrap().clone();
    members.as_object_mut().unwrap().extend(more);
    members
}

/// The members of a call of Certificate Manager about a certificate that is not there.
pub(super) fn acm_members(operation: &str) -> serde_json::Value {
    const ARN: &str =
        "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-4333-8444-555555555555";
    const CA: &str = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/11111111-2222-4333-8444-555555555555";
    let base64 = |text: &str| base64_simd::STANDARD.encode_to_string(text);
    match operation {
        "ListCertificates" => serde_json::json!({}),
        "RequestCertificate" => {
            serde_json::json!({"DomainName": "probe.example", "CertificateAuthorityArn": CA})
        }
        "ImportCertificate" => {
            let pem = include_str!("../../../../../testdata/wire/certificates/ca.pem");
            serde_json::json!({"Certificate": base64(pem), "PrivateKey": base64("x")})
        }
        "ExportCertificate" => {
            serde_json::json!({"CertificateArn": ARN, "Passphrase": base64("probe")})
        }
        "AddTagsToCertificate" | "RemoveTagsFromCertificate" => {
            serde_json::json!({"CertificateArn": ARN, "Tags": [{"Key": "team", "Value": "a"}]})
        }
        _ => serde_json::json!({ "CertificateArn": ARN }),
    }
}
