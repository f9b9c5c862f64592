//! The command line tool `medmij`: what operations of a vendor ask of lists, requests and Bundles, without
//! writing a program.
//!
//! Text is for people, JSON for programs: one document per line. Nothing is printed before all that is asked for was read,
//! so that a file that cannot be read leaves standard output empty.

pub mod bundle;
pub mod flow;
pub mod list;
pub mod oauth;
mod source;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

/// How the answer is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document per line.
    Json,
}

/// What the tool found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    Good,
    /// Something is invalid, or was not found.
    Findings,
}

impl Verdict {
    fn of(is_good: bool) -> Self {
        if is_good { Self::Good } else { Self::Findings }
    }

    fn and(self, other: Self) -> Self {
        if self == Self::Good { other } else { self }
    }
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::SUCCESS,
            Verdict::Findings => Self::FAILURE,
        }
    }
}

/// An answer in both forms.
trait Answer: Serialize {
    fn verdict(&self) -> Verdict;

    /// Writes it for people; `bold` and `plain` turn emphasis on and off.
    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()>;
}

/// Writes answers, and gives the verdict on all of them.
fn print<A: Answer>(answers: &[A], format: Format) -> anyhow::Result<Verdict> {
    let stdout = io::stdout();
    let (bold, plain) = if stdout.is_terminal() {
        ("\u{1b}[1m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let mut out = io::BufWriter::new(stdout.lock());
    // Known before anything is written: it does not hang on how far somebody reads.
    let verdict = answers
        .iter()
        .fold(Verdict::Good, |verdict, answer| verdict.and(answer.verdict()));
    let mut write = || -> io::Result<()> {
        for answer in answers {
            match format {
                Format::Text => answer.write(&mut out, bold, plain)?,
                Format::Json => {
                    serde_json::to_writer(&mut out, answer)?;
                    out.write_all(b"\n")?;
                }
            }
        }
        out.flush()
    };
    match write() {
        // Who reads no further has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(verdict)
}

/// A text from a document as it is shown to people: characters that steer a terminal, or turn the line around, are written
/// as escapes.
fn shown(text: &str) -> String {
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}
