//! The AWS managed policies that are present, as data, in the version that AWS has. Found by ARN, in any partition.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;

use super::{ManagedPolicy, ManagedPolicyEntry, PolicyVersion};

/// A policy as it is written down: path, name, what it says of itself, the number of its version, when it and that version
/// were made, and the document.
struct Data {
    path: &'static str,
    name: &'static str,
    description: &'static str,
    version: u32,
    created_at: &'static str,
    updated_at: &'static str,
    document: &'static str,
}

macro_rules! document {
    ($name:literal) => {
        include_str!(concat!("../../data/managed_policies/", $name, ".json"))
    };
}

static DATA: &[Data] = &[
    Data {
        path: "/",
        name: "AWSCertificateManagerPrivateCAAuditor",
        description: "Provides auditor access to AWS Certificate Manager Private Certificate Authority",
        version: 4,
        created_at: "2018-10-23T16:51:08Z",
        updated_at: "2020-08-17T22:54:12Z",
        document: document!("AWSPrivateCAAuditor"),
    },
    Data {
        path: "/",
        name: "AWSCertificateManagerPrivateCAFullAccess",
        description: "Provides full access to AWS Certificate Manager Private Certificate Authority",
        version: 1,
        created_at: "2018-10-23T16:54:50Z",
        updated_at: "2018-10-23T16:54:50Z",
        document: document!("AWSPrivateCAFullAccess"),
    },
    Data {
        path: "/",
        name: "AWSCertificateManagerPrivateCAPrivilegedUser",
        description: "Provides privileged certificate user access to AWS Certificate Manager Private Certificate Authority",
        version: 4,
        created_at: "2019-06-20T17:43:13Z",
        updated_at: "2026-02-12T18:00:06Z",
        document: document!("AWSPrivateCAPrivilegedUser"),
    },
    Data {
        path: "/",
        name: "AWSCertificateManagerPrivateCAReadOnly",
        description: "Provides read only access to AWS Certificate Manager Private Certificate Authority",
        version: 3,
        created_at: "2018-10-23T16:57:04Z",
        updated_at: "2020-08-17T22:54:22Z",
        document: document!("AWSPrivateCAReadOnly"),
    },
    Data {
        path: "/",
        name: "AWSCertificateManagerPrivateCAUser",
        description: "Provides certificate user access to AWS Certificate Manager Private Certificate Authority",
        version: 7,
        created_at: "2018-10-23T16:53:33Z",
        updated_at: "2026-02-12T17:58:48Z",
        document: document!("AWSPrivateCAUser"),
    },
    Data {
        path: "/",
        name: "AWSPrivateCAAuditor",
        description: "Provides auditor access to AWS Private Certificate Authority",
        version: 1,
        created_at: "2023-02-14T18:33:44Z",
        updated_at: "2023-02-14T18:33:44Z",
        document: document!("AWSPrivateCAAuditor"),
    },
    Data {
        path: "/",
        name: "AWSPrivateCAFullAccess",
        description: "Provides full access to AWS Private Certificate Authority",
        version: 1,
        created_at: "2023-02-14T18:20:59Z",
        updated_at: "2023-02-14T18:20:59Z",
        document: document!("AWSPrivateCAFullAccess"),
    },
    Data {
        path: "/",
        name: "AWSPrivateCAPrivilegedUser",
        description: "Provides privileged certificate user access to AWS Private Certificate Authority",
        version: 4,
        created_at: "2023-02-14T18:26:02Z",
        updated_at: "2026-02-12T18:00:11Z",
        document: document!("AWSPrivateCAPrivilegedUser"),
    },
    Data {
        path: "/",
        name: "AWSPrivateCAReadOnly",
        description: "Provides read only access to AWS Private Certificate Authority",
        version: 1,
        created_at: "2023-02-14T18:30:50Z",
        updated_at: "2023-02-14T18:30:50Z",
        document: document!("AWSPrivateCAReadOnly"),
    },
    Data {
        path: "/",
        name: "AWSPrivateCAUser",
        description: "Provides certificate user access to AWS Private Certificate Authority",
        version: 4,
        created_at: "2023-02-14T18:16:08Z",
        updated_at: "2026-02-12T18:01:42Z",
        document: document!("AWSPrivateCAUser"),
    },
    Data {
        path: "/",
        name: "AWSRolesAnywhereFullAccess",
        description: "Provides all permissions to IAM Roles Anywhere resources",
        version: 3,
        created_at: "2025-07-16T14:52:07Z",
        updated_at: "2026-02-12T18:00:57Z",
        document: document!("AWSRolesAnywhereFullAccess"),
    },
    Data {
        path: "/",
        name: "AWSRolesAnywhereReadOnly",
        description: "Provides read-only permissions to IAM Roles Anywhere resources",
        version: 3,
        created_at: "2025-07-16T15:07:07Z",
        updated_at: "2026-02-12T18:00:43Z",
        document: document!("AWSRolesAnywhereReadOnly"),
    },
    Data {
        path: "/aws-service-role/",
        name: "AWSRolesAnywhereServicePolicy",
        description: "Allows IAM Roles Anywhere to publish metrics and to read the configuration of private certificate authorities",
        version: 1,
        created_at: "2022-07-05T15:26:11Z",
        updated_at: "2022-07-05T15:26:11Z",
        document: document!("AWSRolesAnywhereServicePolicy"),
    },
    Data {
        path: "/",
        name: "AdministratorAccess",
        description: "Provides full access to AWS services and resources",
        version: 1,
        created_at: "2015-02-06T18:39:46Z",
        updated_at: "2015-02-06T18:39:46Z",
        document: document!("AdministratorAccess"),
    },
    Data {
        path: "/",
        name: "AmazonS3FullAccess",
        description: "Provides full access to all buckets",
        version: 2,
        created_at: "2015-02-06T18:40:58Z",
        updated_at: "2021-09-27T20:16:37Z",
        document: document!("AmazonS3FullAccess"),
    },
    Data {
        path: "/",
        name: "AmazonS3ReadOnlyAccess",
        description: "Provides read only access to all buckets",
        version: 3,
        created_at: "2015-02-06T18:40:59Z",
        updated_at: "2023-08-10T21:31:39Z",
        document: document!("AmazonS3ReadOnlyAccess"),
    },
    Data {
        path: "/",
        name: "IAMFullAccess",
        description: "Provides full access to IAM",
        version: 2,
        created_at: "2015-02-06T18:40:38Z",
        updated_at: "2019-06-21T19:40:00Z",
        document: document!("IAMFullAccess"),
    },
    Data {
        path: "/",
        name: "IAMReadOnlyAccess",
        description: "Provides read only access to IAM",
        version: 4,
        created_at: "2015-02-06T18:40:39Z",
        updated_at: "2018-01-25T19:11:27Z",
        document: document!("IAMReadOnlyAccess"),
    },
    Data {
        path: "/",
        name: "PowerUserAccess",
        description: "Provides full access to AWS services and resources, but does not allow management of users and groups",
        version: 12,
        created_at: "2015-02-06T18:39:47Z",
        updated_at: "2026-02-12T17:59:14Z",
        document: document!("PowerUserAccess"),
    },
    Data {
        path: "/",
        name: "ReadOnlyAccess",
        description: "Provides read-only access to AWS services and resources",
        version: 182,
        created_at: "2015-02-06T18:39:48Z",
        updated_at: "2026-04-03T15:27:12Z",
        document: document!("ReadOnlyAccess"),
    },
    Data {
        path: "/",
        name: "SecurityAudit",
        description: "Grants access to read security configuration metadata",
        version: 86,
        created_at: "2015-02-06T18:41:01Z",
        updated_at: "2026-05-01T03:12:13Z",
        document: document!("SecurityAudit"),
    },
    Data {
        path: "/job-function/",
        name: "ViewOnlyAccess",
        description: "Grants permissions to view resources and basic metadata across AWS services",
        version: 45,
        created_at: "2016-11-10T17:20:15Z",
        updated_at: "2026-04-22T18:12:21Z",
        document: document!("ViewOnlyAccess"),
    },
];

/// By lower-cased name; names of AWS's policies are unique whatever their path.
type Policies = BTreeMap<String, Arc<ManagedPolicyEntry>>;

static IN_AWS: LazyLock<Policies> = LazyLock::new(|| policies("aws"));
static IN_CHINA: LazyLock<Policies> = LazyLock::new(|| policies("aws-cn"));
static IN_GOV_CLOUD: LazyLock<Policies> = LazyLock::new(|| policies("aws-us-gov"));

fn policies(partition: &str) -> Policies {
    // What can't be used is left out, and a test sees to it that nothing is.
    DATA.iter()
        .filter_map(|data| entry(data, partition))
        .map(|entry| (entry.row.name.to_ascii_lowercase(), Arc::new(entry)))
        .collect()
}

fn entry(data: &Data, partition: &str) -> Option<ManagedPolicyEntry> {
    let document = data
        .document
        .replace("\"arn:aws:", &format!("\"arn:{partition}:"));
    let created_at: Timestamp = data.created_at.parse().ok()?;
    let updated_at: Timestamp = data.updated_at.parse().ok()?;
    let version = PolicyVersion {
        document: document.into(),
        created_at: updated_at,
    };
    let row = ManagedPolicy {
        id: unique_id(data.name),
        arn: format!("arn:{partition}:iam::aws:policy{}{}", data.path, data.name),
        name: data.name.to_owned(),
        path: data.path.to_owned(),
        description: Some(data.description.to_owned()),
        versions: BTreeMap::from([(data.version, version)]),
        default_version: data.version,
        last_version: data.version,
        tags: Vec::new(),
        created_at,
        updated_at,
    };
    ManagedPolicyEntry::compile(Arc::new(row)).ok()
}

/// `ANPA…`, always the same for a name; not the one that AWS has.
fn unique_id(name: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    let letters = digest.as_ref().iter().take(17);
    let letters = letters.map(|byte| char::from(b'A' + byte % 26));
    "ANPA".chars().chain(letters).collect()
}

/// Those of a partition, by lower-cased name; none in a partition that AWS does not have.
pub(super) fn all(partition: &str) -> Option<&'static Policies> {
    match partition {
        "aws" => Some(&IN_AWS),
        "aws-cn" => Some(&IN_CHINA),
        "aws-us-gov" => Some(&IN_GOV_CLOUD),
        _ => None,
    }
}

/// Whether an ARN names a policy of AWS, present or not.
pub(super) fn is_of_aws(arn: &str) -> bool {
    parts(arn).is_some()
}

/// The partition of an ARN of a policy of AWS, and path and name together.
fn parts(arn: &str) -> Option<(&str, &str)> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    Some((partition, rest.strip_prefix("iam::aws:policy")?))
}

/// A policy of this partition by its ARN, `arn:{partition}:iam::aws:policy{path}{name}`.
pub(super) fn find(partition: &str, arn: &str) -> Option<&'static Arc<ManagedPolicyEntry>> {
    let (_, path_and_name) = parts(arn)?;
    let (_, name) = path_and_name.rsplit_once('/')?;
    let entry = all(partition)?.get(&name.to_ascii_lowercase())?;
    (entry.row.arn == arn).then_some(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_can_be_used_in_every_partition() {
        for partition in ["aws", "aws-cn", "aws-us-gov"] {
            assert_eq!(all(partition).unwrap().len(), DATA.len());
        }
    }

    #[test]
    fn found_by_the_whole_arn_only() {
        assert!(find("aws", "arn:aws:iam::aws:policy/AmazonS3FullAccess").is_some());
        for other in [
            // Another partition's is another policy, for conditions on ARNs, too.
            "arn:aws-cn:iam::aws:policy/AmazonS3FullAccess",
            "arn:aws:iam::000000000000:policy/AmazonS3FullAccess",
            "arn:aws:iam::aws:policy/amazons3fullaccess",
            "arn:aws:iam::aws:policy/path/AmazonS3FullAccess",
            "arn:aws-x:iam::aws:policy/AmazonS3FullAccess",
            "arn:aws:iam::aws:policy/NoSuch",
            "AmazonS3FullAccess",
        ] {
            assert!(find("aws", other).is_none(), "{other}");
        }
    }

    #[test]
    fn documents_name_their_own_partition() {
        let arn = "arn:aws-cn:iam::aws:policy/AmazonS3FullAccess";
        assert_eq!(find("aws-cn", arn).unwrap().row.arn, arn);
        let of_china = all("aws-cn").unwrap().values();
        assert!(
            of_china
                .into_iter()
                .all(|entry| !entry.document.contains("arn:aws:"))
        );
    }
}
