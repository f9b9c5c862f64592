//! `medmij scope` and `medmij redirect-uri`: what a DVA would make of the two parameters that vendors get wrong.

use std::io;

use medmij_core::{Hostname, RedirectUri, Release};
use medmij_oauth::{Scope, ScopeFunction};
use serde::Serialize;

use super::{Answer, Format, Verdict, print, shown};

/// The scope of an authorization request.
#[derive(Debug, clap::Subcommand)]
pub enum ScopeCommand {
    /// Reads a scope as a DVA does, and tells what it asks for or what is wrong with it.
    Parse {
        /// The release of the framework, such as 2.2 or 1.4.0.
        #[arg(long)]
        release: Release,
        /// The function that the scope is for.
        #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(ScopeFunction::ALL.map(ScopeFunction::as_str)))]
        function: String,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The scope, decoded.
        #[arg(value_name = "SCOPE")]
        scope: String,
    },
}

/// The redirect URI of a DVP.
#[derive(Debug, clap::Subcommand)]
pub enum RedirectUriCommand {
    /// Judges a redirect URI as a DVA does, on its raw text.
    Check {
        /// The `client_id`: the host name on the OAuth Client List.
        #[arg(long, value_name = "HOST")]
        client_id: Hostname,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The URI, decoded.
        #[arg(value_name = "URI")]
        uri: String,
    },
}

/// A rule that is broken.
#[derive(Debug, Serialize)]
struct Broken {
    rule: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct ParsedScope {
    valid: bool,
    function: &'static str,
    /// Without `@medmij`, as a scope has it.
    aanbieder: Option<String>,
    /// Empty where the name stands for all that the Aanbieder has at the DVA.
    gegevensdiensten: Option<Vec<String>>,
    dagen: Option<u32>,
    representation: Option<&'static str>,
    error: Option<Broken>,
}

impl ParsedScope {
    fn of(text: &str, release: Release, function: ScopeFunction) -> Self {
        let parsed = Scope::parse(text, release, function);
        let error = parsed.as_ref().err().map(|error| Broken {
            rule: error.rule(),
            message: error.to_string(),
        });
        let scope = parsed.as_ref().ok();
        let ids = |scope: &Scope| {
            let ids = scope.gegevensdiensten().unwrap_or_default();
            ids.iter().map(ToString::to_string).collect()
        };
        Self {
            valid: error.is_none(),
            function: function.as_str(),
            aanbieder: scope.map(|scope| scope.aanbieder().naam().to_owned()),
            gegevensdiensten: scope.map(ids),
            dagen: scope.and_then(Scope::dagen),
            representation: scope.and_then(|scope| scope.representation().scope_member()),
            error,
        }
    }
}

impl Answer for ParsedScope {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.valid)
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        if let Some(error) = &self.error {
            return writeln!(out, "{bold}not valid{plain}: {} [{}]", error.message, error.rule);
        }
        writeln!(out, "{bold}{}{plain}", self.function)?;
        writeln!(
            out,
            "  Aanbieder: {}@medmij",
            self.aanbieder.as_deref().unwrap_or_default()
        )?;
        match self.gegevensdiensten.as_deref() {
            Some([]) | None => writeln!(out, "  Gegevensdiensten: all that it has at the DVA")?,
            Some(ids) => writeln!(out, "  Gegevensdiensten: {}", ids.join(", "))?,
        }
        match self.dagen {
            None => {}
            Some(0) => writeln!(out, "  ends the Abonnement")?,
            Some(dagen) => writeln!(out, "  for at most {dagen} days from today")?,
        }
        match self.representation {
            None => Ok(()),
            Some(member) => writeln!(out, "  for somebody else: {member}"),
        }
    }
}

#[derive(Debug, Serialize)]
struct CheckedUri {
    valid: bool,
    error: Option<Broken>,
    #[serde(skip)]
    text: String,
}

impl Answer for CheckedUri {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.valid)
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        match &self.error {
            None => writeln!(out, "{bold}valid{plain}: {}", shown(&self.text)),
            Some(error) => writeln!(out, "{bold}not valid{plain}: {} [{}]", error.message, error.rule),
        }
    }
}

/// Runs a command on a scope.
pub fn scope(command: ScopeCommand) -> anyhow::Result<Verdict> {
    let ScopeCommand::Parse {
        release,
        function,
        format,
        scope,
    } = command;
    print(&[ParsedScope::of(&scope, release, function.parse()?)], format)
}

/// Runs a command on a redirect URI.
pub fn redirect_uri(command: RedirectUriCommand) -> anyhow::Result<Verdict> {
    let RedirectUriCommand::Check { client_id, format, uri } = command;
    let error = RedirectUri::for_client(&uri, &client_id).err().map(|error| Broken {
        rule: error.rule().name(),
        message: error.to_string(),
    });
    let checked = CheckedUri {
        valid: error.is_none(),
        error,
        text: uri,
    };
    print(&[checked], format)
}
