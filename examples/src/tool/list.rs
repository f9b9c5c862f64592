//! `medmij list`: check, show, hold against each other, look up.

use std::io;

use anyhow::{Context as _, ensure};
use medmij_core::{Aanbiedernaam, GegevensdienstId, Hostname};
use medmij_lists::{
    CrossFinding, Finding, Gegevensdienst, Interfaceversie, Limits, List, ListKind, ListsTogether, Snapshot,
    Zorgaanbieder,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::source::Document;
use super::{Answer, Format, Verdict, print, shown};

/// The four lists and their companion.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Judges documents as their schemas do, and tells all that is wrong.
    Check {
        /// Which list it must be; by default the root element tells.
        #[arg(long, value_enum, default_value_t)]
        kind: Kind,
        /// The most errors, and the most warnings, that are told of a file.
        #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
        max_errors: u32,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The documents; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// Shows what is in lists.
    Show {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The documents; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// Holds two or more lists against each other.
    Cross {
        #[arg(long, value_name = "FILE")]
        zal: Option<String>,
        #[arg(long, value_name = "FILE")]
        ocl: Option<String>,
        #[arg(long, value_name = "FILE")]
        gnl: Option<String>,
        #[arg(long, value_name = "FILE")]
        whl: Option<String>,
        #[arg(long, value_name = "FILE")]
        zakl: Option<String>,
        /// The host of the Stelselnode, which stands on no list.
        #[arg(long, value_name = "HOST", default_value = "stelselnode.medmij.nl")]
        stelselnode: Hostname,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Finds a Zorgaanbieder, and the addresses of what it offers.
    Lookup {
        #[arg(long, value_name = "FILE")]
        zal: String,
        /// The names of the Gegevensdiensten.
        #[arg(long, value_name = "FILE")]
        gnl: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The name, with `@medmij` or without.
        naam: String,
        /// One Gegevensdienst only.
        gegevensdienst: Option<String>,
    },
}

/// Which list a document must be.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub enum Kind {
    /// The one that its root element tells.
    #[default]
    Auto,
    Zal,
    Ocl,
    Gnl,
    Whl,
    Zakl,
}

impl Kind {
    const fn asked(self) -> Option<ListKind> {
        match self {
            Self::Auto => None,
            Self::Zal => Some(ListKind::Zal),
            Self::Ocl => Some(ListKind::Ocl),
            Self::Gnl => Some(ListKind::Gnl),
            Self::Whl => Some(ListKind::Whl),
            Self::Zakl => Some(ListKind::Zakl),
        }
    }
}

/// Does what a command asks for.
pub fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Check {
            kind,
            max_errors,
            format,
            files,
        } => {
            let mut limits = Limits::default();
            limits.max_findings = max_errors as usize;
            let checks: anyhow::Result<Vec<_>> = files
                .iter()
                .map(|file| Ok(Check::of(&Document::read(file, kind.asked(), limits)?)))
                .collect();
            print(&checks?, format)
        }
        Command::Show { format, files } => {
            let shown: anyhow::Result<Vec<_>> = files
                .iter()
                .map(|file| Document::read(file, None, Limits::default()).map(Show::of))
                .collect();
            print(&shown?, format)
        }
        Command::Cross {
            zal,
            ocl,
            gnl,
            whl,
            zakl,
            stelselnode,
            format,
        } => {
            let files = [
                (ListKind::Zal, zal),
                (ListKind::Ocl, ocl),
                (ListKind::Gnl, gnl),
                (ListKind::Whl, whl),
                (ListKind::Zakl, zakl),
            ];
            print(&[Cross::of(files, &stelselnode)?], format)
        }
        Command::Lookup {
            zal,
            gnl,
            format,
            naam,
            gegevensdienst,
        } => print(
            &[Lookup::of(&zal, gnl.as_deref(), &naam, gegevensdienst.as_deref())?],
            format,
        ),
    }
}

/// What is said of a document.
#[derive(Debug, Serialize)]
struct Check {
    file: String,
    kind: Option<&'static str>,
    namespace: Option<&'static str>,
    valid: bool,
    entries: Option<usize>,
    volgnummer: Option<String>,
    tijdstempel: Option<String>,
    errors: Vec<Told>,
    warnings: Vec<Told>,
    /// Whether there is more than was told.
    cut: bool,
}

#[derive(Debug, Serialize)]
struct Told {
    rule: &'static str,
    path: String,
    line: usize,
    column: usize,
    byte: usize,
    message: String,
}

impl Told {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.name(),
            path: finding.path.clone(),
            line: finding.line,
            column: finding.column,
            byte: finding.byte,
            message: finding.message(),
        }
    }
}

impl Check {
    fn of(document: &Document) -> Self {
        let file = document.file.clone();
        let kind = document.kind.map(ListKind::as_str);
        match &document.read {
            Ok(parsed) => {
                let envelope = parsed.list.envelope();
                Self {
                    file,
                    kind,
                    namespace: Some(envelope.namespace),
                    valid: true,
                    entries: Some(parsed.list.entries()),
                    volgnummer: Some(envelope.volgnummer.to_string()),
                    tijdstempel: Some(envelope.tijdstempel.to_string()),
                    errors: Vec::new(),
                    warnings: parsed.warnings.iter().map(Told::of).collect(),
                    cut: parsed.is_cut,
                }
            }
            Err(rejected) => Self {
                file,
                kind,
                namespace: rejected.seen().namespace,
                valid: false,
                entries: None,
                volgnummer: rejected.seen().volgnummer.as_ref().map(ToString::to_string),
                tijdstempel: rejected.seen().tijdstempel.as_ref().map(ToString::to_string),
                errors: rejected.errors().map(Told::of).collect(),
                warnings: rejected.warnings().iter().map(Told::of).collect(),
                cut: rejected.errors_cut() || rejected.warnings_cut(),
            },
        }
    }
}

impl Answer for Check {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.valid)
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        let kind = self.kind.unwrap_or("no list");
        let verdict = if self.valid { "valid" } else { "INVALID" };
        write!(out, "{}: {kind}, {bold}{verdict}{plain}", self.file)?;
        if let (Some(entries), Some(volgnummer), Some(tijdstempel)) =
            (self.entries, &self.volgnummer, &self.tijdstempel)
        {
            write!(
                out,
                ", {entries} entries, Volgnummer {volgnummer}, Tijdstempel {tijdstempel}"
            )?;
        }
        writeln!(out)?;
        let told = self.errors.iter().map(|told| ("error", told));
        for (severity, told) in told.chain(self.warnings.iter().map(|told| ("warning", told))) {
            let Told {
                rule,
                path,
                line,
                column,
                message,
                ..
            } = told;
            writeln!(out, "  {line}:{column}: {severity}: {path}: {message} [{rule}]")?;
        }
        if self.cut {
            writeln!(out, "  and more; --max-errors shows them")?;
        }
        Ok(())
    }
}

/// A list, or why there is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Show {
    List(List),
    Invalid(Check),
}

impl Show {
    fn of(document: Document) -> Self {
        match document.read {
            Ok(parsed) => Self::List(parsed.list),
            Err(_) => Self::Invalid(Check::of(&document)),
        }
    }
}

impl Answer for Show {
    fn verdict(&self) -> Verdict {
        Verdict::of(matches!(self, Self::List(_)))
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        let list = match self {
            Self::Invalid(check) => return check.write(out, bold, plain),
            Self::List(list) => list,
        };
        let envelope = list.envelope();
        let (volgnummer, tijdstempel) = (&envelope.volgnummer, &envelope.tijdstempel);
        writeln!(
            out,
            "{bold}{}{plain} Volgnummer {volgnummer}, Tijdstempel {tijdstempel}",
            list.kind()
        )?;
        match list {
            List::Zal(zal) => zal.iter().try_for_each(|it| write_zorgaanbieder(out, it)),
            List::Ocl(ocl) => ocl.clients().iter().try_for_each(|client| {
                writeln!(out, "{}  {}", client.hostname, shown(client.organisatienaam.as_str()))
            }),
            List::Gnl(gnl) => gnl.gegevensdiensten().iter().try_for_each(|entry| {
                writeln!(
                    out,
                    "{}  {}",
                    shown(entry.id.as_str()),
                    shown(entry.weergavenaam.as_str())
                )
            }),
            List::Whl(whl) => whl.nodes().iter().try_for_each(|node| writeln!(out, "{node}")),
            List::Zakl(zakl) => zakl.koppelingen().iter().try_for_each(|koppeling| {
                writeln!(out, "{}", shown(&koppeling.naam))?;
                for kenmerk in &koppeling.kenmerken {
                    writeln!(out, "  {} {}", kenmerk.soort.as_str(), shown(&kenmerk.waarde))?;
                }
                for dienst in &koppeling.gegevensdiensten {
                    let versies = shown(&dienst.interfaceversies.join(", "));
                    writeln!(out, "  {}  {} ({versies})", shown(&dienst.id), shown(&dienst.naam))?;
                }
                Ok(())
            }),
            _ => Ok(()),
        }
    }
}

fn write_zorgaanbieder(out: &mut dyn io::Write, zorgaanbieder: Zorgaanbieder<'_>) -> io::Result<()> {
    write!(out, "{}", shown(zorgaanbieder.naam().as_str()))?;
    match zorgaanbieder.aanbiedertype() {
        Some(aanbiedertype) => writeln!(out, " ({})", shown(aanbiedertype.as_str()))?,
        None => writeln!(out)?,
    }
    for versie in zorgaanbieder.interfaceversies() {
        for dienst in versie.gegevensdiensten() {
            write_dienst(out, versie, dienst, None)?;
        }
    }
    Ok(())
}

fn write_dienst(
    out: &mut dyn io::Write,
    versie: Interfaceversie<'_>,
    dienst: Gegevensdienst<'_>,
    naam: Option<&str>,
) -> io::Result<()> {
    write!(out, "  Gegevensdienst {}", shown(dienst.id().as_str()))?;
    if let Some(naam) = naam {
        write!(out, ", {}", shown(naam))?;
    }
    if let Some(id) = versie.id() {
        write!(out, ", Interfaceversie {}", shown(id.as_str()))?;
    }
    writeln!(out)?;
    writeln!(out, "    authorization {}", shown(dienst.authorization().as_str()))?;
    writeln!(out, "    token         {}", shown(dienst.token().as_str()))?;
    if let Some((duur, subscription)) = dienst.abonneren() {
        writeln!(
            out,
            "    subscription  {} (at most {} days)",
            shown(subscription.as_str()),
            shown(duur.as_str())
        )?;
    }
    for (code, resource) in dienst.systeemrollen() {
        writeln!(out, "    {}  {}", shown(code.as_str()), shown(resource.as_str()))?;
    }
    Ok(())
}

/// Reads the lists that are given: those that are right, and what is said of the others.
fn read_all<const N: usize>(files: [(ListKind, Option<String>); N]) -> anyhow::Result<(Snapshot, Vec<Check>)> {
    let mut snapshot = Snapshot::default();
    let mut invalid = Vec::new();
    let stdin = files.iter().filter(|(_, file)| file.as_deref() == Some("-")).count();
    ensure!(stdin <= 1, "standard input holds one list only");
    for (kind, file) in files.into_iter().filter_map(|(kind, file)| Some((kind, file?))) {
        let document = Document::read(&file, Some(kind), Limits::default())?;
        match document.read {
            Ok(parsed) => snapshot.set(parsed.list),
            Err(_) => invalid.push(Check::of(&document)),
        }
    }
    Ok((snapshot, invalid))
}

/// What breaks an invariant between lists.
#[derive(Debug, Serialize)]
struct Cross {
    findings: Vec<CrossFinding>,
    /// The lists that could not be held against the others, being invalid themselves.
    invalid: Vec<Check>,
}

impl Cross {
    fn of<const N: usize>(files: [(ListKind, Option<String>); N], stelselnode: &Hostname) -> anyhow::Result<Self> {
        let given = files.iter().filter(|(_, file)| file.is_some()).count();
        ensure!(given >= 2, "two lists or more are held against each other");
        let (snapshot, invalid) = read_all(files)?;
        let mut lists = ListsTogether::of(&snapshot);
        lists.stelselnode = Some(stelselnode);
        Ok(Self {
            findings: lists.check(),
            invalid,
        })
    }
}

impl Answer for Cross {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.findings.is_empty() && self.invalid.is_empty())
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        for check in &self.invalid {
            check.write(out, bold, plain)?;
        }
        for CrossFinding {
            invariant,
            severity,
            subject,
            message,
            ..
        } in &self.findings
        {
            let (severity, subject) = (severity.as_str(), shown(subject));
            writeln!(
                out,
                "{}: {severity}: {bold}{subject}{plain}: {message}",
                invariant.as_str()
            )?;
        }
        match self.findings.len() {
            0 if self.invalid.is_empty() => writeln!(out, "the lists agree"),
            0 => Ok(()),
            count => writeln!(out, "{count} findings"),
        }
    }
}

/// What a Zorgaanbieder offers.
#[derive(Debug)]
struct Lookup {
    naam: Aanbiedernaam,
    snapshot: Snapshot,
    gegevensdienst: Option<GegevensdienstId>,
    /// The lists in which nothing could be looked up.
    invalid: Vec<Check>,
}

impl Lookup {
    fn of(zal: &str, gnl: Option<&str>, naam: &str, gegevensdienst: Option<&str>) -> anyhow::Result<Self> {
        let files = [
            (ListKind::Zal, Some(zal.to_owned())),
            (ListKind::Gnl, gnl.map(str::to_owned)),
        ];
        let (snapshot, invalid) = read_all(files)?;
        let parsed = match naam.contains('@') {
            true => naam.parse(),
            false => Aanbiedernaam::from_naam(naam),
        };
        let gegevensdienst = gegevensdienst.map(str::parse).transpose();
        Ok(Self {
            naam: parsed.with_context(|| format!("`{naam}` is no name of a Zorgaanbieder"))?,
            gegevensdienst: gegevensdienst.context("no id of a Gegevensdienst")?,
            snapshot,
            invalid,
        })
    }

    fn zorgaanbieder(&self) -> Option<Zorgaanbieder<'_>> {
        self.snapshot.zal.as_ref()?.zorgaanbieder(&self.naam)
    }

    /// What is offered, each with its name.
    fn offers(&self) -> impl Iterator<Item = (Interfaceversie<'_>, Gegevensdienst<'_>, Option<&str>)> {
        let versies = self
            .zorgaanbieder()
            .into_iter()
            .flat_map(Zorgaanbieder::interfaceversies);
        let all = versies.flat_map(|versie| versie.gegevensdiensten().map(move |dienst| (versie, dienst)));
        let asked = self.gegevensdienst.as_ref();
        all.filter(move |(_, dienst)| asked.is_none_or(|id| id.as_str() == dienst.id().as_str()))
            .map(|(versie, dienst)| {
                let naam = dienst
                    .id()
                    .usable()
                    .and_then(|id| self.snapshot.gnl.as_ref()?.naam(&id));
                (versie, dienst, naam.map(|naam| naam.as_str()))
            })
    }
}

impl Serialize for Lookup {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let aanbiedertype = self.zorgaanbieder().and_then(Zorgaanbieder::aanbiedertype);
        let offers: Vec<Value> = self
            .offers()
            .map(|(versie, dienst, naam)| {
                // The members of the list itself, and what stands above them.
                let mut offer = json!(dienst);
                if let Some(offer) = offer.as_object_mut() {
                    let id = offer.remove("id").unwrap_or_default();
                    offer.insert("gegevensdienst".to_owned(), id);
                    offer.insert("interfaceversie".to_owned(), json!(versie.id()));
                    offer.insert("naam".to_owned(), json!(naam));
                }
                offer
            })
            .collect();
        json!({
            "aanbieder": self.naam.as_str(),
            "type": aanbiedertype.as_ref().map(|it| it.as_str()),
            "offers": offers,
            "invalid": self.invalid,
        })
        .serialize(serializer)
    }
}

impl Answer for Lookup {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.invalid.is_empty() && self.offers().next().is_some())
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        for check in &self.invalid {
            check.write(out, bold, plain)?;
        }
        if self.snapshot.zal.is_none() {
            return Ok(());
        }
        let Some(zorgaanbieder) = self.zorgaanbieder() else {
            return writeln!(out, "{bold}{}{plain} is not on the list", self.naam);
        };
        write!(out, "{bold}{}{plain}", self.naam)?;
        match zorgaanbieder.aanbiedertype() {
            Some(aanbiedertype) => writeln!(out, " ({})", shown(aanbiedertype.as_str()))?,
            None => writeln!(out)?,
        }
        if self.offers().next().is_none() {
            return writeln!(out, "  does not offer that Gegevensdienst");
        }
        self.offers()
            .try_for_each(|(versie, dienst, naam)| write_dienst(out, versie, dienst, naam))
    }
}
