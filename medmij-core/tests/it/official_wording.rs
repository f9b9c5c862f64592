//! The digests of the official wordings against the wordings themselves, where the framework's texts are at hand.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use medmij_core::Release;
use medmij_core::text::{Part, Recognition, TemplateId, recognise};

/// The block of quoted lines that follows a mark in the text, as paragraphs.
fn quoted(text: &str, mark: &str) -> Vec<String> {
    let behind = &text[text.find(mark).unwrap()..];
    let lines = behind
        .lines()
        .skip_while(|line| !line.starts_with('>'))
        .take_while(|line| line.starts_with('>'));
    let block = lines.map(|line| line[1..].trim_start()).collect::<Vec<_>>().join("\n");
    block.split("\n\n").map(str::to_owned).collect()
}

/// What follows a mark on its line, in quotes, with the slashes that part its paragraphs.
fn on_line(text: &str, mark: &str) -> String {
    let behind = &text[text.find(mark).unwrap() + mark.len()..];
    behind
        .lines()
        .next()
        .unwrap()
        .trim()
        .trim_matches('"')
        .replace(" / ", "\n")
}

#[test]
fn official_wordings_are_recognised() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec"));
    let (flows, abonneren) = (folder.join("flows.md"), folder.join("abonneren.md"));
    if !flows.exists() || !abonneren.exists() {
        writeln!(
            std::io::stderr(),
            "skipped: the framework's texts are not at {}",
            folder.display()
        )
        .unwrap();
        return;
    }
    let flows = fs::read_to_string(flows).unwrap();
    let abonneren = fs::read_to_string(abonneren).unwrap();
    let (consent, storing) = (TemplateId::Toestemmingsverklaring, TemplateId::TechnischeStoring);
    let official = |template, part, release: Release, text: &str| {
        assert_eq!(
            recognise(template, part, release, text),
            Recognition::Official,
            "{template} {part} {text}"
        );
        assert_eq!(
            recognise(template, part, Release::R1_1, text),
            Recognition::OfWhichRelease(match release {
                Release::R2_2 if template != consent => Release::R2_0,
                release => release,
            })
        );
        assert_eq!(
            recognise(template, part, release, &format!("{text} En nog iets.")),
            Recognition::Unknown
        );
    };

    for mark in ["**1.4.0 (main page", "**1.4.x addendum (same sentence"] {
        official(consent, Part::Declaration, Release::R1_4, &quoted(&flows, mark)[0]);
    }
    let page = quoted(&flows, "**2.2.4 (Toestemmingsverklaring, Core)**");
    official(
        consent,
        Part::Title,
        Release::R2_2,
        page[0].strip_prefix("**Titel:**").unwrap(),
    );
    official(consent, Part::Declaration, Release::R2_2, &page[1]);
    official(
        consent,
        Part::Explanation,
        Release::R2_2,
        page[2].strip_prefix("**Toelichting**").unwrap(),
    );

    let page = quoted(&flows, "### 5.3 Bevestigingsverklaring");
    let confirm = TemplateId::Bevestigingsverklaring;
    official(confirm, Part::Declaration, Release::R1_4, &page[0]);
    let (_, first) = page[1].split_once('\n').unwrap();
    official(
        confirm,
        Part::Explanation,
        Release::R1_4,
        &format!("{first}\n\n{}", page[2..].join("\n\n")),
    );

    let page = quoted(&flows, "- **Technische storing, Core** [2.x]");
    official(
        storing,
        Part::Title,
        Release::R2_2,
        page[0].strip_prefix("**Titel:**").unwrap(),
    );
    official(storing, Part::Declaration, Release::R2_2, &page[1..].join("\n\n"));

    let (current, old) = abonneren.split_at(abonneren.find("**Notificatie van Zorggebruiker (1.4.0)").unwrap());
    let current = &current[current.find("**Notificatie van Persoon (current").unwrap()..];
    for (text, release) in [(current, Release::R2_2), (old, Release::R1_4)] {
        let long = [
            ("- resource, long:", TemplateId::NotificatieInhoudelijkLang),
            ("- subscription, long:", TemplateId::NotificatieAbonnementLang),
        ];
        for (mark, template) in long {
            official(template, Part::Declaration, release, &on_line(text, mark));
        }
    }
    let short = [
        ("- resource, short:", TemplateId::NotificatieInhoudelijkKort),
        ("- subscription, short:", TemplateId::NotificatieAbonnementKort),
    ];
    for (mark, template) in short {
        official(template, Part::Declaration, Release::R1_4, &on_line(old, mark));
    }
}
