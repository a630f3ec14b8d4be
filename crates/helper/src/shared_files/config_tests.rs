//! Config files that somebody wrote, and files made by chance: only the profile's own lines change.

use std::fs;

use proptest::prelude::*;

use super::*;

fn profile(name: &str, command: &str) -> Profile {
    Profile {
        name: name.to_owned(),
        source: vec![("credential_process", command.to_owned())],
        region: Some("eu-west-1".to_owned()),
    }
}

fn put(before: &str, profile: &Profile, overwrite: bool) -> Result<String, ProfileError> {
    let pieces = profile.put_into(before.as_bytes(), Path::new("config"), overwrite)?;
    Ok(String::from_utf8(joined(&pieces).to_vec()).unwrap())
}

#[test]
fn a_profile_is_added_or_completed() {
    let rows = [
        (
            "",
            "dev",
            "[profile dev]\nregion = eu-west-1\ncredential_process = /x y\n",
        ),
        (
            "",
            "default",
            "[default]\nregion = eu-west-1\ncredential_process = /x y\n",
        ),
        (
            "[default]\nregion = r",
            "dev",
            "[default]\nregion = r\n[profile dev]\nregion = eu-west-1\ncredential_process = /x y\n",
        ),
        // Its region is its services': it stays.
        (
            "[profile dev] ; mine\r\nregion = r\r\n\r\n[profile dev2]\r\nregion = s\r\n",
            "dev",
            "[profile dev] ; mine\r\nregion = r\r\ncredential_process = /x y\r\n\r\n[profile dev2]\r\nregion = s\r\n",
        ),
        // The forms of a header.
        (
            "[ profile  \"dev\" ]\nregion = r\n",
            "dev",
            "[ profile  \"dev\" ]\nregion = r\ncredential_process = /x y\n",
        ),
        (
            "[profile default]\n",
            "default",
            "[profile default]\nregion = eu-west-1\ncredential_process = /x y\n",
        ),
        // `[dev]` is no profile of a config file, and other kinds of sections are none.
        (
            "[dev]\nregion = r\n[sso-session dev]\nsso_region = r\n[profiledev]\n",
            "dev",
            "[dev]\nregion = r\n[sso-session dev]\nsso_region = r\n[profiledev]\n[profile dev]\nregion = eu-west-1\ncredential_process = /x y\n",
        ),
    ];
    for (before, name, expected) in rows {
        let wanted = profile(name, "/x y");
        assert_eq!(put(before, &wanted, false).unwrap(), expected);
        assert_eq!(
            put(expected, &wanted, false).unwrap(),
            expected,
            "a second time"
        );
    }
}

#[test]
fn another_way_to_credentials_is_named_and_replaced_only_if_asked() {
    let before = "[profile dev]\nregion = r\nRole_ARN = a\nsource_profile=b\n# note\ns3 =\n  max = 1\ncredential_process = old # comment\n[z]\nrole_arn = z\n";
    let wanted = profile("dev", "/x");
    let error = put(before, &wanted, false).unwrap_err().to_string();
    for said in [
        "`dev`",
        "`config`",
        "role_arn, source_profile, credential_process",
        "--force",
    ] {
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(
        put(before, &wanted, true).unwrap(),
        "[profile dev]\nregion = r\n# note\ns3 =\n  max = 1\ncredential_process = /x\n[z]\nrole_arn = z\n"
    );
}

#[test]
fn a_dry_run_shows_the_change_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/config");
    let wanted = profile("dev", "/x");
    let lines = [
        "+ [profile dev]",
        "+ region = eu-west-1",
        "+ credential_process = /x",
    ];
    assert_eq!(write_profile(&path, &wanted, false, true).unwrap(), lines);
    assert!(!folder.path().join("a").exists());
    assert_eq!(write_profile(&path, &wanted, false, false).unwrap(), lines);
    assert_eq!(
        write_profile(&path, &wanted, false, false).unwrap(),
        [""; 0]
    );
    let before =
        "[profile dev]\nregion = r\naws_access_key_id = AKIA1\naws_secret_access_key = topsecret\n";
    fs::write(&path, before).unwrap();
    assert!(write_profile(&path, &wanted, false, false).is_err());
    assert_eq!(
        write_profile(&path, &wanted, true, true).unwrap(),
        [
            "- aws_access_key_id = AKIA1",
            "- aws_secret_access_key = (hidden)",
            "+ credential_process = /x"
        ]
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
}

#[test]
fn what_readers_would_take_apart_is_refused() {
    for name in ["", "a b", "a]", "ä", "a\nb", "\"a\"", "a#"] {
        let refused = put_checked(&profile(name, "/x"));
        assert!(
            matches!(refused, Err(ProfileError::Name { .. })),
            "{name:?}"
        );
    }
    for value in ["", " x", "x ", "/a #b", "/a\t;b", "#x", "a\nb", "a\0"] {
        let refused = put_checked(&profile("dev", value));
        assert!(
            matches!(refused, Err(ProfileError::Value { .. })),
            "{value:?}"
        );
    }
}

fn put_checked(profile: &Profile) -> Result<(), ProfileError> {
    profile.check()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Lines of other sections stay, in their order, whatever they are; and a second time changes nothing.
    #[test]
    fn every_other_octet_stays(
        before in prop::collection::vec("(region|output|s3|[a-z_]{1,9}) ?= ?[!-~]{0,20}|[#;][ -~]{0,20}|  [a-z]{1,5} = [0-9]|\\[[a-z ]{1,9}\\]|", 0..12),
        behind in prop::collection::vec("(region|role_arn|credential_process|[a-z_]{1,9}) ?= ?[!-~]{0,20}|[#;][ -~]{0,20}|", 0..12),
        own in prop::collection::vec("region = [a-z]{1,5}|output = text|[#;][ -~]{0,20}|", 0..6),
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let text = |lines: &[String]| lines.iter().map(|line| format!("{line}{end}")).collect::<String>();
        let head = format!("[profile other]{end}{}", text(&before));
        let tail = format!("[profile last]{end}{}", text(&behind));
        let content = format!("{head}[profile dev]{end}{}{tail}", text(&own));
        let wanted = profile("dev", "/x y");
        let after = put(&content, &wanted, false).unwrap();
        prop_assert!(after.starts_with(&head), "{after}");
        prop_assert!(after.ends_with(&tail), "{after}");
        let kept: Vec<&str> = after.split(end).filter(|line| *line != "credential_process = /x y" && *line != "region = eu-west-1").collect();
        let known: Vec<&str> = content.split(end).collect();
        prop_assert_eq!(kept, known);
        prop_assert_eq!(put(&after, &wanted, false).unwrap(), after);
    }
}
