//! `step crypto keypair PUB KEY`: the two halves of a new key in two files.

use std::path::{Path, PathBuf};

use anyhow::bail;
use anyrole_keys::FileKey;
use aws_lc_rs::rand::SecureRandom;

use super::files::say;
use super::key_type::KeyTypeFlags;
use super::prompt;
use super::refusal::{check_count, equal_arguments, requires};
use crate::atomic_file::{NewFile, SECRET};

/// Flags of `crypto keypair`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the public key, file of the private key
    #[arg(value_name = "PUB KEY", num_args = 0..)]
    positional: Vec<String>,
    #[command(flatten)]
    key_type: KeyTypeFlags,
    #[arg(long, hide = true)]
    from_jwk: Option<String>,
    /// File with the password to encrypt the private key with
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Write the private key without encryption; needs --insecure
    #[arg(long)]
    no_password: bool,
    /// Allow what is insecure: --no-password
    #[arg(long)]
    insecure: bool,
    /// Overwrite files without asking
    #[arg(long, short)]
    force: bool,
}

/// Makes both files, or neither.
pub fn run(arguments: &Arguments, random: &dyn SecureRandom) -> anyhow::Result<()> {
    let usage = "step crypto keypair <pub_file> <priv_file>";
    check_count(&arguments.positional, 2, 2, usage)?;
    let word = |at: usize| arguments.positional.get(at).map_or("", String::as_str);
    let (public, private) = (word(0), word(1));
    if public == private {
        return Err(equal_arguments("PUB_FILE", "PRIV_FILE", usage));
    }
    if arguments.no_password && arguments.password_file.is_some() {
        bail!("flag '--no-password' is incompatible with 'password-file'");
    }
    if arguments.no_password && !arguments.insecure {
        return Err(requires("no-password", "insecure"));
    }
    if arguments.from_jwk.is_some() {
        bail!("--from-jwk is left out of anyrole; Smallstep's own step has it");
    }
    let key = FileKey::generate(arguments.key_type.spec(arguments.insecure)?)?;
    let private_pem = match arguments.no_password {
        true => key.to_traditional_pem()?,
        false => {
            let password = prompt::new_password(
                arguments.password_file.as_deref(),
                "Please enter the password to encrypt the private key",
            )?;
            key.to_traditional_encrypted_pem(&password, random)?
        }
    };
    let public_pem = key.public_key_pem()?;
    let files = [
        NewFile {
            path: Path::new(public),
            contents: public_pem.as_bytes(),
            mode: SECRET,
        },
        NewFile {
            path: Path::new(private),
            contents: private_pem.as_bytes(),
            mode: SECRET,
        },
    ];
    prompt::write(&files, arguments.force)?;
    say(&format!("Your public key has been saved in {public}."));
    say(&format!("Your private key has been saved in {private}."));
    Ok(())
}
