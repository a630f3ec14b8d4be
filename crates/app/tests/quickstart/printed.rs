//! What `anyrole quickstart` printed, taken apart: commands are indented by four columns, what continues one by more.

/// One step of the walk-through.
#[derive(Debug, Default)]
pub struct Step {
    pub title: String,
    pub commands: Vec<String>,
    /// Whether its outcome is a tick.
    pub good: bool,
    pub outcome: String,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Printed {
    pub opening: Vec<String>,
    pub steps: Vec<Step>,
    pub sum: String,
    pub closing: Vec<String>,
}

impl Printed {
    pub fn parse(text: &str) -> Self {
        let mut printed = Self::default();
        for line in text.lines() {
            printed.line(line);
        }
        printed
    }

    fn line(&mut self, line: &str) {
        if let Some(command) = line.strip_prefix("    ") {
            let commands = match self.steps.last_mut() {
                _ if !self.sum.is_empty() => &mut self.closing,
                Some(step) => &mut step.commands,
                None => &mut self.opening,
            };
            match commands.last_mut() {
                Some(last) if command.starts_with(' ') => *last = format!("{last}\n{command}"),
                _ => commands.push(command.to_owned()),
            }
        } else if let Some(outcome) = line.strip_prefix("  ") {
            let step = self.steps.last_mut().unwrap();
            assert_eq!(step.outcome, "", "two outcomes of {}", step.title);
            let (mark, text) = outcome.split_once(' ').unwrap();
            step.good = match mark {
                "✓" => true,
                "✗" => false,
                other => panic!("`{other}` is no outcome"),
            };
            step.outcome = text.to_owned();
        } else if line.contains(" steps, ") && line.ends_with(" failed") {
            self.sum = line.to_owned();
        } else if let Some((number, title)) = line.split_once(' ')
            && let Some((index, _)) = number.split_once('/')
            && let Ok(index) = index.parse::<usize>()
        {
            assert_eq!(index, self.steps.len() + 1);
            self.steps.push(Step {
                title: title.to_owned(),
                ..Step::default()
            });
        }
    }

    /// The step whose title has these words.
    pub fn step(&self, words: &str) -> &Step {
        self.steps
            .iter()
            .find(|step| step.title.contains(words))
            .unwrap()
    }

    /// Titles of the steps that failed.
    pub fn failed(&self) -> Vec<&str> {
        let failed = self.steps.iter().filter(|step| !step.good);
        failed.map(|step| step.title.as_str()).collect()
    }

    /// A step that has no outcome or no command is not shown whole.
    pub fn assert_whole(&self) {
        assert_eq!(self.steps.len(), 17);
        for step in &self.steps {
            assert!(
                !step.commands.is_empty() && !step.outcome.is_empty(),
                "{step:?}"
            );
        }
    }
}
