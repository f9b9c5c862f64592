//! From a list to what a flow can start with.

use medmij_core::Release;
use medmij_lists::{Gegevensdienstnamenlijst, List, Zorgaanbiederslijst};

use crate::document::*;

fn zal(xml: &str) -> Zorgaanbiederslijst {
    match parse(xml).0 {
        List::Zal(list) => list,
        other => panic!("{other:?}"),
    }
}

fn namen(xml: &str) -> Gegevensdienstnamenlijst {
    match parse(xml).0 {
        List::Gnl(list) => list,
        other => panic!("{other:?}"),
    }
}

fn at(id: &str, auth: &str, token: &str) -> String {
    dienst_with(id, auth, token, "", &rol("MM-3.0-BZB-FHIR", "https://rs.dva.nl/fhir"))
}

#[test]
fn lists_7_6_grouped_by_their_endpoints() {
    let (a, b, t, u) = (
        "https://as.dva.nl",
        "https://as.anders.nl",
        "https://ts.dva.nl",
        "https://ts.anders.nl",
    );
    let diensten = at("1", a, t) + &at("2", b, t) + &at("3", a, t) + &at("4", a, u);
    let list = zal(&zal3(&zorgaanbieder3(
        "abc@medmij",
        "ZA",
        &(versie("2", &diensten) + &versie("1.4.0", &at("5", a, t))),
    )));
    let namen = namen(&gnl(&naamdienst("3", "Drie")));
    let naam = "abc@medmij".parse().unwrap();
    let groups = |release| -> Vec<Vec<String>> {
        let offers = list.offers(&naam, release, Some(&namen));
        offers
            .iter()
            .map(|group| group.iter().map(|offer| offer.gegevensdienst.to_string()).collect())
            .collect()
    };
    assert_eq!(groups(Release::R2_2), [vec!["1", "3"], vec!["2"], vec!["4"]]);
    assert_eq!(groups(Release::R1_4), [["5"]]);
    assert!(groups(Release::R1_1).is_empty());
    let named = list.offers(&naam, Release::R2_2, Some(&namen));
    assert_eq!(
        named[0].gegevensdienst("3").unwrap().naam.as_ref().unwrap().as_str(),
        "Drie"
    );
    assert_eq!(named[0].gegevensdienst("1").unwrap().naam, None);
    assert!(
        list.offers(&"def@medmij".parse().unwrap(), Release::R2_2, None)
            .is_empty()
    );
}

#[test]
fn zal_release2_serves_release_1_1() {
    let list = zal(&zal2(&zorgaanbieder2("abc@medmij", &dienst("1"))));
    let naam = "abc@medmij".parse().unwrap();
    assert_eq!(list.offers(&naam, Release::R1_1, None).len(), 1);
    assert!(list.offers(&naam, Release::R2_2, None).is_empty());
}

#[test]
fn lists_8_7_an_unusable_endpoint_disables_itself_only() {
    let rollen = rol("GOOD", "https://rs.dva.nl/fhir") + &rol("BAD", "https://rs.dva.nl/a b");
    let diensten = dienst_with("1", "https://as.dva.nl", "https://ts.dva.nl", "", &rollen)
        + &at("2", "https://as.dva.nl", "https://ts.dva.nl:0")
        + &at("3", "https://as.d/x", "https://ts.dva.nl");
    let list = zal(&zal2(&zorgaanbieder2("abc@medmij", &diensten)));
    assert_eq!(
        list.iter()
            .next()
            .unwrap()
            .interfaceversies()
            .next()
            .unwrap()
            .gegevensdiensten()
            .count(),
        3
    );
    let offers = list.offers(&"abc@medmij".parse().unwrap(), Release::R1_1, None);
    let ids: Vec<_> = offers
        .iter()
        .flat_map(|group| group.iter())
        .map(|offer| offer.gegevensdienst.as_str())
        .collect();
    assert_eq!(ids, ["1", "3"]);
    let codes: Vec<_> = offers[0]
        .iter()
        .next()
        .unwrap()
        .systeemrollen
        .iter()
        .map(|rol| rol.code.as_str())
        .collect();
    assert_eq!(codes, ["GOOD"]);
}
