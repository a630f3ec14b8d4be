//! From a certificate to credentials, by `anyrole credential-process`; who they are; and a certificate that gets none.

use anyhow::{Context as _, bail, ensure};
use zeroize::Zeroizing;

use super::super::shell;
use super::super::walk::Walk;
use crate::atomic_file::{self, NewFile};
use crate::signed_client::{Call, Credentials};
use crate::xml;

pub fn credentials(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let words = command("client.crt", "client.key", Some("ca.crt"));
    commands.push(typed("anyrole", &words));
    let printed = walk.program.succeed(&as_refs(&fill_in(walk, &words)?))?;
    let json: serde_json::Value = serde_json::from_str(&printed)?;
    let member = |name: &str| {
        let text = json.get(name).and_then(serde_json::Value::as_str);
        text.map(str::to_owned)
            .with_context(|| format!("`credential-process` printed no `{name}`"))
    };
    let credentials = Credentials {
        access_key_id: member("AccessKeyId")?,
        secret_access_key: Zeroizing::new(member("SecretAccessKey")?),
        session_token: Some(Zeroizing::new(member("SessionToken")?)),
    };
    let outcome = format!(
        "access key {}, valid until {}",
        credentials.access_key_id,
        member("Expiration")?
    );
    walk.session = Some(credentials);
    Ok(outcome)
}

pub fn aws_profile(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let place = &walk.place;
    let paths = ["client.crt", "client.key", "ca.crt"].map(|name| place.file(name));
    let [Some(crt), Some(key), Some(ca)] = paths.each_ref().map(|path| path.to_str()) else {
        bail!("`{}` is not UTF-8", place.folder);
    };
    let mut words = vec![place.program.as_str()];
    words.extend(command(crt, key, Some(ca)));
    commands.push(format!(
        "aws configure set region {} --profile anyrole",
        place.region
    ));
    commands.push(format!(
        "aws configure set --profile anyrole credential_process \\\n    {}",
        shell::render_quoted(&words)
    ));
    // Without it the AWS CLI presigns S3 URLs for other endpoints by version 2, which is refused.
    commands.push("aws configure set s3.signature_version s3v4 --profile anyrole".to_owned());
    let filled = fill_in(walk, &words)?;
    let line: Vec<_> = filled.iter().map(|word| shell::quote(word)).collect();
    let text = format!(
        "[profile anyrole]\nregion = {}\ncredential_process = {}\ns3 =\n    signature_version = s3v4\n",
        place.region,
        line.join(" ")
    );
    let path = std::path::Path::new(&place.config_file);
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(format!("already there: {}", place.config_file));
    }
    let file = NewFile {
        path,
        contents: text.as_bytes(),
        mode: atomic_file::PUBLIC,
    };
    atomic_file::write(&[file], true)?;
    Ok(format!("profile anyrole in {}", place.config_file))
}

pub fn caller_identity(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    commands.push("aws sts get-caller-identity --profile anyrole".to_owned());
    let answer = walk.as_session(&Call {
        service: "sts",
        method: "POST",
        path: "/",
        query: "",
        content_type: "application/x-www-form-urlencoded",
        body: b"Action=GetCallerIdentity&Version=2011-06-15",
    })??;
    xml::text(&answer, "Arn").context("the answer has no ARN")
}

pub fn stranger(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let words = command("stranger.crt", "stranger.key", None);
    commands.push(typed("anyrole", &words));
    let printed = walk.program.run(&as_refs(&fill_in(walk, &words)?))?;
    ensure!(
        !printed.success,
        "credentials were given, and should have been refused"
    );
    let complaint = printed.complaint();
    ensure!(
        complaint.contains("AccessDeniedException: Untrusted"),
        "{complaint}"
    );
    Ok(format!("refused, as expected: {complaint}"))
}

fn command<'a>(certificate: &'a str, key: &'a str, intermediates: Option<&'a str>) -> Vec<&'a str> {
    let mut words = vec![
        "credential-process",
        "--certificate",
        certificate,
        "--private-key",
        key,
    ];
    if let Some(intermediates) = intermediates {
        words.extend(["--intermediates", intermediates]);
    }
    words.extend([
        "--trust-anchor-arn",
        "$TRUST_ANCHOR_ARN",
        "--profile-arn",
        "$PROFILE_ARN",
        "--role-arn",
        "$ROLE_ARN",
    ]);
    words
}

fn typed(program: &str, words: &[&str]) -> String {
    let mut all = vec![program];
    all.extend(words);
    shell::render(&all)
}

/// Puts the ARNs in the place of the variables that the earlier commands set.
fn fill_in(walk: &Walk, words: &[&str]) -> anyhow::Result<Vec<String>> {
    let value = |word: &str| match word {
        "$TRUST_ANCHOR_ARN" => walk
            .trust_anchor_arn
            .clone()
            .context("not tried: there is no trust anchor"),
        "$PROFILE_ARN" => walk
            .profile_arn
            .clone()
            .context("not tried: there is no profile"),
        "$ROLE_ARN" => walk.role_arn.clone().context("not tried: there is no role"),
        literal => Ok(literal.to_owned()),
    };
    words.iter().map(|word| value(word)).collect()
}

fn as_refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
