use medmij_core::{
    ClientIdentity, GegevensdienstId, InterfaceversieId, Listing, OAuthClient, OAuthClientInterfaceversie, Offer,
    Offers, OffersError, Release,
};

fn offer(aanbieder: &str, versie: &str, id: &str, path: &str) -> Offer {
    Offer::new(
        format!("{aanbieder}@medmij").parse().unwrap(),
        Some(versie.parse().unwrap()),
        id.parse().unwrap(),
        format!("https://as.dva.nl/{path}").parse().unwrap(),
        "https://ts.dva.nl/token".parse().unwrap(),
    )
}

#[test]
fn lists_7_6_what_goes_in_one_request() {
    let first = offer("umcharderwijk", "2", "48", "auth");
    let offers = Offers::new(vec![first.clone(), offer("umcharderwijk", "2", "51", "auth")]).unwrap();
    assert_eq!(offers.len(), 2);
    assert_eq!(
        offers
            .iter()
            .map(|offer| offer.gegevensdienst.as_str())
            .collect::<Vec<_>>(),
        ["48", "51"]
    );
    assert_eq!(offers.authorization(), &first.authorization);
    assert!(offers.gegevensdienst("51").is_some() && offers.gegevensdienst("49").is_none());

    let refused = |other: Offer| Offers::new(vec![first.clone(), other]).unwrap_err();
    assert_eq!(refused(offer("anders", "2", "51", "auth")), OffersError::Aanbieder);
    assert_eq!(
        refused(offer("umcharderwijk", "1.4.0", "51", "auth")),
        OffersError::Interfaceversie
    );
    assert_eq!(
        refused(offer("umcharderwijk", "2", "51", "other")),
        OffersError::Endpoint
    );
    assert_eq!(refused(first.clone()), OffersError::Repeated("48".parse().unwrap()));
    assert_eq!(Offers::new(Vec::new()), Err(OffersError::Empty));
}

#[test]
fn offers_that_were_stored_are_checked_when_read() {
    let offers = Offers::from(offer("umcharderwijk", "2", "48", "auth"));
    let json = serde_json::to_string(&offers).unwrap();
    assert_eq!(serde_json::from_str::<Offers>(&json).unwrap(), offers);
    assert!(serde_json::from_str::<Offers>("[]").is_err());
}

#[test]
fn lists_3_2_a_list_that_does_not_say_forbids_nothing() {
    let id: GegevensdienstId = "42".parse().unwrap();
    let mut client = OAuthClient::new("pgo.nl".parse().unwrap(), "Een PGO".parse().unwrap());
    assert_eq!(client.listing(Release::R2_2, &id), Listing::NotSaid);

    let version = |text: &str| Some(text.parse::<InterfaceversieId>().unwrap());
    client
        .interfaceversies
        .push(OAuthClientInterfaceversie::new(version("1.4.0")));
    assert_eq!(client.listing(Release::R1_4, &id), Listing::NotSaid);
    assert_eq!(
        client.listing(Release::R2_2, &id),
        Listing::NotListed,
        "the client is not listed for 2.x at all"
    );

    let mut two = OAuthClientInterfaceversie::new(version("2"));
    two.gegevensdiensten = Some(["48".parse().unwrap()].into());
    client.interfaceversies.push(two);
    assert_eq!(client.listing(Release::R2_2, &id), Listing::NotListed);
    assert_eq!(client.listing(Release::R2_2, &"48".parse().unwrap()), Listing::Listed);
}

#[test]
fn netwerk_8_names_of_a_certificate() {
    let identity = ClientIdentity::from_names(["Node.PGO.nl", "*.pgo.nl", "192.0.2.1", "someone@pgo.nl", "pgo"]);
    assert_eq!(identity.names().len(), 1);
    assert!(identity.is(&"node.pgo.nl".parse().unwrap()));
    assert!(!identity.is(&"pgo.nl".parse().unwrap()));
    assert!(!ClientIdentity::from_names([""]).is(&"pgo.nl".parse().unwrap()));
}

#[test]
fn netwerk_7_a_listed_name_lends_its_listing_to_no_other() {
    let listed = "listed.pgo.nl".parse().unwrap();
    let identity = ClientIdentity::from_names(["listed.pgo.nl", "unlisted.pgo.nl"]).permitted(|name| *name == listed);
    assert!(identity.is(&listed) && !identity.is(&"unlisted.pgo.nl".parse().unwrap()));
}
