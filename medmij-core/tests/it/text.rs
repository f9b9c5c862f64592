use medmij_core::Release;
use medmij_core::text::{
    Part, Placeholder, PlaceholderSource, Recognition, TemplateId, Text, TextError, Values, WayBack, digest, recognise,
};

#[test]
fn usrint_102_pi_14_placeholders_have_their_sources() {
    use PlaceholderSource as S;
    let sources = [
        S::DvaConfiguration,
        S::Gegevensdienstnamenlijst,
        S::OAuthClientList,
        S::Scope,
        S::DvaConfiguration,
        S::DvaConfiguration,
        S::Log,
        S::Log,
    ];
    assert_eq!(Placeholder::ALL.iter().map(|p| p.source()).collect::<Vec<_>>(), sources);
}

#[test]
fn presentation_rules() {
    let way_back = |template: TemplateId| template.presentation().way_back;
    assert_eq!(way_back(TemplateId::TechnischeStoring), WayBack::IfVerified);
    assert_eq!(way_back(TemplateId::OnbekendeClient), WayBack::Never);
    assert!(TemplateId::Toestemmingsverklaring.presentation().nothing_preselected);
    assert!(
        TemplateId::NotificatieInhoudelijkKort
            .presentation()
            .only_if_channel_unsafe
    );
    assert!(
        !TemplateId::NotificatieInhoudelijkLang
            .presentation()
            .only_if_channel_unsafe
    );
    for template in [
        TemplateId::NotificatieInhoudelijkKort,
        TemplateId::NotificatieAbonnementKort,
    ] {
        assert_eq!(
            template.placeholders(),
            [Placeholder::NaamLeverancierPgo],
            "an unsafe channel sees no more"
        );
    }
}

#[test]
fn texts_are_checked_against_their_template() {
    let new = |source| Text::new(TemplateId::Landingspagina, source);
    assert!(new("Welkom bij {NaamAanbieder}, via {NaamDVA}.").is_ok());
    assert!(new("").is_ok());
    assert_eq!(new("a {"), Err(TextError::Brace { at: 2 }));
    assert_eq!(new("a } b"), Err(TextError::Brace { at: 2 }));
    assert_eq!(new("é {NaamAanbieder} }"), Err(TextError::Brace { at: 19 }));
    assert_eq!(new("{Naam}"), Err(TextError::Unknown { at: 0 }));
    assert_eq!(new("{{NaamAanbieder}"), Err(TextError::Unknown { at: 0 }));
    let (template, placeholder) = (TemplateId::Landingspagina, Placeholder::TraceId);
    assert_eq!(new("{trace_id}"), Err(TextError::Foreign { template, placeholder }));
    assert!(new(&"x".repeat(Text::MAX_LEN + 1)).is_err());
}

#[test]
fn filling_wants_every_value_and_reads_none_twice() {
    let text = Text::new(TemplateId::Landingspagina, "{NaamAanbieder} en {NaamDVA}").unwrap();
    let mut values = Values::from([(Placeholder::NaamAanbieder, "{NaamDVA}".into())]);
    assert_eq!(text.fill(&values), Err(TextError::Missing(Placeholder::NaamDva)));
    values.insert(Placeholder::NaamDva, "DVA".into());
    assert_eq!(text.fill(&values).unwrap(), "{NaamDVA} en DVA");
}

#[test]
fn digests_see_the_words_only() {
    let plain = digest("Mag {NaamAanbieder} gegevens sturen aan {NaamLeverancierPGO}?");
    for same in [
        "Mag <Naam Aanbieder> gegevens sturen aan <Naam PGO>?",
        "> Mag *NaamZorgaanbieder* gegevens\n>   sturen aan *NaamLeverancierPGO*?\n",
        "<p>Mag <b>{NaamAanbieder}</b>\tgegevens<br/> sturen aan {NaamLeverancierPGO}?</p>",
        "- Mag NaamAanbieder gegevens sturen aan NaamLeverancierPGO? :",
    ] {
        assert_eq!(digest(same), plain, "{same}");
    }
    for other in [
        "Mag {NaamAanbieder} gegevens sturen aan {NaamLeverancierPGO}!",
        "Mag {NaamLeverancierPGO} gegevens sturen aan {NaamAanbieder}?",
        "mag {NaamAanbieder} gegevens sturen aan {NaamLeverancierPGO}?",
    ] {
        assert_ne!(digest(other), plain, "{other}");
    }
    assert_ne!(digest("Duurzaam"), digest("{Duur}zaam"));
    assert_eq!(digest("Duur 3"), digest("{Duur} 3"));
}

#[test]
fn unknown_wordings_are_unknown() {
    for &template in TemplateId::ALL {
        for &part in Part::ALL {
            let found = recognise(template, part, Release::R2_2, "Een eigen tekst.");
            assert_eq!(found, Recognition::Unknown);
        }
    }
}
