//! What lists are used for: finding, comparing, keeping for an hour, holding against each other.

use std::collections::{BTreeMap, BTreeSet};

use medmij_core::{Aanbiedernaam, GegevensdienstId, Hostname, Offers, Release};
use medmij_lists::{
    Gegevensdienstnamenlijst, Invariant, Limits, List, ListsTogether, OAuthClientList, Whitelist, ZalHistory,
    Zorgaanbiederskoppellijst, Zorgaanbiederslijst,
};
use time::{Duration, UtcDateTime};

use crate::document::*;

fn zal(xml: &str) -> Zorgaanbiederslijst {
    match parse(xml).0 {
        List::Zal(list) => list,
        other => panic!("{other:?}"),
    }
}

fn naam(text: &str) -> Aanbiedernaam {
    text.parse().unwrap()
}

/// A list of one Zorgaanbieder, published so many seconds after eight o'clock.
fn published(seconds: i64, diensten: &str) -> Zorgaanbiederslijst {
    let aanbieders = match diensten {
        "" => String::new(),
        diensten => zorgaanbieder3("abc@medmij", "ZA", &versie("2", diensten)),
    };
    let at = eight() + Duration::seconds(seconds);
    let stempel = format!("{}T{:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second());
    zal(&zal3(&aanbieders).replace("2026-11-01T08:00:00Z", &stempel))
}

fn eight() -> UtcDateTime {
    UtcDateTime::from_unix_timestamp(1_793_520_000).unwrap()
}

fn ids(groups: &[Offers]) -> Vec<Vec<&str>> {
    groups
        .iter()
        .map(|group| group.iter().map(|offer| offer.gegevensdienst.as_str()).collect())
        .collect()
}

#[test]
fn lists_7_2_f_13_pi_7b_a_lapsed_entry_is_served_for_3600_seconds() {
    let mut history = ZalHistory::new(published(0, &dienst("1")));
    let lapsed = 1_000;
    // The Tijdstempel counts, not the moment at which the list came.
    history.replace(published(lapsed, ""), eight() + Duration::seconds(lapsed + 600));
    for (after, served) in [(0, true), (3_599, true), (3_600, true), (3_601, false)] {
        let now = eight() + Duration::seconds(lapsed + after);
        let offers = history.offers(&naam("abc@medmij"), Release::R2_2, None, now);
        assert_eq!(!offers.is_empty(), served, "{after} s after it lapsed");
    }
    assert!(
        history.current().is_empty(),
        "for what begins now the newest list counts"
    );
}

#[test]
fn lists_7_2_an_entry_with_other_addresses_keeps_the_old_ones_too() {
    let moved = dienst("1").replace("https://ts.dva.nl/token", "https://ts.nieuw.nl/token");
    let mut history = ZalHistory::new(published(0, &(dienst("1") + &dienst("2"))));
    history.replace(published(60, &(moved + &dienst("2"))), eight() + Duration::seconds(60));
    let at = |seconds| {
        let groups = history.offers(
            &naam("abc@medmij"),
            Release::R2_2,
            None,
            eight() + Duration::seconds(seconds),
        );
        groups
            .iter()
            .map(|group| (group.token().host().to_owned(), group.len()))
            .collect::<Vec<_>>()
    };
    let (new, old) = ("ts.nieuw.nl".to_owned(), "ts.dva.nl".to_owned());
    assert_eq!(at(3_660), [(new.clone(), 1), (old.clone(), 2)]);
    assert_eq!(at(3_661), [(new, 1), (old, 1)]);
}

#[test]
fn lists_7_2_a_resource_that_moved_is_another_offer() {
    let moved = dienst("1").replace("https://rs.dva.nl/fhir", "https://rs.nieuw.nl/fhir");
    let mut history = ZalHistory::new(published(0, &(dienst("1") + &dienst("2"))));
    history.replace(published(60, &(moved + &dienst("3"))), eight());
    let groups = history.offers(&naam("abc@medmij"), Release::R2_2, None, eight());
    assert_eq!(ids(&groups), [vec!["1", "3", "2"], vec!["1"]]);
    assert_eq!(
        groups[0].gegevensdienst("1").unwrap().systeemrollen[0].resource.host(),
        "rs.nieuw.nl"
    );
}

#[test]
fn lists_7_2_versions_within_the_hour_all_count() {
    let mut history = ZalHistory::new(published(0, &dienst("1")));
    history.replace(published(900, &dienst("2")), eight() + Duration::seconds(900));
    history.replace(published(1_800, &dienst("3")), eight() + Duration::seconds(1_800));
    let at = |seconds: i64| {
        let groups = history.offers(
            &naam("abc@medmij"),
            Release::R2_2,
            None,
            eight() + Duration::seconds(seconds),
        );
        ids(&groups).concat().join(" ")
    };
    assert_eq!(at(1_800), "3 2 1");
    assert_eq!(at(900 + 3_601), "3 2");
    assert_eq!(at(1_800 + 3_601), "3");
}

#[test]
fn lists_7_2_no_tijdstempel_makes_the_hour_longer_or_takes_it_away() {
    let offers = |history: &ZalHistory, seconds| {
        history
            .offers(
                &naam("abc@medmij"),
                Release::R2_2,
                None,
                eight() + Duration::seconds(seconds),
            )
            .len()
    };
    // Published in the future: the hour starts when the list came.
    let mut history = ZalHistory::new(published(0, &dienst("1")));
    history.replace(published(8 * 3_600, ""), eight());
    assert_eq!((offers(&history, 3_600), offers(&history, 3_601)), (1, 0));
    // Set back: what was in use a moment ago has its hour.
    let mut history = ZalHistory::new(published(2 * 3_600, &dienst("1")));
    history.replace(published(0, ""), eight() + Duration::hours(3));
    assert_eq!((offers(&history, 4 * 3_600), offers(&history, 4 * 3_600 + 1)), (1, 0));
}

#[test]
fn changes_are_told_by_name() {
    let one = |n: &str, id: &str| zorgaanbieder2(n, &dienst(id));
    let old = zal(&zal2(
        &(one("aaa@medmij", "1") + &one("bbb@medmij", "1") + &one("ccc@medmij", "1")),
    ));
    let new = zal(&zal2(
        &(one("ddd@medmij", "1") + &one("ccc@medmij", "2") + &one("aaa@medmij", "1")),
    ));
    let changes = new.changes_since(&old);
    let names = |them: &[medmij_lists::Zorgaanbieder<'_>]| -> Vec<String> {
        them.iter().map(|it| it.naam().as_str().to_owned()).collect()
    };
    assert_eq!(names(&changes.added), ["ddd@medmij"]);
    assert_eq!(names(&changes.removed), ["bbb@medmij"]);
    assert_eq!(changes.changed.len(), 1);
    assert_eq!(changes.changed[0].1.naam().as_str(), "ccc@medmij");
    assert!(new.changes_since(&new).is_empty(), "another order is no change");

    let whl = |nodes: &str| {
        Whitelist::parse(whl(nodes).as_bytes(), &Limits::default())
            .unwrap()
            .list
    };
    let (old, new) = (
        whl(&(node("a.bc") + &node("d.ef"))),
        whl(&(node("d.ef") + &node("g.hi"))),
    );
    let changes = new.changes_since(&old);
    assert_eq!(
        (changes.added[0].as_str(), changes.removed[0].as_str()),
        ("g.hi", "a.bc")
    );
    assert!(changes.changed.is_empty());

    let ocl = |clients: &str| {
        OAuthClientList::parse(ocl(clients).as_bytes(), &Limits::default())
            .unwrap()
            .list
    };
    let (old, new) = (ocl(&client("a.bc", "Een")), ocl(&client("a.bc", "Twee")));
    assert_eq!(new.changes_since(&old).changed.len(), 1);
}

#[test]
fn entries_are_found_by_prefix_and_by_gegevensdienst() {
    let list = zal(&zal2(
        &(zorgaanbieder2("umcnoord@medmij", &dienst("1"))
            + &zorgaanbieder2("huisarts@medmij", &(dienst("1") + &dienst("2")))
            + &zorgaanbieder2("umczuid@medmij", &dienst("2"))),
    ));
    let names = |them: &mut dyn Iterator<Item = medmij_lists::Zorgaanbieder<'_>>| -> Vec<String> {
        them.map(|it| it.naam().usable().unwrap().naam().to_owned()).collect()
    };
    assert_eq!(names(&mut list.starting_with("umc")), ["umcnoord", "umczuid"]);
    assert_eq!(names(&mut list.starting_with("x")), [""; 0]);
    assert_eq!(
        names(&mut list.offering(&"2".parse().unwrap())),
        ["huisarts", "umczuid"]
    );
    assert_eq!(names(&mut list.offering(&"9".parse().unwrap())), [""; 0]);
}

/// More of one kind than are looked at one after another.
#[test]
fn many_of_one_parent_are_found_as_well() {
    let diensten: String = (0..100).map(|id| dienst(&id.to_string())).collect();
    let versies: String = (0..50).map(|id| versie(&id.to_string(), &diensten)).collect();
    let list = zal(&zal3(
        &(zorgaanbieder3("aaa@medmij", "ZA", &versie("2", &dienst("1")))
            + &zorgaanbieder3("abc@medmij", "ZA", &versies)),
    ));
    let zorgaanbieder = list.zorgaanbieder(&naam("abc@medmij")).unwrap();
    for versie in 0..50 {
        let found = zorgaanbieder
            .interfaceversie(Some(&versie.to_string().parse().unwrap()))
            .unwrap();
        assert_eq!(found.id().unwrap().as_str(), versie.to_string());
        for dienst in [0, 7, 99] {
            let id = dienst.to_string().parse().unwrap();
            assert_eq!(found.gegevensdienst(&id).unwrap().id().usable().unwrap(), id);
        }
        assert!(found.gegevensdienst(&"100".parse().unwrap()).is_none());
    }
    assert!(zorgaanbieder.interfaceversie(None).is_none());
    assert!(zorgaanbieder.interfaceversie(Some(&"50".parse().unwrap())).is_none());
}

fn broken(lists: &ListsTogether<'_>) -> Vec<(Invariant, String)> {
    let findings = lists.check();
    assert!(
        findings
            .iter()
            .all(|it| it.severity == it.invariant.severity() && !it.message.is_empty())
    );
    findings.into_iter().map(|it| (it.invariant, it.subject)).collect()
}

#[test]
fn lists_7_5_what_is_consistent_gives_no_finding() {
    let zal = zal(&zal2(&zorgaanbieder2("abc@medmij", &dienst("1"))));
    let ocl = OAuthClientList::parse(ocl(&client("pgo.nl", "Een")).as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let gnl = Gegevensdienstnamenlijst::parse(gnl(&naamdienst("1", "Een")).as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let nodes = ["as.dva.nl", "ts.dva.nl", "rs.dva.nl", "pgo.nl"].map(node).concat();
    let whl = Whitelist::parse(whl(&nodes).as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let catalogus = BTreeMap::from([(
        "1".parse().unwrap(),
        BTreeSet::from(["MM-3.0-BZB-FHIR".parse().unwrap()]),
    )]);
    let stelselnode: Hostname = "stelselnode.medmij.nl".parse().unwrap();
    let mut lists = ListsTogether::default();
    (lists.zal, lists.ocl, lists.gnl, lists.whl) = (Some(&zal), Some(&ocl), Some(&gnl), Some(&whl));
    (lists.catalogus, lists.stelselnode) = (Some(&catalogus), Some(&stelselnode));
    assert_eq!(broken(&lists), []);
}

#[test]
fn lists_7_5_each_broken_invariant_is_told() {
    let abonneren = "<Abonneren><MaximaleDuur>1</MaximaleDuur>\
         <SubscriptionEndpointuri>https://ss.elders.nl</SubscriptionEndpointuri></Abonneren>";
    let stelsel = rol("X", "https://stelselnode.medmij.nl/fhir");
    let diensten = dienst_with("1", "https://as.dva.nl", "https://ts.dva.nl", abonneren, &stelsel)
        + &dienst_with(
            "7",
            "https://as.leeg.nl",
            "https://ts.dva.nl",
            "",
            &rol("X", "https://rs.dva.nl/a b"),
        )
        + &dienst("1");
    let zal = zal(&zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &diensten))));
    let later = "<OAuthclient><Hostname>pgo.nl</Hostname><OAuthclientOrganisatienaam>Een</OAuthclientOrganisatienaam>\
         <Interfaceversies><Interfaceversie><InterfaceversieId>2</InterfaceversieId>\
         <Gegevensdiensten><Gegevensdienst><GegevensdienstId>8</GegevensdienstId></Gegevensdienst></Gegevensdiensten>\
         <SubscriptionNotificationEndpoint><SubscriptionNotificationEndpointuri>https://nb.pgo.nl\
         </SubscriptionNotificationEndpointuri></SubscriptionNotificationEndpoint></Interfaceversie></Interfaceversies></OAuthclient>";
    let ocl = ocl(later).replace("oauthclientlist/release2/", "oauthclientlist/release3/");
    let ocl = OAuthClientList::parse(ocl.as_bytes(), &Limits::default()).unwrap().list;
    assert_eq!(ocl.clients()[0].interfaceversies.len(), 1);
    let gnl = Gegevensdienstnamenlijst::parse(gnl(&naamdienst("1", "Een")).as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let nodes = ["ts.dva.nl", "rs.dva.nl"].map(node).concat();
    let whl = Whitelist::parse(whl(&nodes).as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let zakl = "<Zorgaanbiederskoppellijst xmlns='xmlns://afsprakenstelsel.medmij.nl/Zorgaanbiederskoppellijst/release1/'>\
         <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>1</Volgnummer><Zorgaanbieders>\
         <Zorgaanbieder><Zorgaanbiedernaam>def@medmij</Zorgaanbiedernaam>\
         <IdentificerendeKenmerken><IdentificerendKenmerk><AGB>1</AGB></IdentificerendKenmerk></IdentificerendeKenmerken>\
         <Gegevensdiensten><Gegevensdienst><GegevensdienstId>1</GegevensdienstId><Weergavenaam>Een</Weergavenaam>\
         <Interfaceversies><Interfaceversie><InterfaceversieId>2</InterfaceversieId></Interfaceversie></Interfaceversies>\
         </Gegevensdienst></Gegevensdiensten></Zorgaanbieder></Zorgaanbieders></Zorgaanbiederskoppellijst>";
    let coupled = zakl
        .replace("def@", "abc@")
        .replace("<GegevensdienstId>1<", "<GegevensdienstId>6<");
    let stelselnode: Hostname = "stelselnode.medmij.nl".parse().unwrap();
    let catalogus: BTreeMap<GegevensdienstId, _> = BTreeMap::from([("1".parse().unwrap(), BTreeSet::new())]);
    let parsed = [zakl, &coupled].map(|xml| {
        Zorgaanbiederskoppellijst::parse(xml.as_bytes(), &Limits::default())
            .unwrap()
            .list
    });
    let mut lists = ListsTogether::default();
    (lists.zal, lists.ocl, lists.gnl, lists.whl) = (Some(&zal), Some(&ocl), Some(&gnl), Some(&whl));
    (lists.catalogus, lists.stelselnode, lists.zakl) = (Some(&catalogus), Some(&stelselnode), Some(&parsed[0]));
    let found = broken(&lists);
    let expected = [
        (Invariant::X1, "7"),
        (Invariant::X2, "ss.elders.nl"),
        (Invariant::X3, "as.dva.nl"),
        (Invariant::X3, "as.leeg.nl"),
        (Invariant::X4, "pgo.nl"),
        (Invariant::X5, "8"),
        (Invariant::X6, "nb.pgo.nl"),
        (Invariant::X7, "stelselnode.medmij.nl"),
        (Invariant::X8, "abc@medmij 1"),
        (Invariant::X9, "1"),
        (Invariant::X9, "7"),
        (Invariant::X10, "def@medmij"),
        (Invariant::X11, "https://as.leeg.nl"),
    ];
    assert_eq!(
        found,
        expected.map(|(invariant, subject)| (invariant, subject.to_owned()))
    );
    let told: BTreeSet<_> = expected.iter().map(|(invariant, _)| *invariant).collect();
    assert!(told.iter().eq(Invariant::ALL), "each invariant is broken here");
    lists.zakl = Some(&parsed[1]);
    assert!(broken(&lists).contains(&(Invariant::X10, "abc@medmij 6 2".to_owned())));
}

#[test]
fn lists_serialise_to_a_natural_json() {
    let abonneren = "<Abonneren><MaximaleDuur>365</MaximaleDuur>\
         <SubscriptionEndpointuri>https://ss.dva.nl</SubscriptionEndpointuri></Abonneren>";
    let rol = rol("X", "https://rs.dva.nl");
    let diensten = dienst_with("1", "https://as.dva.nl", "https://ts.dva.nl", abonneren, &rol)
        + &dienst_with("2", "https://as.dva.nl", "https://ts.dva.nl", "", &rol);
    let (list, _) = parse(&zal3(&zorgaanbieder3("abc@medmij", "ZA", &versie("2", &diensten))));
    let json = serde_json::json!({
        "kind": "zal",
        "namespace": ZAL3,
        "tijdstempel": "2026-11-01T08:00:00Z",
        "volgnummer": "7",
        "zorgaanbieders": [{"naam": "abc@medmij", "type": "ZA", "interfaceversies": [{"id": "2", "gegevensdiensten": [
            {"id": "1", "authorization": "https://as.dva.nl", "token": "https://ts.dva.nl",
             "subscription": "https://ss.dva.nl", "maximale_duur": 365,
             "systeemrollen": [{"code": "X", "resource": "https://rs.dva.nl"}]},
            {"id": "2", "authorization": "https://as.dva.nl", "token": "https://ts.dva.nl",
             "subscription": null, "maximale_duur": null,
             "systeemrollen": [{"code": "X", "resource": "https://rs.dva.nl"}]},
        ]}]}],
    });
    assert_eq!(serde_json::to_value(&list).unwrap(), json);
    let (list, _) = parse(&zal2(&zorgaanbieder2("abc@medmij", &dienst("1"))));
    let json = serde_json::to_value(&list).unwrap();
    assert_eq!(json["zorgaanbieders"][0]["type"], serde_json::Value::Null);
    assert_eq!(
        json["zorgaanbieders"][0]["interfaceversies"][0]["id"],
        serde_json::Value::Null
    );
    let (list, _) = parse(&ocl(&client("pgo.nl", "Een")));
    assert_eq!(
        serde_json::to_value(&list).unwrap()["oauthclients"][0]["hostname"],
        "pgo.nl"
    );
    let (list, _) = parse(&gnl(&naamdienst("1", "Een")));
    let entries = serde_json::json!([{"id": "1", "weergavenaam": "Een"}]);
    assert_eq!(serde_json::to_value(&list).unwrap()["gegevensdiensten"], entries);
    let (list, _) = parse(&whl(&node("a.bc")));
    assert_eq!(
        serde_json::to_value(&list).unwrap()["nodes"],
        serde_json::json!(["a.bc"])
    );
}

/// What is written is XML that any reader reads, with the conventions of the official files.
#[test]
fn xml_bestanden_1_4_conventions_of_written_files() {
    let (list, _) = parse(&gnl(&naamdienst("1", "A &amp; B &lt;C> ]]&gt; &#13;&#9;\u{1D4B3}")));
    let xml = list.to_xml();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Gegevensdienstnamenlijst xmlns=\"xmlns://"));
    assert!(
        xml.contains("<Weergavenaam>A &amp; B &lt;C&gt; ]]&gt; &#13;\t\u{1D4B3}</Weergavenaam>"),
        "{xml}"
    );
    assert!(xml.ends_with("   </Gegevensdiensten>\n</Gegevensdienstnamenlijst>\n"));
}

fn later_ocl(id: &str) -> OAuthClientList {
    let client = format!(
        "<OAuthclient><Hostname>pgo.nl</Hostname><OAuthclientOrganisatienaam>Een</OAuthclientOrganisatienaam>\
         <Interfaceversies><Interfaceversie><InterfaceversieId>{id}</InterfaceversieId>\
         <Gegevensdiensten><Gegevensdienst><GegevensdienstId>8</GegevensdienstId></Gegevensdienst></Gegevensdiensten>\
         </Interfaceversie></Interfaceversies></OAuthclient>"
    );
    let xml = ocl(&client).replace("oauthclientlist/release2/", "oauthclientlist/release3/");
    let List::Ocl(list) = parse(&xml).0 else {
        panic!("{xml}")
    };
    list
}

#[test]
fn ocl_later_an_interfaceversie_gives_its_gegevensdiensten_in_its_release_only() {
    use medmij_core::Listing;
    let listing = |id: &str, release| later_ocl(id).clients()[0].listing(release, &"8".parse().unwrap());
    assert_eq!(listing("2", Release::R2_2), Listing::Listed);
    assert_eq!(listing("2", Release::R1_1), Listing::NotListed);
    // What has no id that is one gives nothing, in 1.1 neither, and is not *the list does not say*.
    for release in [Release::R1_1, Release::R1_4, Release::R2_2] {
        assert_eq!(listing("", release), Listing::NotListed, "{release}");
    }
}

#[test]
fn offers_of_one_interfaceversie_are_written_together() {
    use medmij_core::{Aanbiedertype, Offer, Systeemrol};
    use medmij_lists::{ZalRelease, ZalWriter};
    let offer = |versie: Option<&str>, id: &str| {
        let endpoints = (
            "https://as.dva.nl".parse().unwrap(),
            "https://ts.dva.nl".parse().unwrap(),
        );
        let versie = versie.map(|versie| versie.parse().unwrap());
        let mut offer = Offer::new(
            naam("abc@medmij"),
            versie,
            id.parse().unwrap(),
            endpoints.0,
            endpoints.1,
        );
        offer.systeemrollen.push(Systeemrol {
            code: "X".parse().unwrap(),
            resource: "https://rs.dva.nl".parse().unwrap(),
        });
        offer
    };
    let write = |release, offers: &[Offer]| {
        let mut writer = ZalWriter::new(release, "2026-11-01T08:00:00Z".parse().unwrap(), "1".parse().unwrap());
        writer.zorgaanbieder(&naam("abc@medmij"), &Aanbiedertype::Za, offers)?;
        Ok::<_, medmij_lists::InterfaceversieError>(zal(&writer.finish()))
    };
    let offers = [offer(Some("2"), "1"), offer(Some("1.4.0"), "1"), offer(Some("2"), "2")];
    let list = write(ZalRelease::Release3, &offers).unwrap();
    let found = list.zorgaanbieder(&naam("abc@medmij")).unwrap();
    assert_eq!(found.interfaceversies().len(), 2);
    assert_eq!(
        found
            .interfaceversie(Some(&"2".parse().unwrap()))
            .unwrap()
            .gegevensdiensten()
            .len(),
        2
    );
    assert!(
        write(ZalRelease::Release2, &offers).is_err(),
        "no room for two Interfaceversies"
    );
    assert!(write(ZalRelease::Release2, &offers[..1]).is_ok());
    assert!(write(ZalRelease::Release3, &[offer(None, "1")]).is_err());
}
