//! The rules, each kind in its file, and what is found by all of them.

mod bdl;
mod form;
mod nictiz;
mod references;
mod structure;
mod types;

use std::fmt::Write as _;

use crate::reference::{Index, Matching};
use crate::{Bundle, Finding, Rule, Severity};

/// Which rules a Bundle is held to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the named sets")]
pub enum RuleSet {
    /// Those of FHIR: the invariants, the structure, the types, the references.
    #[default]
    Fhir,
    /// These, and the checks by which Nictiz qualifies PHR and XIS, that need no model: NT-1, NT-2, NT-8, NT-9 and NT-11 to
    /// NT-16. (NT-10 is about a header of the request.)
    Nictiz,
    /// These, and NT-3 to NT-7 about each Coding, CodeableConcept, Reference and Identifier, which are told by name and form.
    NictizElements,
}

impl Bundle<'_> {
    /// Everything that is wrong with the Bundle, by its version of FHIR: what concerns the whole first, and then entry by
    /// entry.
    ///
    /// ```
    /// use medmij_fhir_bundle::{Bundle, FhirVersion, Limits, Rule, RuleSet};
    ///
    /// let json = br#"{"resourceType": "Bundle", "type": "history", "entry": [{"fullUrl": "https://rs.dva.nl/fhir/Flag/1",
    ///   "resource": {"resourceType": "Flag", "id": "1"}, "request": {"method": "GET", "url": "Flag/1"}}]}"#;
    /// let parse = |version| Bundle::parse(json, version, &Limits::default());
    ///
    /// assert_eq!(parse(FhirVersion::Stu3)?.findings(RuleSet::Fhir), []);
    /// let findings = parse(FhirVersion::R4)?.findings(RuleSet::Fhir);
    /// assert_eq!((findings[0].rule, findings[0].entry), (Rule::Bdl4, Some(0)));
    /// assert_eq!(findings[0].path, "Bundle.entry[0]");
    /// # Ok::<(), medmij_fhir_bundle::BundleError>(())
    /// ```
    #[must_use]
    pub fn findings(&self, rules: RuleSet) -> Vec<Finding> {
        let mut found = Found {
            bundle: self,
            errors: 0,
            others: 0,
            has_more: false,
            findings: Vec::new(),
        };
        for finding in &self.misshapen {
            found.add_at(finding.rule, finding.entry, || finding.path.clone());
        }
        structure::check(&mut found);
        bdl::check(&mut found);
        types::check(&mut found);
        if rules != RuleSet::Fhir {
            nictiz::check(&mut found);
        }
        let index = Index::new(std::slice::from_ref(self), Matching::Strict);
        form::check(&mut found, &index, rules);
        let Found {
            mut findings, has_more, ..
        } = found;
        findings.sort_by_key(|finding| finding.entry.map_or(0, |entry| entry + 1));
        if has_more {
            findings.push(Finding {
                rule: Rule::MoreFindings,
                version: self.version,
                entry: None,
                path: String::from("Bundle"),
            });
        }
        findings
    }
}

/// What was found until now.
struct Found<'f, 'b> {
    bundle: &'f Bundle<'b>,
    /// Errors are not crowded out by what matters less.
    errors: usize,
    others: usize,
    has_more: bool,
    findings: Vec<Finding>,
}

impl Found<'_, '_> {
    fn has_room(&mut self, rule: Rule) -> bool {
        let count = match rule.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Information => &mut self.others,
        };
        *count += 1;
        let has_room = *count <= self.bundle.limits.max_findings;
        self.has_more |= !has_room;
        has_room
    }

    /// Something about the whole.
    fn add(&mut self, rule: Rule, path: &str) {
        self.add_at(rule, None, || format!("Bundle{path}"));
    }

    /// Something about an entry: the path goes on behind it.
    fn add_entry(&mut self, rule: Rule, entry: usize, path: &str) {
        self.add_at(rule, Some(entry), || {
            let mut whole = format!("Bundle.entry[{entry}]");
            let _ = write!(whole, "{path}");
            whole
        });
    }

    fn add_at(&mut self, rule: Rule, entry: Option<usize>, path: impl FnOnce() -> String) {
        if self.has_room(rule) {
            let version = self.bundle.version;
            self.findings.push(Finding {
                rule,
                version,
                entry,
                path: path(),
            });
        }
    }
}
