//! Screens as values, and the texts of a deployment.

use std::borrow::Cow;

use medmij_core::text::{
    Answer, DvaNames, Placeholder, Screen, ShownScreen, TemplateId, TextError, TextVersion, Texts, TextsError, digest,
};
use medmij_core::{Aanbiedernaam, CorrelationId, Declaration, Digest, OAuthClient, Release};

struct Names;

impl DvaNames for Names {
    fn dva(&self) -> &str {
        "De DVA"
    }

    fn telefoonnummer(&self) -> &str {
        "088"
    }

    fn aanbieder(&self, naam: &Aanbiedernaam) -> Cow<'_, str> {
        format!("Kliniek {}", naam.naam()).into()
    }

    fn some_aanbieder(&self) -> &str {
        "je zorgaanbieder"
    }

    fn some_pgo(&self) -> &str {
        "je PGO"
    }
}

fn entry(template: TemplateId, declaration: &str) -> String {
    let answers: String = template
        .answers()
        .iter()
        .map(|answer| format!("answers.{answer} = \"<{answer}>\"\n"))
        .collect();
    format!("[[text]]\ntemplate = \"{template}\"\ntitle = \"T\"\ndeclaration = \"{declaration}\"\n{answers}")
}

fn read(file: &str) -> Result<Texts, String> {
    toml::from_str(file).map_err(|error| error.message().to_owned())
}

fn shown(screen: &Screen, declaration: &str) -> Result<(String, Vec<Answer>), TextsError> {
    let texts = read(&entry(screen.template(), declaration)).unwrap();
    let ShownScreen {
        declaration, answers, ..
    } = texts.show(screen, &Names)?;
    Ok((declaration, answers.into_iter().map(|(answer, _)| answer).collect()))
}

fn client() -> OAuthClient {
    OAuthClient::new("pgo.nl".parse().unwrap(), "De PGO".parse().unwrap())
}

/// A screen that knows all it can of what it is about.
fn full(template: TemplateId) -> Screen {
    let (ids, naam) = (
        ["48".parse().unwrap(), "51".parse().unwrap()],
        "Documenten".parse().unwrap(),
    );
    Screen::new(template, Answer::ALL.iter().copied())
        .with_aanbieder(Some(&"umc@medmij".parse().unwrap()))
        .with_client(Some(&client()))
        .with_gegevensdiensten([(&ids[0], None), (&ids[1], Some(&naam))])
        .with_dagen(Some(30))
        .with_trace_id(None::<&CorrelationId>)
}

#[test]
fn f_50_every_placeholder_of_every_screen_is_filled() {
    let own = |placeholder| match placeholder {
        Placeholder::NaamAanbieder => "Kliniek umc",
        Placeholder::NaamGegevensdienst => "48, Documenten",
        Placeholder::NaamLeverancierPgo => "De PGO",
        Placeholder::Duur => "30 dagen",
        Placeholder::NaamDva => "De DVA",
        Placeholder::TelefoonnummerDva => "088",
        _ => "-",
    };
    for &template in TemplateId::ALL {
        for &placeholder in template.placeholders() {
            let (text, _) = shown(&full(template), &format!("a {{{placeholder}}} b")).unwrap();
            assert_eq!(text, format!("a {} b", own(placeholder)), "{template}");
        }
    }
}

#[test]
fn usrint_102_a_value_is_missing_only_where_its_step_has_none() {
    let screen = Screen::new(TemplateId::Toestemmingsverklaring, []);
    let (template, missing) = (screen.template(), Placeholder::NaamGegevensdienst);
    let error = TextError::Missing(missing);
    assert_eq!(
        shown(&screen, "{NaamGegevensdienst}"),
        Err(TextsError::Text { template, error })
    );
    let (text, _) = shown(&screen, "{NaamAanbieder}, {NaamLeverancierPGO}").unwrap();
    assert_eq!(text, "je zorgaanbieder, je PGO");
}

#[test]
fn answers_are_those_of_the_template() {
    for &template in TemplateId::ALL {
        let (_, answers) = shown(&full(template), "x").unwrap();
        let wanted = Answer::ALL.iter().filter(|answer| template.answers().contains(answer));
        assert_eq!(answers, wanted.copied().collect::<Vec<_>>(), "{template}");
        let (_, none) = shown(&Screen::new(template, []), "x").unwrap();
        assert!(none.is_empty());
    }
}

#[test]
fn toestemmingsverklaring_2_2_4_langdurig_is_an_answer_of_the_consent_of_verzamelen_alone() {
    let with = |template: &&TemplateId| template.answers().contains(&Answer::GiveLangdurig);
    let all: Vec<_> = TemplateId::ALL.iter().filter(with).collect();
    assert_eq!(all, [&TemplateId::Toestemmingsverklaring]);
}

#[test]
fn every_declaration_has_its_screen() {
    for &declaration in Declaration::ALL {
        let template = TemplateId::from(declaration);
        assert_eq!(template.as_str(), declaration.as_str());
        assert!(template.presentation().nothing_preselected && !template.answers().is_empty());
    }
}

#[test]
fn a_file_of_texts_is_checked_when_it_is_read() {
    let landing = entry(TemplateId::Landingspagina, "Welkom");
    assert!(read(&landing).is_ok());
    let refused = |file: String, part: &str| {
        let error = read(&file).unwrap_err();
        assert!(error.contains(part), "{error}");
    };
    refused(format!("{landing}{landing}"), "two texts of landingspagina");
    refused(landing.replace("Welkom", "{Duur}"), "no placeholder Duur");
    refused(
        landing.replace("answers.annuleren = \"<annuleren>\"", ""),
        "`annuleren`",
    );
    refused(format!("{landing}answers.intrekken = \"x\""), "no answer `intrekken`");
    refused(landing.replace("landingspagina", "startpagina"), "not");
    refused(format!("{landing}kleur = \"x\""), "unknown field");
}

#[test]
fn a_dva_knows_at_its_start_which_texts_it_lacks() {
    let all = |release: Release| {
        let shown = TemplateId::ALL.iter().filter(|template| template.shown_by_dva(release));
        shown.copied().collect::<Vec<_>>()
    };
    for release in Release::ALL {
        let templates = all(release);
        for left_out in &templates {
            let file: String = templates
                .iter()
                .filter(|template| *template != left_out)
                .map(|template| entry(*template, "x"))
                .collect();
            let texts = read(&file).unwrap();
            assert_eq!(texts.check_dva(release), Err(TextsError::NoText(*left_out)));
            assert_eq!(
                texts.version(*left_out, release).unwrap_err(),
                TextsError::NoText(*left_out)
            );
        }
        let file: String = templates.iter().map(|template| entry(*template, "x")).collect();
        assert_eq!(read(&file).unwrap().check_dva(release), Ok(()));
    }
    assert!(!all(Release::R1_1).contains(&TemplateId::Landingspagina));
    assert!(all(Release::R2_0).contains(&TemplateId::Toestemmingsoverzicht));
}

#[test]
fn pi_8a_the_version_of_a_text_tells_every_word_of_it() {
    let version = |declaration: &str| {
        let texts = read(&entry(TemplateId::Toestemmingsverklaring, declaration)).unwrap();
        texts
            .version(TemplateId::Toestemmingsverklaring, Release::R2_2)
            .unwrap()
    };
    let changed = |from: &str, to: &str| {
        let file = entry(TemplateId::Toestemmingsverklaring, "Mag het?").replace(from, to);
        let texts = read(&file).unwrap();
        texts
            .version(TemplateId::Toestemmingsverklaring, Release::R2_2)
            .unwrap()
    };
    for (from, to) in [
        ("title = \"T\"", "title = \"U\""),
        ("\"Mag het?\"", "\"Mag het?\"\nexplanation = \"Hierom.\""),
        ("<geven>", "<ja>"),
    ] {
        assert_ne!(changed(from, to), version("Mag het?"), "{to}");
    }
    let (one, other) = (version("Mag het?"), version("Mag het wel?"));
    assert_ne!(one, other);
    assert_eq!(one, version("Mag het?"));
    for version in [one, other, TextVersion::own(digest("x"))] {
        assert_eq!(version.official(), None);
        assert_eq!(version.to_string().parse(), Ok(version));
        let json = serde_json::to_string(&version).unwrap();
        assert_eq!(serde_json::from_str::<TextVersion>(&json).unwrap(), version);
    }
    let digest = Digest::of(b"x");
    let official: TextVersion = format!("official 2.2 {digest}").parse().unwrap();
    assert_eq!((official.official(), official.digest()), (Some(Release::R2_2), digest));
    assert_eq!(official.to_string().parse(), Ok(official));
    for wrong in [
        "",
        "own",
        "official 2.2",
        "own x",
        &format!("official 9.9 {digest}"),
        &format!("own {digest} x"),
    ] {
        assert!(wrong.parse::<TextVersion>().is_err(), "{wrong}");
    }
}
