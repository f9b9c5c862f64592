//! Small documents of our own, and what is said of them.

use medmij_lists::{Finding, Limits, List, ListKind, ListReader, ListRule, Parsed, Rejected};

pub(crate) const ZAL2: &str = "xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release2/";
pub(crate) const ZAL3: &str = "xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release3/";
pub(crate) const OCL2: &str = "xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/";
pub(crate) const GNL1: &str = "xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/";
pub(crate) const WHL2: &str = "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/";

pub(crate) const HEAD: &str = "<Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>7</Volgnummer>";

pub(crate) fn zal2(zorgaanbieders: &str) -> String {
    list(
        "Zorgaanbiederslijst",
        ZAL2,
        &format!("{HEAD}<Zorgaanbieders>{zorgaanbieders}</Zorgaanbieders>"),
    )
}

pub(crate) fn zal3(zorgaanbieders: &str) -> String {
    list(
        "Zorgaanbiederslijst",
        ZAL3,
        &format!("{HEAD}<Zorgaanbieders>{zorgaanbieders}</Zorgaanbieders>"),
    )
}

pub(crate) fn ocl(clients: &str) -> String {
    list(
        "OAuthclientlist",
        OCL2,
        &format!("{HEAD}<OAuthclients>{clients}</OAuthclients>"),
    )
}

pub(crate) fn gnl(diensten: &str) -> String {
    list(
        "Gegevensdienstnamenlijst",
        GNL1,
        &format!("{HEAD}<Gegevensdiensten>{diensten}</Gegevensdiensten>"),
    )
}

pub(crate) fn whl(nodes: &str) -> String {
    list("Whitelist", WHL2, &format!("{HEAD}<MedMijNodes>{nodes}</MedMijNodes>"))
}

fn list(root: &str, namespace: &str, content: &str) -> String {
    format!("<{root} xmlns=\"{namespace}\">{content}</{root}>")
}

pub(crate) fn node(host: &str) -> String {
    format!("<MedMijNode><Hostname>{host}</Hostname></MedMijNode>")
}

pub(crate) fn client(host: &str, naam: &str) -> String {
    format!(
        "<OAuthclient><Hostname>{host}</Hostname>\
         <OAuthclientOrganisatienaam>{naam}</OAuthclientOrganisatienaam></OAuthclient>"
    )
}

pub(crate) fn naamdienst(id: &str, naam: &str) -> String {
    format!(
        "<Gegevensdienst><GegevensdienstId>{id}</GegevensdienstId><Weergavenaam>{naam}</Weergavenaam></Gegevensdienst>"
    )
}

pub(crate) fn rol(code: &str, uri: &str) -> String {
    format!(
        "<Systeemrol><Systeemrolcode>{code}</Systeemrolcode>\
         <ResourceEndpoint><ResourceEndpointuri>{uri}</ResourceEndpointuri></ResourceEndpoint></Systeemrol>"
    )
}

pub(crate) fn dienst_with(id: &str, auth: &str, token: &str, abonneren: &str, rollen: &str) -> String {
    format!(
        "<Gegevensdienst><GegevensdienstId>{id}</GegevensdienstId>\
         <AuthorizationEndpoint><AuthorizationEndpointuri>{auth}</AuthorizationEndpointuri></AuthorizationEndpoint>\
         <TokenEndpoint><TokenEndpointuri>{token}</TokenEndpointuri></TokenEndpoint>\
         {abonneren}<Systeemrollen>{rollen}</Systeemrollen></Gegevensdienst>"
    )
}

pub(crate) fn dienst(id: &str) -> String {
    let rol = rol("MM-3.0-BZB-FHIR", "https://rs.dva.nl/fhir");
    dienst_with(id, "https://as.dva.nl/auth", "https://ts.dva.nl/token", "", &rol)
}

pub(crate) fn zorgaanbieder2(naam: &str, diensten: &str) -> String {
    format!(
        "<Zorgaanbieder><Zorgaanbiedernaam>{naam}</Zorgaanbiedernaam>\
         <Gegevensdiensten>{diensten}</Gegevensdiensten></Zorgaanbieder>"
    )
}

pub(crate) fn zorgaanbieder3(naam: &str, aanbiedertype: &str, versies: &str) -> String {
    format!(
        "<Zorgaanbieder><Zorgaanbiedernaam>{naam}</Zorgaanbiedernaam><Aanbiedertype>{aanbiedertype}</Aanbiedertype>\
         <Interfaceversies>{versies}</Interfaceversies></Zorgaanbieder>"
    )
}

pub(crate) fn versie(id: &str, diensten: &str) -> String {
    format!(
        "<Interfaceversie><InterfaceversieId>{id}</InterfaceversieId>\
         <Gegevensdiensten>{diensten}</Gegevensdiensten></Interfaceversie>"
    )
}

/// Reads a document as a whole, and sees to it that the same is said of it when it comes in pieces, and of what is written
/// of the list.
pub(crate) fn read(xml: &[u8], limits: &Limits) -> Result<Parsed<List>, Rejected> {
    let whole = List::parse(xml, limits);
    let kind = ListKind::detect(xml).unwrap_or(ListKind::Zal);
    for size in [1, 7, usize::MAX] {
        let mut reader = if size == 7 {
            ListReader::detecting(*limits)
        } else {
            ListReader::new(kind, *limits)
        };
        let pieces = xml.chunks(size.min(xml.len().max(1)));
        let pushed = pieces.into_iter().try_for_each(|piece| reader.push(piece));
        match (&whole, pushed.and_then(|()| reader.finish())) {
            (Ok(whole), Ok(pieces)) => {
                assert_eq!(whole.warnings, pieces.warnings);
                assert_eq!(whole.list, pieces.list);
            }
            (Err(whole), Err(pieces)) => assert_eq!(whole, &pieces),
            (whole, pieces) => panic!("whole: {whole:?}, in pieces of {size}: {pieces:?}"),
        }
    }
    if let Ok(parsed) = &whole {
        let written = parsed.list.to_xml();
        match List::parse(written.as_bytes(), limits) {
            Ok(again) => assert_eq!(parsed.list, again.list, "{written}"),
            Err(rejected) => panic!("{rejected}\n{written}"),
        }
    }
    whole
}

/// The list, which must be right.
pub(crate) fn parse(xml: &str) -> (List, Vec<Finding>) {
    match read(xml.as_bytes(), &Limits::default()) {
        Ok(parsed) => (parsed.list, parsed.warnings),
        Err(rejected) => panic!("{rejected}\n{xml}"),
    }
}

/// Why the list, which must be wrong, is refused.
pub(crate) fn reject(xml: impl AsRef<[u8]>) -> Rejected {
    match read(xml.as_ref(), &Limits::default()) {
        Ok(_) => panic!("accepted: {}", String::from_utf8_lossy(xml.as_ref())),
        Err(rejected) => rejected,
    }
}

/// Checks that a list is refused for one rule alone, and gives the path.
pub(crate) fn refused_for(rule: ListRule, xml: impl AsRef<[u8]>) -> String {
    let rejected = reject(&xml);
    let errors: Vec<_> = rejected.errors().map(|finding| finding.rule).collect();
    assert_eq!(errors, [rule], "{rejected}\n{}", String::from_utf8_lossy(xml.as_ref()));
    rejected.first().path.clone()
}
