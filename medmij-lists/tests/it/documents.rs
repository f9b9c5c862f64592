//! The document-level vectors of lists.md 8.10, and the structure of each list.

use medmij_lists::{List, ListRule, RejectedKind};

use crate::document::*;

#[test]
fn whl_release2_no_node_is_valid() {
    let (list, _) = parse(&whl(""));
    assert_eq!(list.entries(), 0);
}

#[test]
fn unique_values_in_their_scope() {
    let path = refused_for(ListRule::Unique, whl(&(node("a.bc") + &node("d.ef") + &node("a.bc"))));
    assert_eq!(path, "/Whitelist/MedMijNodes/MedMijNode[3]/Hostname");

    let path = refused_for(
        ListRule::Unique,
        ocl(&(client("a.bc", "Een") + &client("a.bc", "Twee"))),
    );
    assert_eq!(path, "/OAuthclientlist/OAuthclients/OAuthclient[2]/Hostname");

    let path = refused_for(
        ListRule::Unique,
        gnl(&(naamdienst("1", "Een") + &naamdienst("1", "Twee"))),
    );
    assert_eq!(
        path,
        "/Gegevensdienstnamenlijst/Gegevensdiensten/Gegevensdienst[2]/GegevensdienstId"
    );

    let twice = zorgaanbieder2("abc@medmij", &dienst("1")) + &zorgaanbieder2("abc@medmij", &dienst("2"));
    let path = refused_for(ListRule::Unique, zal2(&twice));
    assert_eq!(
        path,
        "/Zorgaanbiederslijst/Zorgaanbieders/Zorgaanbieder[2]/Zorgaanbiedernaam"
    );

    let path = refused_for(
        ListRule::Unique,
        zal2(&zorgaanbieder2("abc@medmij", &(dienst("1") + &dienst("1")))),
    );
    assert_eq!(
        path,
        "/Zorgaanbiederslijst/Zorgaanbieders/Zorgaanbieder[1]/Gegevensdiensten/Gegevensdienst[2]/GegevensdienstId"
    );

    let rollen = rol("A", "https://rs.dva.nl") + &rol("A", "https://rs.dva.nl/2");
    let double = dienst_with("1", "https://as.dva.nl", "https://ts.dva.nl", "", &rollen);
    let path = refused_for(ListRule::Unique, zal2(&zorgaanbieder2("abc@medmij", &double)));
    assert!(
        path.ends_with("/Gegevensdienst[1]/Systeemrollen/Systeemrol[2]/Systeemrolcode"),
        "{path}"
    );
}

#[test]
fn what_need_not_be_unique() {
    parse(&ocl(&(client("a.bc", "Dezelfde") + &client("d.ef", "Dezelfde"))));
    parse(&gnl(&(naamdienst("1", "Dezelfde") + &naamdienst("01", "Dezelfde"))));
    let (list, _) = parse(&zal2(
        &(zorgaanbieder2("abc@medmij", &dienst("1")) + &zorgaanbieder2("def@medmij", &dienst("1"))),
    ));
    assert_eq!(list.entries(), 2);
    let two = dienst("1") + &dienst("2");
    parse(&zal2(&zorgaanbieder2("abc@medmij", &two)));
}

#[test]
fn zal_release2_required_members() {
    parse(&zal2(""));
    let path = refused_for(ListRule::MissingElement, zal2(&zorgaanbieder2("abc@medmij", "")));
    assert_eq!(
        path,
        "/Zorgaanbiederslijst/Zorgaanbieders/Zorgaanbieder[1]/Gegevensdiensten"
    );
    let bare = dienst_with("1", "https://as.dva.nl", "https://ts.dva.nl", "", "");
    let path = refused_for(ListRule::MissingElement, zal2(&zorgaanbieder2("abc@medmij", &bare)));
    assert!(path.ends_with("/Gegevensdienst[1]/Systeemrollen"), "{path}");
}

#[test]
fn sequences_are_in_order() {
    let swapped = whl("").replace(
        HEAD,
        "<Volgnummer>7</Volgnummer><Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>",
    );
    let rejected = reject(swapped);
    let rules: Vec<_> = rejected.errors().map(|it| (it.rule, it.path.as_str())).collect();
    assert_eq!(
        rules,
        [
            (ListRule::MissingElement, "/Whitelist"),
            (ListRule::UnexpectedElement, "/Whitelist/Tijdstempel")
        ]
    );
    assert_eq!(rejected.first().expected, "`Tijdstempel` before `Volgnummer`");
    assert_eq!(rejected.kind(), RejectedKind::Invalid);
}

#[test]
fn elements_once_and_known() {
    let twice = whl("").replace("<Volgnummer>", "<Volgnummer>6</Volgnummer><Volgnummer>");
    let rejected = reject(twice);
    assert_eq!(rejected.first().rule, ListRule::UnexpectedElement);
    assert_eq!(rejected.first().message(), "`MedMijNodes`; found `Volgnummer`");
    let unknown = whl(&node("a.bc").replace("</MedMijNode>", "<Naam>x<y>z</y></Naam></MedMijNode>"));
    let path = refused_for(ListRule::UnexpectedElement, unknown);
    assert_eq!(path, "/Whitelist/MedMijNodes/MedMijNode[1]/Naam");
    let child = whl("<MedMijNode><Hostname>a.<b>x</b>bc</Hostname></MedMijNode>");
    assert_eq!(
        refused_for(ListRule::UnexpectedElement, child),
        "/Whitelist/MedMijNodes/MedMijNode[1]/Hostname/b"
    );
    let missing = list_without("<MedMijNodes></MedMijNodes>");
    assert_eq!(refused_for(ListRule::MissingElement, missing), "/Whitelist");
}

fn list_without(part: &str) -> String {
    whl("").replace(part, "")
}

#[test]
fn no_attributes_and_no_stray_text() {
    refused_for(
        ListRule::UnexpectedAttribute,
        whl("").replace("<MedMijNodes>", "<MedMijNodes x=\"1\">"),
    );
    refused_for(
        ListRule::UnexpectedAttribute,
        whl("").replace("<MedMijNodes>", "<MedMijNodes xml:lang=\"nl\">"),
    );
    refused_for(ListRule::UnexpectedText, whl("tekst"));
    refused_for(ListRule::UnexpectedText, whl("&#33;"));
    refused_for(ListRule::UnexpectedText, whl("<![CDATA[x]]>"));
    parse(&whl(" \t\r\n&#32;<![CDATA[ ]]><!-- c --><?p?>"));
}

#[test]
fn namespaces_decide_and_prefixes_do_not() {
    for wrong in [
        "",
        "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2",
        "xmlns://afsprakenstelsel.medmij.nl/Whitelist/release2/",
    ] {
        let rejected = reject(whl("").replace(WHL2, wrong));
        assert_eq!(
            (rejected.kind(), rejected.first().rule),
            (RejectedKind::WrongList, ListRule::WrongList),
            "{wrong}"
        );
    }
    let rejected = reject(whl("").replace(&format!(" xmlns=\"{WHL2}\""), ""));
    assert_eq!(rejected.kind(), RejectedKind::WrongList);

    let prefixed = whl(&node("a.bc"))
        .replace("</", "</w:")
        .replace('<', "<w:")
        .replace("<w:/w:", "</w:");
    let prefixed = prefixed.replace("xmlns=", "xmlns:w=");
    assert_eq!(parse(&prefixed).0.entries(), 1);

    let inner = whl(&node("a.bc")
        .replace("<Hostname>", "<x:Hostname xmlns:x=\"other\">")
        .replace("</Hostname>", "</x:Hostname>"));
    assert_eq!(reject(inner).first().rule, ListRule::UnexpectedElement);
    let redeclared = whl(&node("a.bc")
        .replace("<Hostname>", &format!("<x:Hostname xmlns:x=\"{WHL2}\">"))
        .replace("</Hostname>", "</x:Hostname>"));
    parse(&redeclared);
    let undeclared = whl(&node("a.bc").replace("<Hostname>", "<Hostname xmlns=\"\">"));
    assert_eq!(reject(undeclared).first().rule, ListRule::UnexpectedElement);
}

#[test]
fn the_root_decides_which_list_it_is() {
    let documents = [zal2(""), zal3(""), ocl(""), gnl(""), whl("")];
    let kinds = documents.map(|xml| parse(&xml).0.kind().as_str());
    assert_eq!(kinds, ["zal", "zal", "ocl", "gnl", "whl"]);
    let rejected = medmij_lists::Whitelist::parse(ocl("").as_bytes(), &medmij_lists::Limits::default()).unwrap_err();
    assert_eq!(rejected.kind(), RejectedKind::WrongList);
    assert_eq!(reject("<Zorgaanbiederskoppellijst/>").kind(), RejectedKind::WrongList);
    assert_eq!(
        reject(zal2("").replace("Zorgaanbiederslijst", "zorgaanbiederslijst")).kind(),
        RejectedKind::WrongList
    );
}

#[test]
fn values_are_what_stands_there_comments_and_all() {
    let hosts = [
        "umc<!-- x -->harderwijk.nl",
        "<![CDATA[umcharderwijk]]>.nl",
        "umcharderwijk&#46;nl",
        "umc&#x68;arderwijk.nl",
        "<?p q?>umcharderwijk.nl<!---->",
        "<![CDATA[]]>umcharderwijk.<![CDATA[n]]>l",
    ];
    for host in hosts {
        let List::Whl(list) = parse(&whl(&node(host))).0 else {
            panic!("not a Whitelist")
        };
        assert_eq!(list.nodes()[0].as_str(), "umcharderwijk.nl", "{host}");
        assert!(list.contains(&"umcharderwijk.nl".parse().unwrap()) && !list.contains(&"wijk.nl".parse().unwrap()));
    }
    let List::Gnl(list) = parse(&gnl(&naamdienst("1", "A&amp;B &lt;C&gt;\r\nD\rE&#13;"))).0 else {
        panic!("not a GNL")
    };
    assert_eq!(list.naam(&"1".parse().unwrap()).unwrap().as_str(), "A&B <C>\nD\nE\r");
}

#[test]
fn xsi_attributes() {
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let with = |attribute: &str| whl("").replacen("<Whitelist ", &format!("<Whitelist {xsi} {attribute} "), 1);
    for location in [
        "xsi:schemaLocation=\"\"",
        "xsi:schemaLocation=\"one\"",
        "xsi:schemaLocation=\"a b c\"",
        "xsi:noNamespaceSchemaLocation=\"x\"",
    ] {
        parse(&with(location));
    }
    parse(&with("xsi:type=\"Whitelist\""));
    refused_for(ListRule::XsiType, with("xsi:type=\"MedMijNodes\""));
    refused_for(ListRule::XsiType, with("xsi:type=\"xsi:Whitelist\""));
    refused_for(ListRule::XsiType, with("xsi:type=\"q:Whitelist\""));
    refused_for(ListRule::XsiType, with("xsi:type=\"\""));
    refused_for(ListRule::XsiNil, with("xsi:nil=\"false\""));
    refused_for(ListRule::UnexpectedAttribute, with("xsi:other=\"1\""));
    refused_for(
        ListRule::UnexpectedAttribute,
        whl("").replacen("<Whitelist ", "<Whitelist schemaLocation=\"x\" ", 1),
    );
}

#[test]
fn whl_file_version_2_form_is_refused() {
    let old = whl("<MedMijNode>a.bc</MedMijNode>");
    let rejected = reject(old);
    assert_eq!(rejected.first().rule, ListRule::UnexpectedText);
}

#[test]
fn netwerk_8_whitelist_checks() {
    let List::Whl(list) = parse(&whl(&(node("ts.dva.nl") + &node("rs.dva.nl")))).0 else {
        panic!("not a Whitelist")
    };
    let stelselnode = "stelselnode.medmij.nl".parse().unwrap();
    let outgoing = |uri: &str| list.permits_outgoing(&uri.parse().unwrap(), &stelselnode);
    assert!(outgoing("https://ts.dva.nl/token") && outgoing("https://ts.dva.nl:8443/token"));
    assert!(outgoing("https://stelselnode.medmij.nl/MedMij_Whitelist.xml"));
    assert!(!outgoing("https://dva.nl/token") && !outgoing("https://x.ts.dva.nl/token"));
    let incoming =
        |names: &[&str]| list.permits_incoming(&medmij_core::ClientIdentity::from_names(names), &stelselnode);
    assert!(incoming(&["other.nl", "RS.dva.nl"]));
    assert!(!incoming(&["*.dva.nl"]) && !incoming(&[]) && !incoming(&["other.nl"]));
}

#[test]
fn lists_8_what_the_schema_takes_and_nobody_can_use_is_a_warning() {
    let note = |xml: &str| {
        let found: Vec<_> = parse(xml)
            .1
            .into_iter()
            .map(|finding| (finding.rule, finding.severity))
            .collect();
        found
    };
    let warning = |rule| vec![(rule, medmij_lists::Severity::Warning)];
    assert_eq!(
        note(&whl("").replace("2026-11-01T08:00:00Z", "2026-11-01T08:00:00.0")),
        warning(ListRule::TimeZone)
    );
    let with = |dienst: String| note(&zal2(&zorgaanbieder2("abc@medmij", &dienst)));
    for id in ["a b", "1~2", "x"] {
        assert_eq!(with(dienst(id)), warning(ListRule::ScopeId), "{id}");
    }
    assert_eq!(
        with(dienst("1").replace("https://ts.dva.nl/token", "https://ts.dva.nl:0/x")),
        warning(ListRule::UnusableUri)
    );
    assert_eq!(
        with(dienst("1").replace("https://as.dva.nl/auth", "https://as.dva.nl/a b")),
        warning(ListRule::UnusableUri)
    );
    // Once for each value, however often it stands there.
    let twice = zorgaanbieder2("abc@medmij", &dienst("x")) + &zorgaanbieder2("def@medmij", &dienst("x"));
    assert_eq!(note(&zal2(&twice)), warning(ListRule::ScopeId));
    assert_eq!(with(dienst("1")), []);
}
