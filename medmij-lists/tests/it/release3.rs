//! The Zorgaanbiederslijst of release3: errors and warnings divided as lists.md 2.3 says.

use medmij_core::Aanbiedertype;
use medmij_lists::{Finding, List, ListRule, Listed, Severity, Zorgaanbiederslijst};

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
    assert_eq!(aanbieder.aanbiedertype(), Some(&Aanbiedertype::Bazb));
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
    assert_eq!(
        warnings(&zal3(&zorgaanbieder3(
            "abc@medmij",
            "NIEUW",
            &versie("2", &dienst("1"))
        ))),
        []
    );
}

#[test]
fn zal_release3_uniqueness_is_a_warning() {
    let one = zorgaanbieder3("abc@medmij", "ZA", &versie("2", &dienst("1")));
    let other = zorgaanbieder3("abc@medmij", "ZA", &versie("2", &dienst("9")));
    let (list, found) = zal(&zal3(&(one + &other)));
    assert_eq!(found[0].rule, ListRule::Unique);
    assert_eq!(list.len(), 2);
    let first = list.zorgaanbieder(&"abc@medmij".parse().unwrap()).unwrap();
    let versie_2 = first.interfaceversies().next().unwrap();
    assert!(
        versie_2.gegevensdienst(&"1".parse().unwrap()).is_some(),
        "the first one is found"
    );
    let twice = versie("2", &dienst("1")) + &versie("2", &dienst("1"));
    assert_eq!(
        warnings(&zal3(&zorgaanbieder3("abc@medmij", "ZA", &twice)))[0].0,
        ListRule::Unique
    );
    let twice = versie("2", &(dienst("1") + &dienst("1")));
    assert_eq!(
        warnings(&zal3(&zorgaanbieder3("abc@medmij", "ZA", &twice)))[0].0,
        ListRule::Unique
    );
}

#[test]
fn zal_release3_inferred_cardinalities_are_warnings() {
    assert_eq!(
        warnings(&zal3(&zorgaanbieder3("abc@medmij", "ZA", "")))[0].0,
        ListRule::MissingElement
    );
    let twice = abonneren("30").replace("</Abonneren>", "</Abonneren><Abonneren><MaximaleDuur>9</MaximaleDuur><SubscriptionEndpointuri>https://ss.dva.nl</SubscriptionEndpointuri></Abonneren>");
    assert_eq!(
        warnings(&zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &twice))))[0].0,
        ListRule::UnexpectedElement
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
    assert_eq!(aanbieder.naam(), &Listed::Unusable("Abc@medmij".into()));
    assert_eq!(aanbieder.naam().usable(), None);
}
