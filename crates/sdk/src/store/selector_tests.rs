//! The selector language: what the official helper takes and refuses, and what is refused here on purpose.

use super::*;

fn criteria(text: &str) -> [Option<String>; 3] {
    let selector = CertificateSelector::parse(text).unwrap();
    [selector.subject, selector.issuer, selector.serial]
}

#[test]
fn texts_that_are_understood() {
    let rows: [(&str, [Option<&str>; 3]); 10] = [
        (
            "Key=x509Issuer,Value=CN=Issuer",
            [None, Some("CN=Issuer"), None],
        ),
        (
            "Key=x509Subject,Value=CN=Subject Key=x509Issuer,Value=CN=Issuer Key=x509Serial,Value=15D19632234BF759A32802C0DA88F9E8AFC8702D",
            [
                Some("CN=Subject"),
                Some("CN=Issuer"),
                Some("15d19632234bf759a32802c0da88f9e8afc8702d"),
            ],
        ),
        (
            "Key=x509Subject,Value=CN=CN With Spaces Key=x509Issuer,Value=CN=CN With Spaces,OU=OU With Spaces",
            [
                Some("CN=CN With Spaces"),
                Some("CN=CN With Spaces,OU=OU With Spaces"),
                None,
            ],
        ),
        (
            " \n  Key=x509Subject,Value=CN=CN With Trailing Spaces  ,O=O With Spaces   \t   Key=x509Issuer,Value=CN=Issuer  \n ",
            [
                Some("CN=CN With Trailing Spaces  ,O=O With Spaces"),
                Some("CN=Issuer"),
                None,
            ],
        ),
        ("Key=x509Serial,Value=0001", [None, None, Some("1")]),
        ("Key=x509Serial,Value=00", [None, None, Some("0")]),
        // Pairs may stand one against the other; the first character of a value is never the next pair's.
        (
            "Key=x509Subject,Value=CN=aKey=x509Issuer,Value=CN=b",
            [Some("CN=a"), Some("CN=b"), None],
        ),
        (
            "Key=x509Subject,Value=CN=a,Value=b",
            [Some("CN=a,Value=b"), None, None],
        ),
        ("Key=x509Subject,Value=é", [Some("é"), None, None]),
        (
            "\r\n\x0cKey=x509Subject,Value=x\x0c",
            [Some("x"), None, None],
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(
            criteria(text),
            expected.map(|value| value.map(str::to_owned)),
            "{text}"
        );
    }
}

#[test]
fn texts_that_are_refused() {
    let rows = [
        ("", "is not a selector"),
        ("  ", "is not a selector"),
        ("laksdjadf", "is not a selector"),
        ("Key=laksdjf,Valalsd", "is not a selector"),
        ("asdf Key=x509Subject,Value=Test", "is not a selector"),
        (
            r#"[{"Key":"x509Subject","Value":"a"}]"#,
            "is not a selector",
        ),
        ("Key=x509Subject,Value=", "is not a selector"),
        ("Key=,Value=a", "is not a selector"),
        ("Key=x509Subject,Value=a\nb", "is not a selector"),
        ("key=x509Subject,value=a", "is not a selector"),
        ("Key=x509subject,Value=a", "`x509subject` is not a key"),
        ("Key=aljsdf,Value=aljsdfadsf", "`aljsdf` is not a key"),
        (
            "Key=x509Subject,Value=Test Key=x509Subject,Value=Test2",
            "x509Subject is there twice",
        ),
        (
            "Key=x509Serial,Value=xyz",
            "`xyz` is not a serial number in hex",
        ),
        (
            "Key=x509Serial,Value=0x10",
            "`0x10` is not a serial number in hex",
        ),
        (
            "Key=x509Serial,Value=-1",
            "`-1` is not a serial number in hex",
        ),
        (
            "Key=x509Subject,Value=  Key=x509Issuer,Value=a",
            "x509Subject has no value",
        ),
    ];
    for (text, said) in rows {
        let error = CertificateSelector::parse(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text:?}: {error}");
    }
}

#[test]
fn files_are_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("selector.json");
    let read = |json: &str| {
        std::fs::write(&path, json).unwrap();
        CertificateSelector::read(&format!("file://{}", path.display()))
    };
    let all = r#"[{"Key":"x509Subject","Value":"CN=a "},{"Value":"CN=b","Key":"x509Issuer"},{"Key":"x509Serial","Value":"0A"}]"#;
    let selector = read(all).unwrap();
    assert_eq!(selector.subject.as_deref(), Some("CN=a "));
    assert_eq!(selector.issuer.as_deref(), Some("CN=b"));
    assert_eq!(selector.serial.as_deref(), Some("a"));
    assert_eq!(read("[]").unwrap(), CertificateSelector::default());
    for (json, said) in [
        ("", "selector.json"),
        ("{}", "it must hold"),
        (r#"[{"Key":"x509Subject"}]"#, "missing field `Value`"),
        (
            r#"[{"Key":"x509Subject","Value":"a","Thumbprint":"b"}]"#,
            "unknown field `Thumbprint`",
        ),
        (r#"[{"Key":"x509Subject","Value":""}]"#, "has no value"),
        (
            r#"[{"Key":"x509SAN","Value":"a"}]"#,
            "`x509SAN` is not a key",
        ),
        (
            r#"[{"Key":"x509Issuer","Value":"a"},{"Key":"x509Issuer","Value":"a"}]"#,
            "x509Issuer is there twice",
        ),
    ] {
        let error = read(json).unwrap_err().to_string();
        assert!(error.contains(said), "{json}: {error}");
    }
    let none = CertificateSelector::read("file:///none/selector.json").unwrap_err();
    assert!(none.to_string().contains("`/none/selector.json`"), "{none}");
}
