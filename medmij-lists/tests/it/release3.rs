//! The Zorgaanbiederslijst of release3: errors and warnings divided as lists.md 2.3 says.

use medmij_core::Aanbiedertype;
use medmij_lists::{Finding, List, ListRule, Severity, Zorgaanbiederslijst};

use crate::document::*;

fn zal(xml: &str) -> (Zorgaanbiederslijst, Vec<Finding>) {
    match parse(xml) {
        (List::Zal(list), warnings) => (list, warnings),
        (other, _) => panic!("{other:?}"),
    }
}

fn warnings(xml: &str) -> Vec<(ListRule, String)> {
    let (_, warnings) = zal(xml);
    assert!(warnings.iter().all(|finding| finding.severity == Severity::Warning));
    warnings
        .into_iter()
        .map(|finding| (finding.rule, finding.path.rsplit('/').next().unwrap().to_owned()))
        .collect()
}

fn abonneren(duur: &str) -> String {
    let abonneren = format!(
        "<Abonneren><MaximaleDuur>{duur}</MaximaleDuur>\
         <SubscriptionEndpointuri>https://ss.dva.nl/sub</SubscriptionEndpointuri></Abonneren>"
    );
    dienst_with(
        "4",
        "https://as.dva.nl",
        "https://ts.dva.nl",
        &abonneren,
        &rol("X", "https://rs.dva.nl"),
    )
}

#[test]
fn zal_release3_whole() {
    let (list, warnings) = zal(&zal3(&zorgaanbieder3(
        "abc@medmij",
        "BAZB",
        &(versie("1.4.0", &(abonneren("365") + &dienst("5"))) + &versie("2", &dienst("4"))),
    )));
    assert_eq!(warnings, []);
    let aanbieder = list.zorgaanbieder(&"abc@medmij".parse().unwrap()).unwrap();
    assert_eq!(aanbieder.aanbiedertype(), Some(Aanbiedertype::Bazb));
    let ids: Vec<_> = aanbieder
        .interfaceversies()
        .map(|versie| versie.id().unwrap().as_str())
        .collect();
    assert_eq!(ids, ["1.4.0", "2"]);
    let dienst = aanbieder
        .interfaceversies()
        .next()
        .unwrap()
        .gegevensdienst(&"4".parse().unwrap())
        .unwrap();
    let (duur, subscription) = dienst.abonneren().unwrap();
    assert_eq!(duur.usable().unwrap().count(), 365);
    assert_eq!(subscription.as_str(), "https://ss.dva.nl/sub");
    assert_eq!(dienst.systeemrollen().count(), 1);
    let second = aanbieder.interfaceversies().nth(1).unwrap();
    assert!(
        second.gegevensdienst(&"5".parse().unwrap()).is_none(),
        "each Interfaceversie has its own"
    );
}

#[test]
fn zal_release3_facets_are_warnings() {
    let aanbieder = |naam: &str, diensten: &str| zal3(&zorgaanbieder3(naam, "ZA", &versie("2", diensten)));
    let long = "x".repeat(31);
    let cases = [
        (aanbieder("abc-d@medmij", &dienst("1")), "Zorgaanbiedernaam"),
        (aanbieder("ABC@medmij", &dienst("1")), "Zorgaanbiedernaam"),
        (aanbieder("abc@medmij", &dienst(&long)), "GegevensdienstId"),
        (aanbieder("abc@medmij", &abonneren("0")), "MaximaleDuur"),
        (
            aanbieder(
                "abc@medmij",
                &dienst("1").replace("https://as.dva.nl/auth", "https://as.dva.nl:443"),
            ),
            "AuthorizationEndpointuri",
        ),
        (
            aanbieder(
                "abc@medmij",
                &dienst("1").replace("https://rs.dva.nl/fhir", "http://rs.dva.nl"),
            ),
            "ResourceEndpointuri",
        ),
        (
            aanbieder("abc@medmij", &dienst("1")).replace("<InterfaceversieId>2<", "<InterfaceversieId><"),
            "InterfaceversieId",
        ),
    ];
    for (xml, name) in cases {
        assert_eq!(warnings(&xml), [(ListRule::Value, name.to_owned())]);
    }
}

#[test]
fn zal_release3_an_unknown_aanbiedertype_is_a_warning_and_kept() {
    for text in ["NIEUW", "", " ZA"] {
        let xml = zal3(&zorgaanbieder3("abc@medmij", text, &versie("2", &dienst("1"))));
        assert_eq!(
            warnings(&xml),
            [(ListRule::Value, "Aanbiedertype".to_owned())],
            "{text}"
        );
        let (list, _) = zal(&xml);
        assert_eq!(
            list.iter().next().unwrap().aanbiedertype(),
            Some(Aanbiedertype::Other(text.into()))
        );
    }
}

#[test]
fn zal_release3_uniqueness_is_a_warning() {
    let unique = |name: &str| (ListRule::Unique, name.to_owned());
    let one = zorgaanbieder3("abc@medmij", "ZA", &versie("2", &dienst("1")));
    let other = zorgaanbieder3("abc@medmij", "ZA", &versie("2", &dienst("9")));
    let (list, _) = zal(&zal3(&(one.clone() + &other)));
    assert_eq!(warnings(&zal3(&(one + &other))), [unique("Zorgaanbiedernaam")]);
    assert_eq!(list.len(), 2);
    let naam = "abc@medmij".parse().unwrap();
    let first = list.zorgaanbieder(&naam).unwrap();
    let versie_2 = first.interfaceversies().next().unwrap();
    assert!(
        versie_2.gegevensdienst(&"1".parse().unwrap()).is_some(),
        "the first one is found"
    );

    let twice = versie("2", &dienst("1")) + &versie("2", &(dienst("1") + &dienst("2")));
    let xml = zal3(&zorgaanbieder3("abc@medmij", "ZA", &twice));
    assert_eq!(warnings(&xml), [unique("InterfaceversieId")]);
    let ids = |xml: &str| -> Vec<String> {
        let offers = zal(xml).0.offers(&naam, medmij_core::Release::R2_2, None);
        offers
            .iter()
            .flat_map(|group| group.iter())
            .map(|offer| offer.gegevensdienst.to_string())
            .collect()
    };
    assert_eq!(ids(&xml), ["1", "2"], "a warning takes nothing away that can be used");

    let twice = versie("2", &(dienst("1") + &dienst("1") + &dienst("2")));
    let xml = zal3(&zorgaanbieder3("abc@medmij", "ZA", &twice));
    assert_eq!(warnings(&xml), [unique("GegevensdienstId")]);
    assert_eq!(ids(&xml), ["1", "2"]);

    // A value that breaks its facets and is not unique gives both.
    let long = "1".repeat(31);
    let twice = versie("2", &(dienst(&long) + &dienst(&long)));
    let rules: Vec<_> = warnings(&zal3(&zorgaanbieder3("abc@medmij", "ZA", &twice)))
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(rules, [ListRule::Value, ListRule::Value, ListRule::Unique]);
    let one = zorgaanbieder3("abc-d@medmij", "ZA", &versie("2", &dienst("1")));
    let rules: Vec<_> = warnings(&zal3(&(one.clone() + &one)))
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(rules, [ListRule::Value, ListRule::Value, ListRule::Unique]);
}

#[test]
fn zal_release3_inferred_cardinalities_are_warnings() {
    let none = zal3(&zorgaanbieder3("abc@medmij", "ZA", ""));
    assert_eq!(
        warnings(&none),
        [(ListRule::MissingElement, "Interfaceversies".to_owned())]
    );
    let second = "<Abonneren><MaximaleDuur>9</MaximaleDuur>\
                  <SubscriptionEndpointuri>https://ss.dva.nl</SubscriptionEndpointuri></Abonneren>";
    let with = |second: &str| {
        let dienst = abonneren("30").replace("</Abonneren>", &format!("</Abonneren>{second}"));
        zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &dienst)))
    };
    assert_eq!(
        warnings(&with(second)),
        [(ListRule::UnexpectedElement, "Abonneren".to_owned())]
    );
    let (list, _) = zal(&with(second));
    let dienst = list
        .iter()
        .next()
        .unwrap()
        .interfaceversies()
        .next()
        .unwrap()
        .gegevensdiensten()
        .next()
        .unwrap();
    assert_eq!(
        dienst.abonneren().unwrap().0.usable().unwrap().count(),
        30,
        "the first one counts"
    );

    // What stands inside is judged all the same.
    let rejected = reject(with("<Abonneren x=\"1\">tekst<Foo/></Abonneren>"));
    let rules: Vec<_> = rejected.errors().map(|finding| finding.rule).collect();
    let expected = [
        ListRule::UnexpectedAttribute,
        ListRule::UnexpectedText,
        ListRule::UnexpectedElement,
        ListRule::MissingElement,
        ListRule::MissingElement,
    ];
    assert_eq!(rules, expected);
    // One that stands elsewhere is out of order, which is certain.
    let misplaced = abonneren("30").replace("</Gegevensdienst>", &format!("{second}</Gegevensdienst>"));
    refused_for(
        ListRule::UnexpectedElement,
        zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &misplaced))),
    );
}

#[test]
fn warnings_are_bounded_and_say_so() {
    let many: String = (0..150).map(|n| dienst(&format!("x{n}"))).collect();
    let xml = zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &many)));
    let parsed = Zorgaanbiederslijst::parse(xml.as_bytes(), &medmij_lists::Limits::default()).unwrap();
    assert_eq!((parsed.warnings.len(), parsed.is_cut), (100, true));
    assert_eq!(
        parsed
            .list
            .iter()
            .next()
            .unwrap()
            .interfaceversies()
            .next()
            .unwrap()
            .gegevensdiensten()
            .count(),
        150
    );
}

#[test]
fn zal_release3_errors() {
    let good = zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &dienst("1"))));
    zal(&good);
    let cases = [
        (
            ListRule::MissingElement,
            good.replace("<Aanbiedertype>ZA</Aanbiedertype>", ""),
        ),
        (
            ListRule::MissingElement,
            zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", ""))),
        ),
        (
            ListRule::MissingElement,
            good.replace("<InterfaceversieId>2</InterfaceversieId>", ""),
        ),
        (
            ListRule::UnexpectedElement,
            good.replace("<Aanbiedertype>", "<Extra/><Aanbiedertype>"),
        ),
        (
            ListRule::UnexpectedText,
            good.replace("<Interfaceversies>", "<Interfaceversies>x"),
        ),
        (
            ListRule::UnexpectedAttribute,
            good.replace("<Interfaceversies>", "<Interfaceversies x=\"\">"),
        ),
        (ListRule::Value, good.replace("<Volgnummer>7<", "<Volgnummer>0<")),
        (
            ListRule::Value,
            good.replace("2026-11-01T08:00:00Z", "2026-11-01T08:00:00"),
        ),
    ];
    for (rule, xml) in cases {
        refused_for(rule, xml);
    }
}

#[test]
fn unusable_values_stay_visible() {
    let (list, _) = zal(&zal3(&zorgaanbieder3("Abc@medmij", "ZA", &versie("2", &dienst("1")))));
    let aanbieder = list.iter().next().unwrap();
    assert_eq!(aanbieder.naam().as_str(), "Abc@medmij");
    assert_eq!(aanbieder.naam().usable(), None);
    assert_eq!(aanbieder.naam().usable(), None);
}
