//! Flags of `step` that this program takes only to say who has what they ask for.

use anyhow::bail;

/// Templates.
#[derive(clap::Args, Debug)]
pub struct TemplateFlags {
    #[arg(long, hide = true)]
    template: Option<String>,
    #[arg(long, hide = true)]
    set: Vec<String>,
    #[arg(long, hide = true)]
    set_file: Option<String>,
}

impl TemplateFlags {
    /// Refuses them.
    pub fn refuse(&self) -> anyhow::Result<()> {
        let flags = [
            ("template", self.template.is_some()),
            ("set", !self.set.is_empty()),
            ("set-file", self.set_file.is_some()),
        ];
        match flags.iter().find(|(_, given)| *given) {
            Some((flag, _)) => bail!(
                "--{flag} is left out of anyrole: templates are in Smallstep's own step (github.com/smallstep/cli); shapes of certificates \
                 beyond the profiles are in cfssl's config (`cfssl gencert -config`)"
            ),
            None => Ok(()),
        }
    }
}

/// What names a server on the network, where a file is taken here.
#[derive(clap::Args, Debug)]
pub struct RemoteFlags {
    #[arg(long, hide = true)]
    servername: Option<String>,
}

impl RemoteFlags {
    /// Refuses them, and a URL in place of a file.
    pub fn refuse(&self, name: &str) -> anyhow::Result<()> {
        let is_url = ["https://", "tls://", "tcp://", "smtp", "ldap"]
            .iter()
            .any(|scheme| name.starts_with(scheme) && name.contains("://"));
        if is_url || self.servername.is_some() {
            bail!(
                "a server's certificate is not asked for here; openssl does it (`openssl s_client -showcerts -connect HOST:443`), \
                 and Smallstep's own step"
            );
        }
        Ok(())
    }
}
