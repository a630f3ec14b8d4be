//! Checksums: which one a request brings, and which one an upload's parts make together.

use anyrole_domain::objects::{Checksum, ChecksumAlgorithm, Part, UploadHead};
use http::HeaderMap;
use s3s::checksum::ChecksumHasher;
use s3s::dto;
use s3s::{S3Result, s3_error};

/// Algorithm, header and S3's name.
const ALGORITHMS: &[(ChecksumAlgorithm, &str, &str)] = &[
    (ChecksumAlgorithm::Crc32, "x-amz-checksum-crc32", "CRC32"),
    (ChecksumAlgorithm::Crc32c, "x-amz-checksum-crc32c", "CRC32C"),
    (
        ChecksumAlgorithm::Crc64Nvme,
        "x-amz-checksum-crc64nvme",
        "CRC64NVME",
    ),
    (ChecksumAlgorithm::Sha1, "x-amz-checksum-sha1", "SHA1"),
    (ChecksumAlgorithm::Sha256, "x-amz-checksum-sha256", "SHA256"),
];

/// S3's name of an algorithm.
pub(super) fn name(algorithm: ChecksumAlgorithm) -> &'static str {
    let mut rows = ALGORITHMS.iter();
    rows.find(|row| row.0 == algorithm).map_or("", |row| row.2)
}

/// The header or trailer that an algorithm's value comes in.
pub(super) fn header(algorithm: ChecksumAlgorithm) -> &'static str {
    let mut rows = ALGORITHMS.iter();
    rows.find(|row| row.0 == algorithm).map_or("", |row| row.1)
}

/// The algorithm of S3's name.
pub(super) fn parse_name(name: &str) -> S3Result<ChecksumAlgorithm> {
    let mut rows = ALGORITHMS.iter();
    let row = rows.find(|row| row.2.eq_ignore_ascii_case(name));
    row.map(|row| row.0).ok_or_else(|| {
        s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
    })
}

/// What a request says of its body's checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announced {
    pub(super) algorithm: ChecksumAlgorithm,
    /// The value; `None` where it comes in the trailer, or where ours is only to be kept.
    pub(super) value: Option<String>,
    /// The trailer must bring the value.
    pub(super) in_trailer: bool,
}

/// Reads the checksum headers; at most one algorithm may be named.
pub(super) fn announced(headers: &HeaderMap) -> S3Result<Option<Announced>> {
    let mut found: Vec<Announced> = Vec::new();
    let trailer = headers.get("x-amz-trailer");
    let trailer = trailer
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    for (algorithm, header, _) in ALGORITHMS {
        let value = headers.get(*header).and_then(|value| value.to_str().ok());
        let in_trailer = trailer
            .split(',')
            .any(|name| name.trim().eq_ignore_ascii_case(header));
        if value.is_some() || in_trailer {
            found.push(Announced {
                algorithm: *algorithm,
                value: value.map(str::to_owned),
                in_trailer,
            });
        }
    }
    if found.len() > 1 {
        return Err(s3_error!(
            InvalidRequest,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        ));
    }
    if let Some(found) = found.pop() {
        return Ok(Some(found));
    }
    let named = headers.get("x-amz-sdk-checksum-algorithm");
    let named = named.and_then(|value| value.to_str().ok());
    named
        .map(|name| {
            Ok(Announced {
                algorithm: parse_name(name)?,
                value: None,
                in_trailer: false,
            })
        })
        .transpose()
}

/// A hasher of one algorithm.
pub(super) fn hasher(algorithm: ChecksumAlgorithm) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    match algorithm {
        ChecksumAlgorithm::Crc32 => hasher.crc32 = Some(Default::default()),
        ChecksumAlgorithm::Crc32c => hasher.crc32c = Some(Default::default()),
        ChecksumAlgorithm::Crc64Nvme => hasher.crc64nvme = Some(Default::default()),
        ChecksumAlgorithm::Sha1 => hasher.sha1 = Some(Default::default()),
        ChecksumAlgorithm::Sha256 => hasher.sha256 = Some(Default::default()),
    }
    hasher
}

/// The value that such a hasher has come to, in base64.
pub(super) fn finish(hasher: ChecksumHasher) -> String {
    let sum = hasher.finalize();
    let values = [
        sum.checksum_crc32,
        sum.checksum_crc32c,
        sum.checksum_crc64nvme,
        sum.checksum_sha1,
        sum.checksum_sha256,
    ];
    values.into_iter().flatten().next().unwrap_or_default()
}

/// A kept checksum in the form that s3s's outputs share.
pub(super) fn fields(checksum: Option<&Checksum>) -> dto::Checksum {
    let mut fields = dto::Checksum::default();
    let Some(checksum) = checksum else {
        return fields;
    };
    let value = Some(checksum.value.clone());
    match checksum.algorithm {
        ChecksumAlgorithm::Crc32 => fields.checksum_crc32 = value,
        ChecksumAlgorithm::Crc32c => fields.checksum_crc32c = value,
        ChecksumAlgorithm::Crc64Nvme => fields.checksum_crc64nvme = value,
        ChecksumAlgorithm::Sha1 => fields.checksum_sha1 = value,
        ChecksumAlgorithm::Sha256 => fields.checksum_sha256 = value,
    }
    let composite = checksum.value.contains('-');
    let kind = if composite {
        "COMPOSITE"
    } else {
        "FULL_OBJECT"
    };
    fields.checksum_type = Some(dto::ChecksumType::from_static(kind));
    fields
}

/// The checksum of an object that these parts make; `None` if one of them came without.
///
/// Composite: the algorithm over the parts' values, and their number. Whole: the parts' CRCs joined.
pub(super) fn of_parts(upload: &UploadHead, parts: &[&Part]) -> Option<Checksum> {
    let algorithm = upload.checksum_algorithm?;
    let mut values = Vec::with_capacity(parts.len());
    for part in parts {
        let checksum = part.checksum.as_ref()?;
        if checksum.algorithm != algorithm {
            return None;
        }
        let value = base64_simd::STANDARD.decode_to_vec(&checksum.value).ok()?;
        values.push((value, part.size));
    }
    let value = if upload.checksum_full_object {
        join(algorithm, &values)?
    } else {
        let mut hasher = hasher(algorithm);
        for (value, _) in &values {
            hasher.update(value);
        }
        format!("{}-{}", finish(hasher), values.len())
    };
    Some(Checksum { algorithm, value })
}

fn join(algorithm: ChecksumAlgorithm, parts: &[(Vec<u8>, u64)]) -> Option<String> {
    let (crc, width) = match algorithm {
        ChecksumAlgorithm::Crc32 => (crc_fast::CrcAlgorithm::Crc32IsoHdlc, 4),
        ChecksumAlgorithm::Crc32c => (crc_fast::CrcAlgorithm::Crc32Iscsi, 4),
        ChecksumAlgorithm::Crc64Nvme => (crc_fast::CrcAlgorithm::Crc64Nvme, 8),
        ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256 => return None,
    };
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte))
    };
    let mut parts = parts.iter();
    let (first, _) = parts.next()?;
    let joined = parts.fold(number(first), |sum, (value, size)| {
        crc_fast::checksum_combine(crc, sum, number(value), *size)
    });
    let bytes = joined.to_be_bytes();
    let bytes = bytes.get(bytes.len() - width..)?;
    Some(base64_simd::STANDARD.encode_to_string(bytes))
}
