//! Why a command of cfssl's ends: a category and a reason enter, its number and text leave, in the JSON that cfssl prints.

use crate::json::Json;

/// Why nothing was made. Shown as cfssl shows it: with a number as a JSON object, else as plain text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CfsslError {
    /// An error with one of cfssl's numbers (a thousand a category).
    #[error("{}", coded(*code, message))]
    Coded {
        /// The number.
        code: u16,
        /// What is wrong.
        message: String,
    },
    /// An error without a number.
    #[error("{0}")]
    Plain(String),
}

fn coded(code: u16, message: &str) -> String {
    Json::object([
        ("code", Json::number(code)),
        ("message", Json::text(message)),
    ])
    .compact()
}

/// What has a number. The texts are those of the programs that read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The library that encodes and signs refused.
    Certificate,
    CertificateUndecoded,
    CertificateUnparsed,
    MissingSerial,
    KeyGeneration,
    NoKeyUsages,
    Policy,
    Request,
    Profile,
    Whitelist,
    CsrUnparsed,
    CsrUndecoded,
    CsrBad,
    CsrMade,
    CsrSignature,
}

impl Fault {
    const fn code(self) -> u16 {
        match self {
            Self::Certificate => 1000,
            Self::CertificateUndecoded => 1002,
            Self::CertificateUnparsed => 1003,
            Self::MissingSerial => 1400,
            Self::KeyGeneration => 2400,
            Self::NoKeyUsages => 5100,
            Self::Policy => 5200,
            Self::Request => 5300,
            Self::Profile => 5400,
            Self::Whitelist => 5500,
            Self::CsrUndecoded => 9002,
            Self::CsrUnparsed => 9003,
            Self::CsrBad | Self::CsrSignature => 9300,
            Self::CsrMade => 9400,
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Certificate => "Unknown certificate error",
            Self::CertificateUndecoded => "Failed to decode certificate",
            Self::CertificateUnparsed => "Failed to parse certificate",
            Self::MissingSerial => "Missing serial number in request",
            Self::KeyGeneration => "Failed to new private key",
            Self::NoKeyUsages => "Invalid policy: no key usage available",
            Self::Policy => "Invalid or unknown policy",
            Self::Request => "Policy violation request",
            Self::Profile => "Unknown policy profile",
            Self::Whitelist => "Request does not match policy whitelist",
            Self::CsrUndecoded => "CSR Decode failed",
            Self::CsrUnparsed => "CSR Parsing failed",
            Self::CsrBad | Self::CsrMade | Self::CsrSignature => "CSR Bad request",
        }
    }

    /// With cfssl's own text.
    pub(crate) fn plain(self) -> CfsslError {
        self.because(self.text())
    }

    /// With the text of what is wrong.
    pub(crate) fn because(self, message: impl ToString) -> CfsslError {
        CfsslError::Coded {
            code: self.code(),
            message: message.to_string(),
        }
    }
}

impl CfsslError {
    pub(crate) fn text(message: impl Into<String>) -> Self {
        Self::Plain(message.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn errors_are_json_as_go_writes_it() {
        let error = Fault::Policy.because("`<a>` & b").to_string();
        assert_eq!(
            error,
            r#"{"code":5200,"message":"`\u003ca\u003e` \u0026 b"}"#
        );
        assert_eq!(
            Fault::Whitelist.plain().to_string(),
            r#"{"code":5500,"message":"Request does not match policy whitelist"}"#
        );
    }
}
