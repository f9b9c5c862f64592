//! `medmij flow show`: the transition tables of a flow, as the machines have them.

use std::io;

use medmij_core::Release;
use medmij_oauth::flow::{self, Flow, Machine, Row, Side, Source};
use serde::Serialize;

use super::{Answer, Format, Verdict, print};

/// The transition tables.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Prints the machines of a side for a function in a release: states, rows, guards, and what is logged.
    Show {
        /// Whose machines.
        #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["dvp", "dva"]))]
        side: String,
        /// The function.
        #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(Flow::ALL.map(Flow::as_str)))]
        function: String,
        /// The release of the framework, such as 2.2 or 1.4.0.
        #[arg(long, default_value = "2.2")]
        release: Release,
        #[arg(long, value_enum, default_value_t)]
        format: FlowFormat,
    },
}

/// How the tables are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum FlowFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// A Mermaid `stateDiagram-v2` for each machine.
    Mermaid,
}

#[derive(Debug, Serialize)]
struct Shown {
    side: String,
    function: &'static str,
    release: Release,
    machines: Vec<ShownMachine>,
    #[serde(skip)]
    as_mermaid: bool,
}

#[derive(Debug, Serialize)]
struct ShownMachine {
    name: &'static str,
    states: Vec<ShownState>,
    rows: Vec<ShownRow>,
    #[serde(skip)]
    mermaid: String,
}

#[derive(Debug, Serialize)]
struct ShownState {
    name: &'static str,
    terminal: bool,
}

#[derive(Debug, Serialize)]
struct ShownRow {
    row: &'static str,
    state: String,
    event: &'static str,
    guard: &'static str,
    action: &'static str,
    next: &'static [&'static str],
    source: &'static str,
    log: Vec<&'static str>,
}

impl From<&Machine> for ShownMachine {
    fn from(machine: &Machine) -> Self {
        let state = |state: &flow::State| ShownState {
            name: state.name,
            terminal: state.terminal,
        };
        Self {
            name: machine.name,
            states: machine.states.iter().map(state).collect(),
            rows: machine.rows.iter().map(|row| ShownRow::from(*row)).collect(),
            mermaid: machine.mermaid(),
        }
    }
}

impl From<&'static Row> for ShownRow {
    fn from(row: &'static Row) -> Self {
        Self {
            row: row.row,
            state: row.state.join(", "),
            event: row.event,
            guard: row.guard,
            action: row.action,
            next: row.next,
            source: match row.source {
                Source::F => "F",
                Source::O => "O",
                Source::D => "D",
            },
            log: row.log.iter().map(medmij_core::Event::name).collect(),
        }
    }
}

impl Answer for Shown {
    /// A release that does not have the function has no machines for it.
    fn verdict(&self) -> Verdict {
        Verdict::of(!self.machines.is_empty())
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        if self.machines.is_empty() && !self.as_mermaid {
            writeln!(out, "release {} has no {}", self.release, self.function)?;
        }
        for (index, machine) in self.machines.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            if self.as_mermaid {
                writeln!(out, "%% {}", machine.name)?;
                write!(out, "{}", machine.mermaid)?;
                continue;
            }
            writeln!(out, "{bold}{}{plain}", machine.name)?;
            for row in &machine.rows {
                writeln!(
                    out,
                    "  {bold}{}{plain} [{}]  {}: {} -> {}",
                    row.row,
                    row.source,
                    row.state,
                    row.event,
                    row.next.join(" or ")
                )?;
                for (word, text) in [("if", row.guard), ("do", row.action)] {
                    if !text.is_empty() {
                        writeln!(out, "      {word} {text}")?;
                    }
                }
                if !row.log.is_empty() {
                    writeln!(out, "      log {}", row.log.join(", "))?;
                }
            }
        }
        Ok(())
    }
}

/// Runs a command on the tables.
pub fn run(command: Command) -> anyhow::Result<Verdict> {
    let Command::Show {
        side,
        function,
        release,
        format,
    } = command;
    let (side, function): (Side, Flow) = (side.parse()?, function.parse()?);
    let machines = flow::machines(side, function, release);
    let shown = Shown {
        side: side.to_string(),
        function: function.as_str(),
        release,
        machines: machines.iter().map(ShownMachine::from).collect(),
        as_mermaid: format == FlowFormat::Mermaid,
    };
    let format = if format == FlowFormat::Json {
        Format::Json
    } else {
        Format::Text
    };
    print(&[shown], format)
}
