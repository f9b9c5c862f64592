//! `medmij bundle`: what is wrong with Bundles, whether a BSN is in them, where their references lead.

use std::fs::File;
use std::io::{self, Read as _};

use anyhow::Context as _;
use medmij_fhir_bundle::{
    BsnReport, Bundle, BundleError, FhirVersion, Limits, Matching, Reference, Refers, RuleSet, Severity, Target,
    Verdict as Guarded, bsn_in_body, references,
};
use serde::Serialize;
use serde_json::Value;

use super::{Answer, Format, Verdict, print, shown};

/// FHIR Bundles, in JSON or XML.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Holds Bundles to the rules, and tells all that is wrong.
    Check {
        /// The version of FHIR: `stu3`, `r4` or `r4b`.
        #[arg(long, value_name = "VERSION")]
        fhir_version: FhirVersion,
        /// A further set of rules.
        #[arg(long, value_enum)]
        rules: Option<Rules>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The Bundles; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// Looks for BSNs. The number itself is never shown.
    Bsn {
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The Bundles; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
    /// Resolves references.
    Refs {
        /// The version of FHIR: `stu3`, `r4` or `r4b`.
        #[arg(long, value_name = "VERSION")]
        fhir_version: FhirVersion,
        /// What is not found by its fullUrl is looked for by type and id.
        #[arg(long)]
        lenient: bool,
        /// The files are the answers of one collection: references lead from one to another.
        #[arg(long)]
        together: bool,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// The Bundles; `-` is standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<String>,
    },
}

/// A set of rules beside those of FHIR.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Rules {
    /// The qualification checks that need no model.
    Nictiz,
    /// These, and those about each Coding, CodeableConcept, Reference and Identifier.
    NictizElements,
}

/// Does what a command asks for.
pub fn run(command: Command) -> anyhow::Result<Verdict> {
    match command {
        Command::Check {
            fhir_version,
            rules,
            format,
            files,
        } => {
            let rules = match rules {
                None => RuleSet::Fhir,
                Some(Rules::Nictiz) => RuleSet::Nictiz,
                Some(Rules::NictizElements) => RuleSet::NictizElements,
            };
            let checks = each(&files, |file, bytes| {
                Check::of(file, Bundle::parse(bytes, fhir_version, &Limits::default()), rules)
            });
            print(&checks?, format)
        }
        Command::Bsn { format, files } => print(&each(&files, Bsn::of)?, format),
        Command::Refs {
            fhir_version,
            lenient,
            together,
            format,
            files,
        } => {
            let matching = if lenient { Matching::Lenient } else { Matching::Strict };
            print(&refs(&files, fhir_version, matching, together)?, format)
        }
    }
}

/// Reads a file, or standard input for `-`: no more than may be looked at.
fn read(file: &str) -> anyhow::Result<Vec<u8>> {
    let limit = Limits::default().max_bytes as u64 + 1;
    let mut bytes = Vec::new();
    let done = match file {
        "-" => io::stdin().lock().take(limit).read_to_end(&mut bytes),
        path => File::open(path).and_then(|open| open.take(limit).read_to_end(&mut bytes)),
    };
    done.with_context(|| format!("{file}: cannot be read"))?;
    Ok(bytes)
}

/// One file after another: no more than one is held.
fn each<A>(files: &[String], answer: impl Fn(&str, &[u8]) -> A) -> anyhow::Result<Vec<A>> {
    files.iter().map(|file| Ok(answer(file, &read(file)?))).collect()
}

#[derive(Debug, Serialize)]
struct Check {
    file: String,
    valid: bool,
    #[serde(rename = "type")]
    bundle_type: Option<String>,
    entries: Option<usize>,
    findings: Vec<Found>,
}

#[derive(Debug, Serialize)]
struct Found {
    rule: &'static str,
    severity: &'static str,
    entry: Option<usize>,
    path: String,
    message: String,
}

impl Found {
    fn no_bundle(error: &BundleError) -> Self {
        Self {
            rule: error.rule(),
            severity: Severity::Error.as_str(),
            entry: None,
            path: String::from("Bundle"),
            message: error.to_string(),
        }
    }
}

impl Check {
    fn of(file: &str, read: Result<Bundle<'_>, BundleError>, rules: RuleSet) -> Self {
        let file = file.to_owned();
        match read {
            Err(error) => Self {
                file,
                valid: false,
                bundle_type: None,
                entries: None,
                findings: vec![Found::no_bundle(&error)],
            },
            Ok(bundle) => {
                let findings = bundle.findings(rules);
                Self {
                    file,
                    valid: findings.iter().all(|finding| finding.severity() < Severity::Error),
                    bundle_type: bundle.bundle_type().map(Into::into),
                    entries: Some(bundle.entries().len()),
                    findings: findings
                        .into_iter()
                        .map(|finding| Found {
                            rule: finding.rule.as_str(),
                            severity: finding.severity().as_str(),
                            entry: finding.entry,
                            message: finding.message().to_owned(),
                            path: finding.path,
                        })
                        .collect(),
                }
            }
        }
    }
}

impl Answer for Check {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.valid)
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        let verdict = if self.valid { "valid" } else { "not valid" };
        write!(out, "{bold}{}{plain}: {verdict}", shown(&self.file))?;
        if let (Some(entries), code) = (self.entries, self.bundle_type.as_deref().unwrap_or("no type")) {
            write!(out, ", {}, {entries} entries", shown(code))?;
        }
        writeln!(out)?;
        for Found {
            rule,
            severity,
            path,
            message,
            ..
        } in &self.findings
        {
            writeln!(out, "  {severity}: {}: {message} [{rule}]", shown(path))?;
        }
        Ok(())
    }
}

#[derive(Debug, Serialize)]
struct Bsn {
    file: String,
    /// What is no Bundle and no resource is suspect: nothing can be said of it.
    verdict: &'static str,
    findings: Vec<Suspicion>,
    /// Values in base64, which are not looked into.
    unread: usize,
    error: Option<Found>,
}

#[derive(Debug, Serialize)]
struct Suspicion {
    verdict: &'static str,
    entry: Option<usize>,
    path: String,
}

impl Bsn {
    fn of(file: &str, bytes: &[u8]) -> Self {
        // Which version it is does not matter to the guard.
        let (report, error) = match bsn_in_body(bytes, FhirVersion::Stu3, &Limits::default()) {
            Ok(report) => (Some(report), None),
            Err(error) => (None, Some(Found::no_bundle(&error))),
        };
        Self {
            file: file.to_owned(),
            verdict: report.as_ref().map_or(Guarded::Suspect, BsnReport::verdict).as_str(),
            unread: report.as_ref().map_or(0, |report| report.unread),
            findings: report
                .into_iter()
                .flat_map(|report| report.findings)
                .map(|finding| Suspicion {
                    verdict: finding.verdict.as_str(),
                    entry: finding.entry,
                    path: finding.path,
                })
                .collect(),
            error,
        }
    }
}

impl Answer for Bsn {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.error.is_none() && self.verdict != Guarded::Leak.as_str())
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        writeln!(out, "{bold}{}{plain}: {}", shown(&self.file), self.verdict)?;
        for Suspicion { verdict, path, .. } in &self.findings {
            writeln!(out, "  {verdict}: {}", shown(path))?;
        }
        if self.unread > 0 {
            writeln!(out, "  {} values in base64 were not looked into", self.unread)?;
        }
        write_error(out, self.error.as_ref())
    }
}

fn write_error(out: &mut dyn io::Write, error: Option<&Found>) -> io::Result<()> {
    match error {
        Some(Found { rule, message, .. }) => writeln!(out, "  {message} [{rule}]"),
        None => Ok(()),
    }
}

#[derive(Debug, Serialize)]
struct Refs {
    file: String,
    /// Those of the entries.
    references: Vec<Resolved>,
    /// Those of the Bundle itself, as in its signature.
    outside: Vec<Resolved>,
    /// What an `Attachment.url` leads to by its urn.
    attachments: Vec<Resolved>,
    error: Option<Found>,
}

#[derive(Debug, Serialize)]
struct Resolved {
    entry: Option<usize>,
    path: String,
    outcome: &'static str,
    /// The entries, of this file or of `files`.
    targets: Vec<usize>,
    /// The files that the entries are in, if one is another.
    #[serde(skip_serializing_if = "Value::is_null")]
    files: Value,
    /// Found by type and id only.
    lenient: bool,
}

fn refs(files: &[String], version: FhirVersion, matching: Matching, together: bool) -> anyhow::Result<Vec<Refs>> {
    let contents: Vec<_> = files.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    let mut read = Vec::new();
    let mut known = Vec::new();
    let mut bundles = Vec::new();
    for (file, bytes) in files.iter().zip(&contents) {
        read.push(match Bundle::parse(bytes, version, &Limits::default()) {
            Ok(bundle) => {
                known.push(file.as_str());
                bundles.push(bundle);
                Ok(())
            }
            Err(error) => Err(error),
        });
    }
    let mut found = if together {
        references(&bundles, matching)
    } else {
        bundles
            .iter()
            .flat_map(|bundle| references(std::slice::from_ref(bundle), matching))
            .collect()
    }
    .into_iter()
    .enumerate();
    let answers = files.iter().zip(read).map(|(file, read)| {
        let mut answer = Refs {
            file: file.clone(),
            references: Vec::new(),
            outside: Vec::new(),
            attachments: Vec::new(),
            error: read.err().map(|error| Found::no_bundle(&error)),
        };
        if answer.error.is_none()
            && let Some((at, references)) = found.next()
        {
            // Alone, each is the first.
            let own = if together { at } else { 0 };
            for reference in references {
                let list = match reference {
                    Reference {
                        refers: Refers::Attachment,
                        ..
                    } => &mut answer.attachments,
                    Reference { entry: None, .. } => &mut answer.outside,
                    _ => &mut answer.references,
                };
                list.push(Resolved::of(reference, own, &known));
            }
        }
        answer
    });
    Ok(answers.collect())
}

impl Resolved {
    fn of(reference: Reference, own: usize, files: &[&str]) -> Self {
        let targets = reference.resolution.targets();
        let name = |target: &Target| files.get(target.bundle).copied().unwrap_or_default();
        let leads_out = targets.iter().any(|target| target.bundle != own);
        Self {
            outcome: reference.resolution.as_str(),
            targets: targets.iter().map(|target| target.entry).collect(),
            files: if leads_out {
                targets.iter().map(name).collect()
            } else {
                Value::Null
            },
            lenient: reference.is_lenient,
            entry: reference.entry,
            path: reference.path,
        }
    }
}

impl Answer for Refs {
    fn verdict(&self) -> Verdict {
        Verdict::of(self.error.is_none())
    }

    fn write(&self, out: &mut dyn io::Write, bold: &str, plain: &str) -> io::Result<()> {
        let all = self.references.iter().chain(&self.outside).chain(&self.attachments);
        writeln!(
            out,
            "{bold}{}{plain}: {} references",
            shown(&self.file),
            all.clone().count()
        )?;
        for resolved in all {
            write!(out, "  {}: {}", shown(&resolved.path), resolved.outcome)?;
            let files = resolved.files.as_array().map(Vec::as_slice).unwrap_or_default();
            for (at, target) in resolved.targets.iter().enumerate() {
                write!(out, "{} entry {target}", if at == 0 { ":" } else { "," })?;
                if let Some(file) = files.get(at).and_then(Value::as_str) {
                    write!(out, " of {}", shown(file))?;
                }
            }
            writeln!(out, "{}", if resolved.lenient { ", by type and id only" } else { "" })?;
        }
        write_error(out, self.error.as_ref())
    }
}
