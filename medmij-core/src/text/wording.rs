//! The official wordings, recognised by digest.

use super::{Part, Placeholder, TemplateId};
use crate::{Digest, Release};

/// What a deployment's wording of one part of a text is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Recognition {
    /// The official wording of the release asked for.
    Official,
    /// The official wording of other releases, the first of which is given.
    OfWhichRelease(Release),
    /// Not an official wording that is known here: one's own, or one that was never found whole.
    Unknown,
}

/// Tells whether a part of a text is the official wording [core.usrint.102, 2.x].
///
/// The digests cover the wordings that were found whole: the Toestemmingsverklaring of 1.4 (its declaration) and of 2.2,
/// the Bevestigingsverklaring of 1.4, *Technische storing* of 2.x, and the notices of 1.4 and 2.x.
///
/// ```
/// use medmij_core::Release;
/// use medmij_core::text::{Part, Recognition, TemplateId, recognise};
///
/// let own = "Mag {NaamAanbieder} je gegevens sturen?";
/// let found = recognise(TemplateId::Toestemmingsverklaring, Part::Declaration, Release::R2_2, own);
/// assert_eq!(found, Recognition::Unknown);
/// ```
#[must_use]
pub fn recognise(template: TemplateId, part: Part, release: Release, text: &str) -> Recognition {
    let found = digest(text);
    let mut releases = OFFICIAL
        .iter()
        .filter(|wording| wording.template == template && wording.part == part && wording.is(&found))
        .flat_map(|wording| wording.releases.iter().copied())
        .peekable();
    match releases.peek().copied() {
        None => Recognition::Unknown,
        Some(_) if releases.any(|official| official == release) => Recognition::Official,
        Some(first) => Recognition::OfWhichRelease(first),
    }
}

/// Whether the official wording of a part is known for a release.
pub(super) fn is_known(template: TemplateId, part: Part, release: Release) -> bool {
    OFFICIAL
        .iter()
        .any(|wording| wording.template == template && wording.part == part && wording.releases.contains(&release))
}

/// The digest of a wording: of its words alone, whatever markup and spelling of placeholders a file uses.
///
/// HTML tags, the asterisks and quote marks of Markdown and the hyphens of its lists are removed, white space collapses,
/// each placeholder in any of its official spellings (`<Naam Aanbieder>`, `NaamZorgaanbieder`, …) becomes `{Naam…}`, and
/// a ` :` at the end is dropped.
///
/// ```
/// use medmij_core::text::digest;
///
/// assert_eq!(digest("<p>Dag  <b>{NaamAanbieder}</b> :</p>"), digest("Dag *NaamZorgaanbieder*"));
/// ```
#[must_use]
pub fn digest(text: &str) -> Digest {
    Digest::of(words(text).as_bytes())
}

/// The official spellings of each placeholder, by release and page; a longer one before one that it contains.
const SPELLINGS: [(&str, Placeholder); 13] = [
    ("<Naam Aanbieder>", Placeholder::NaamAanbieder),
    ("<Naam PGO>", Placeholder::NaamLeverancierPgo),
    ("<Naam DVA>", Placeholder::NaamDva),
    ("<telefoonnummer DVA>", Placeholder::TelefoonnummerDva),
    ("<trace_id>", Placeholder::TraceId),
    ("<session_id>", Placeholder::SessionId),
    ("NaamZorgaanbieder", Placeholder::NaamAanbieder),
    ("NaamAanbieder", Placeholder::NaamAanbieder),
    ("NaamGegevensdienst", Placeholder::NaamGegevensdienst),
    ("NaamLeverancierPGO", Placeholder::NaamLeverancierPgo),
    ("NaamDVA", Placeholder::NaamDva),
    ("TelefoonnummerDVA", Placeholder::TelefoonnummerDva),
    ("Duur", Placeholder::Duur),
];

fn words(text: &str) -> String {
    let named = name_placeholders(text);
    let mut words = String::with_capacity(named.len());
    for line in named.lines() {
        let line = line.trim_start();
        // A quotation mark and a list mark of Markdown, in that order.
        let line = line.strip_prefix('>').map_or(line, str::trim_start);
        let line = line.strip_prefix("- ").unwrap_or(line);
        let mut in_tag = false;
        for c in line.chars() {
            match c {
                '<' => in_tag = true,
                '>' if in_tag => in_tag = false,
                '*' | '`' => {}
                _ if in_tag => {}
                c if c.is_whitespace() => push_blank(&mut words),
                c => words.push(c),
            }
        }
        push_blank(&mut words);
    }
    let words = words.trim();
    words.strip_suffix(" :").unwrap_or(words).to_owned()
}

fn push_blank(words: &mut String) {
    if !words.is_empty() && !words.ends_with(' ') {
        words.push(' ');
    }
}

/// Writes every placeholder as `{Naam}`, in one pass from left to right.
fn name_placeholders(text: &str) -> String {
    let mut named = String::with_capacity(text.len() + 16);
    let mut rest = text;
    'next: while let Some(c) = rest.chars().next() {
        for (spelling, placeholder) in SPELLINGS {
            // A bare word counts only as a whole word, so that `Duur` is not found in `Duurzaam`.
            let Some(tail) = rest.strip_prefix(spelling) else {
                continue;
            };
            let in_word = |c: char| c.is_alphanumeric() || c == '_';
            let is_bare = !spelling.starts_with('<');
            if is_bare && (named.ends_with(in_word) || tail.starts_with(in_word)) {
                continue;
            }
            let braced = named.ends_with('{') && tail.starts_with('}');
            named.push_str(if braced { "" } else { "{" });
            named.push_str(placeholder.as_str());
            named.push_str(if braced { "" } else { "}" });
            rest = tail;
            continue 'next;
        }
        named.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    named
}

struct Wording {
    template: TemplateId,
    part: Part,
    releases: &'static [Release],
    digest: &'static str,
}

impl Wording {
    fn is(&self, found: &Digest) -> bool {
        self.digest.parse() == Ok(*found)
    }
}

const R1_4: &[Release] = &[Release::R1_4];
const R2_2: &[Release] = &[Release::R2_2];
const R2: &[Release] = &[Release::R2_0, Release::R2_1, Release::R2_2];

#[rustfmt::skip]
const OFFICIAL: [Wording; 14] = [
    Wording { template: TemplateId::Toestemmingsverklaring, part: Part::Declaration, releases: R1_4, digest: "1062a57e65b901cd628f488485a03b48d36f090639566c1269eece72798e206c" },
    Wording { template: TemplateId::Toestemmingsverklaring, part: Part::Title, releases: R2_2, digest: "1c8c63b960b18ef3c92ee6d14357e5b0f0f3328adcb0194adeb1dc1c46a2cd7c" },
    Wording { template: TemplateId::Toestemmingsverklaring, part: Part::Declaration, releases: R2_2, digest: "143d40e3749187bad8a480039fc679065f4b21c633ff7e69cf31a1f77f18ec5a" },
    Wording { template: TemplateId::Toestemmingsverklaring, part: Part::Explanation, releases: R2_2, digest: "596236d11848f8e2334d8b39234063ca75cf9042eab4b78f457088cb65ced738" },
    Wording { template: TemplateId::Bevestigingsverklaring, part: Part::Declaration, releases: R1_4, digest: "803935c05269fd33a0315cf795ebf452402c51cc644c4c573247366e2caea72d" },
    Wording { template: TemplateId::Bevestigingsverklaring, part: Part::Explanation, releases: R1_4, digest: "962bd80ced207451d984d9c17660aa59f7fa24020f6b3883622446c4c93f5682" },
    Wording { template: TemplateId::TechnischeStoring, part: Part::Title, releases: R2, digest: "31827e63478054a58242bb4fae5e87e272887f6c57dede323720bd78d4aa7332" },
    Wording { template: TemplateId::TechnischeStoring, part: Part::Declaration, releases: R2, digest: "6a4304d6d0a55824e3748e0dd4b8d56f072af5500a2d136446814b0e677d3886" },
    Wording { template: TemplateId::NotificatieInhoudelijkLang, part: Part::Declaration, releases: R2, digest: "4afdaf18f3e70f5ea662ac2892ca400892973cdf45da7c82410c7446b95c23f8" },
    Wording { template: TemplateId::NotificatieAbonnementLang, part: Part::Declaration, releases: R2, digest: "5261134cbc8555ecbc574509476c021e2b12f7981b8e022a2a259797047f4b09" },
    Wording { template: TemplateId::NotificatieInhoudelijkLang, part: Part::Declaration, releases: R1_4, digest: "d5b38f3d70628d68432538f364e7f22e85337752b9c8e20d461ef5ff23f8a8fa" },
    Wording { template: TemplateId::NotificatieAbonnementLang, part: Part::Declaration, releases: R1_4, digest: "20044ea78af4068613f8162a044fc6792191e2a363abc7efb1730d9626e594d6" },
    Wording { template: TemplateId::NotificatieInhoudelijkKort, part: Part::Declaration, releases: R1_4, digest: "b732a54491770a51a9d92a4625a0711135620cfbe4e0c368aabdc16e2f0203a3" },
    Wording { template: TemplateId::NotificatieAbonnementKort, part: Part::Declaration, releases: R1_4, digest: "40a1a5668923bb90cf124b2c4cee7397b5c3ba7af18ecb091d8fa32535450a80" },
];
