//! The walk-through on the person's screen: titles, commands, outcomes. Commands are indented by four columns, what
//! belongs to the same command by more; nothing else is.

use std::io::{self, Write};

use super::shell::{self, quote};
use super::walk::{Place, Tally};

const BOLD: &str = "1";
const COMMAND: &str = "36";
const GOOD: &str = "32";
const BAD: &str = "31";

/// Writes to standard output, or wherever a test wants it.
pub struct Printer {
    out: Box<dyn Write + Send>,
    colours: bool,
}

impl Printer {
    /// With or without colours.
    pub fn new(out: Box<dyn Write + Send>, colours: bool) -> Self {
        Self { out, colours }
    }

    /// Where everything is, and what a shell needs before the first step's command.
    pub fn opening(&mut self, place: &Place) -> io::Result<()> {
        let title = self.paint(BOLD, "Anyrole quickstart");
        writeln!(
            self.out,
            "{title}: service at {url}, console at {url}/-/console/, data in {}",
            place.data,
            url = place.url,
        )?;
        writeln!(
            self.out,
            "\nIndented is what you would type for each step, where it has not been done yet. A shell needs this first:"
        )?;
        self.commands(&place.opening_commands())
    }

    /// What a step is about to do.
    pub fn title(&mut self, number: usize, of: usize, title: &str) -> io::Result<()> {
        let title = self.paint(BOLD, title);
        writeln!(self.out, "\n{number}/{of} {title}")?;
        self.out.flush()
    }

    /// What a person would type.
    pub fn commands(&mut self, commands: &[String]) -> io::Result<()> {
        for command in commands {
            for line in command.lines() {
                let line = self.paint(COMMAND, line);
                writeln!(self.out, "    {line}")?;
            }
        }
        self.out.flush()
    }

    /// How a step went.
    pub fn outcome(&mut self, outcome: &Result<String, String>) -> io::Result<()> {
        let (colour, mark, text) = match outcome {
            Ok(text) => (GOOD, "✓", text),
            Err(text) => (BAD, "✗", text),
        };
        let mark = self.paint(colour, mark);
        // Texts of a service must not send control sequences to the terminal.
        let text = text.replace(char::is_control, "\u{fffd}");
        writeln!(self.out, "  {mark} {text}")?;
        self.out.flush()
    }

    /// The sum, and what to paste to go on.
    pub fn closing(&mut self, place: &Place, tally: Tally, once: bool) -> io::Result<()> {
        let Tally { steps, failed } = tally;
        let sum = self.paint(
            if failed == 0 { GOOD } else { BAD },
            &format!("{steps} steps, {failed} failed"),
        );
        writeln!(self.out, "\n{sum}")?;
        if failed > 0 {
            writeln!(
                self.out,
                "What is already there is left as it is; to start afresh, use another --data folder."
            )?;
        }
        if once {
            let serve = [
                "anyrole",
                "server",
                "--data",
                &place.data,
                "--listen",
                place.address(),
            ];
            writeln!(
                self.out,
                "\nTo go on with your own AWS CLI, start the server:"
            )?;
            self.commands(&[shell::render(&serve)])?;
            writeln!(self.out, "\nThen, in another shell:")?;
        } else {
            writeln!(
                self.out,
                "\nGo on with your own AWS CLI; paste into another shell:"
            )?;
        }
        self.commands(&place.closing_commands())?;
        if !once {
            writeln!(self.out, "\nServing at {} until Ctrl-C.", place.url)?;
        }
        self.out.flush()
    }

    /// The last words after Ctrl-C.
    pub fn stopped(&mut self) -> io::Result<()> {
        writeln!(self.out, "\nStopped.")
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.colours {
            true => format!("\x1b[{colour}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

impl Place {
    /// What makes a fresh shell ready for the steps' commands.
    fn opening_commands(&self) -> Vec<String> {
        let folder = quote(&self.folder);
        let mut commands = Vec::new();
        commands.extend(self.path_command());
        commands.push(
            "unset AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
                .to_owned(),
        );
        commands.push(format!(
            "export AWS_ENDPOINT_URL={} AWS_REGION={} AWS_DEFAULT_REGION={} AWS_PAGER=",
            quote(&self.url),
            self.region,
            self.region
        ));
        commands.extend(self.proxy_command());
        commands.push(format!(
            "export AWS_SHARED_CREDENTIALS_FILE={}",
            quote(&self.root_credentials)
        ));
        commands.push(format!(
            "export AWS_CONFIG_FILE={}",
            quote(&self.config_file)
        ));
        commands.push(format!("mkdir -p {folder} && cd {folder}"));
        commands
    }

    /// What lets any shell's AWS CLI use the profile that the walk-through made.
    fn closing_commands(&self) -> Vec<String> {
        let mut commands = vec![format!(
            "export AWS_CONFIG_FILE={} AWS_ENDPOINT_URL={}",
            quote(&self.config_file),
            quote(&self.url)
        )];
        commands.extend(self.proxy_command());
        commands.push("aws sts get-caller-identity --profile anyrole".to_owned());
        commands.push("aws s3 ls --profile anyrole".to_owned());
        commands
    }

    fn path_command(&self) -> Option<String> {
        let folder = self.program_folder.as_deref()?;
        Some(format!("export PATH={}:\"$PATH\"", quote(folder)))
    }

    fn proxy_command(&self) -> Option<String> {
        self.proxied
            .then(|| "export NO_PROXY=127.0.0.1,::1".to_owned())
    }
}
