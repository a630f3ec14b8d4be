//! What `cfssl` prints and `cfssljson` takes apart: a certificate, a request and a key as JSON, and the files that they become.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::CfsslError;
use crate::json::{self, Fields, Json};

/// What a command has made, as PEM; what isn't there is left out.
#[derive(Default)]
pub struct Answer {
    /// The certificate.
    pub certificate: Option<String>,
    /// The signing request.
    pub request: Option<String>,
    /// The private key.
    pub key: Option<Zeroizing<String>>,
}

impl Answer {
    /// One line of JSON, without its line end. It holds the key: wipe it.
    pub fn render(&self) -> Zeroizing<String> {
        let key = self.key.as_ref().map(|key| key.to_string());
        let fields = [
            ("cert", self.certificate.clone()),
            ("csr", self.request.clone()),
            ("key", key),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(name, text)| text.map(|text| (name, text)));
        let fields = given.map(|(name, text)| (name.to_owned(), Json::Text(text)));
        Zeroizing::new(Json::Object(fields.collect()).compact())
    }
}

/// A file of `cfssljson`.
pub struct OutputFile {
    /// What stands behind the base name: `-key.pem`.
    pub suffix: &'static str,
    /// Its contents.
    pub contents: Zeroizing<Vec<u8>>,
    /// Whether only its owner may read it.
    pub is_secret: bool,
    /// Whether it is printed as base64.
    pub is_binary: bool,
}

/// Takes an answer apart. Without `is_bare` it is wrapped as cfssl's server wraps it.
///
/// # Errors
/// It is no such answer, or says that the request failed.
pub fn output_files(text: &[u8], is_bare: bool) -> Result<Vec<OutputFile>, CfsslError> {
    let failed = |error: CfsslError| CfsslError::text(format!("Failed to parse input: {error}"));
    let value = json::parse(text).map_err(failed)?;
    let fields = Fields::of("input", &value).map_err(failed)?;
    if is_bare {
        return files(fields);
    }
    if !fields.flag("success").map_err(failed)? {
        return Err(CfsslError::text(failure(fields)?));
    }
    match fields.object("result", "result").map_err(failed)? {
        Some(result) => files(result),
        None => Ok(Vec::new()),
    }
}

fn failure(fields: Fields<'_>) -> Result<String, CfsslError> {
    let mut text = "Request failed:".to_owned();
    for error in fields.list("errors")?.unwrap_or_default() {
        text.push_str("\n\t");
        text.push_str(&Fields::of("errors", error)?.text("message")?);
    }
    Ok(text)
}

/// Each with the two names that its text may have.
const TEXTS: [(&str, &str, &str, bool); 3] = [
    ("cert", "certificate", ".pem", false),
    ("key", "private_key", "-key.pem", true),
    ("csr", "certificate_request", ".csr", false),
];

fn files(fields: Fields<'_>) -> Result<Vec<OutputFile>, CfsslError> {
    let mut files = Vec::new();
    for (name, other, suffix, is_secret) in TEXTS {
        let text = Zeroizing::new(match fields.text(name)? {
            text if text.is_empty() => fields.text(other)?,
            text => text,
        });
        if !text.is_empty() {
            files.push(OutputFile::text(suffix, &text, is_secret));
        }
    }
    let encrypted = Zeroizing::new(fields.text("encrypted_key")?);
    if !encrypted.is_empty() {
        let mut file = OutputFile::text("-key.enc", &encrypted, true);
        file.is_binary = true;
        files.insert(files.len().min(2), file);
    }
    if let Some(bundle) = bundle(fields)? {
        files.extend(bundle);
    }
    let response = fields.text("ocspResponse")?;
    if !response.is_empty() {
        let contents = base64_simd::STANDARD
            .decode_to_vec(response.as_bytes())
            .map_err(|_| CfsslError::text("Failed to parse ocspResponse: it is no base64"))?;
        files.push(OutputFile {
            suffix: "-response.der",
            contents: Zeroizing::new(contents),
            is_secret: false,
            is_binary: true,
        });
    }
    Ok(files)
}

/// What `cfssl bundle` answers through the server.
fn bundle(fields: Fields<'_>) -> Result<Option<[OutputFile; 2]>, CfsslError> {
    let Some(result) = fields.object("result", "result")? else {
        return Ok(None);
    };
    let Some(bundle) = result.object("bundle", "bundle")? else {
        return Ok(None);
    };
    let has = |name| {
        bundle
            .members()
            .any(|(key, value)| key == name && matches!(value, Value::String(_)))
    };
    if !has("bundle") {
        return Err(CfsslError::text("inner bundle parsing failed!"));
    }
    if !has("root") {
        return Err(CfsslError::text("root parsing failed!"));
    }
    let root = bundle.text("root")?;
    let whole = format!("{}\n{root}", bundle.text("bundle")?);
    Ok(Some([
        OutputFile::text("-bundle.pem", &whole, false),
        OutputFile::text("-root.pem", &root, false),
    ]))
}

impl OutputFile {
    fn text(suffix: &'static str, text: &str, is_secret: bool) -> Self {
        Self {
            suffix,
            contents: Zeroizing::new(text.as_bytes().to_vec()),
            is_secret,
            is_binary: false,
        }
    }

    /// As it is printed: text, or the base64 of what is none.
    pub fn shown(&self) -> Zeroizing<Vec<u8>> {
        match self.is_binary {
            true => Zeroizing::new(
                base64_simd::STANDARD
                    .encode_to_string(&*self.contents)
                    .into_bytes(),
            ),
            false => self.contents.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{Answer, output_files};

    fn names(text: &str, is_bare: bool) -> Result<Vec<String>, String> {
        let files = output_files(text.as_bytes(), is_bare).map_err(|error| error.to_string())?;
        let shown = |file: &super::OutputFile| {
            let contents = String::from_utf8_lossy(&file.contents).into_owned();
            format!(
                "{}{}={contents}",
                file.suffix,
                if file.is_secret { "!" } else { "" }
            )
        };
        Ok(files.iter().map(shown).collect())
    }

    #[test]
    fn an_answer_has_its_parts_in_order() {
        let answer = Answer {
            key: Some(Zeroizing::new("k\n".to_owned())),
            certificate: Some("c".to_owned()),
            request: None,
        };
        assert_eq!(*answer.render(), r#"{"cert":"c","key":"k\n"}"#);
    }

    #[test]
    fn answers_are_taken_apart() {
        let bare = r#"{"key":"k","csr":"r","cert":"c"}"#;
        assert_eq!(
            names(bare, true).unwrap(),
            [".pem=c", "-key.pem!=k", ".csr=r"]
        );
        let long = r#"{"certificate":"c","private_key":"k","certificate_request":"r","encrypted_key":"e"}"#;
        assert_eq!(
            names(long, true).unwrap(),
            [".pem=c", "-key.pem!=k", "-key.enc!=e", ".csr=r"]
        );
        let wrapped = format!(r#"{{"success":true,"result":{bare},"errors":[]}}"#);
        assert_eq!(names(&wrapped, false).unwrap().len(), 3);
        assert_eq!(names(&wrapped, true).unwrap(), [] as [String; 0]);
        let bundle = r#"{"result":{"bundle":{"bundle":"b","root":"r"}}}"#;
        assert_eq!(
            names(bundle, true).unwrap(),
            ["-bundle.pem=b\nr", "-root.pem=r"]
        );
        assert_eq!(
            names(r#"{"ocspResponse":"YQ=="}"#, true).unwrap(),
            ["-response.der=a"]
        );
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        let rows = [
            ("", true, "Failed to parse input"),
            ("[]", true, "Failed to parse input"),
            ("{}", false, "Request failed:"),
            (
                r#"{"success":false,"errors":[{"message":"one"},{"message":"two"}]}"#,
                false,
                "Request failed:\n\tone\n\ttwo",
            ),
            (r#"{"cert":1}"#, true, "`input.cert` is a number"),
            (
                r#"{"result":{"bundle":{"root":"r"}}}"#,
                true,
                "inner bundle",
            ),
            (r#"{"ocspResponse":"%"}"#, true, "ocspResponse"),
        ];
        for (text, is_bare, expected) in rows {
            let error = names(text, is_bare).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
