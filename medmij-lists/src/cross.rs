//! What holds between the lists, and no schema can check.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use medmij_core::{BackchannelUri, GegevensdienstId, Hostname, OAuthClientInterfaceversie, Systeemrolcode};
use serde::{Serialize, Serializer};

use crate::findings::cut;
use crate::{
    Gegevensdienstnamenlijst, OAuthClientList, Snapshot, Whitelist, Zorgaanbiederskoppellijst, Zorgaanbiederslijst,
};

/// The lists that are held against each other: as many as are there.
///
/// The framework's own invariants were not seen; these are inferred from its responsibilities. The lists are fetched apart
/// and may be out of step for one interval: a broken invariant never makes a list unusable [lists.md 7.5].
///
/// ```
/// use medmij_lists::{Gegevensdienstnamenlijst, Invariant, Limits, ListsTogether, Zorgaanbiederslijst};
///
/// # let zal = medmij_lists::ZalWriter::new(
/// #     medmij_lists::ZalRelease::Release2, "2026-11-01T08:00:00Z".parse()?, "1".parse()?).finish();
/// # let gnl = "<Gegevensdienstnamenlijst xmlns='xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/'>\
/// #     <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel><Volgnummer>1</Volgnummer><Gegevensdiensten/>\
/// #     </Gegevensdienstnamenlijst>";
/// let zal = Zorgaanbiederslijst::parse(zal.as_bytes(), &Limits::default())?.list;
/// let gnl = Gegevensdienstnamenlijst::parse(gnl.as_bytes(), &Limits::default())?.list;
/// let mut lists = ListsTogether::default();
/// lists.zal = Some(&zal);
/// lists.gnl = Some(&gnl);
/// assert!(lists.check().iter().all(|finding| finding.invariant != Invariant::X1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ListsTogether<'l> {
    /// The Zorgaanbiederslijst.
    pub zal: Option<&'l Zorgaanbiederslijst>,
    /// The OAuth Client List.
    pub ocl: Option<&'l OAuthClientList>,
    /// The Gegevensdienstnamenlijst.
    pub gnl: Option<&'l Gegevensdienstnamenlijst>,
    /// The Whitelist.
    pub whl: Option<&'l Whitelist>,
    /// The Zorgaanbiederskoppellijst.
    pub zakl: Option<&'l Zorgaanbiederskoppellijst>,
    /// The host of the Stelselnode.
    pub stelselnode: Option<&'l Hostname>,
    /// The Gegevensdiensten of the Catalogus with their Systeemrollen.
    pub catalogus: Option<&'l BTreeMap<GegevensdienstId, BTreeSet<Systeemrolcode>>>,
}

macro_rules! invariants {
    ($($(#[$doc:meta])* $name:ident $severity:ident;)+) => {
        /// An invariant between the lists; the numbers are ours [lists.md 7.5].
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[non_exhaustive]
        pub enum Invariant {
            $($(#[$doc])* $name,)+
        }

        impl Invariant {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its number.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }

            /// How bad it is to break it.
            #[must_use]
            pub const fn severity(self) -> CrossSeverity {
                match self {
                    $(Self::$name => CrossSeverity::$severity,)+
                }
            }
        }
    };
}

invariants! {
    /// Each GegevensdienstId of the Zorgaanbiederslijst stands on the Gegevensdienstnamenlijst [P&I 4, 1.2-1.3]; one that
    /// does not has no name to show.
    X1 Error;
    /// The host of each token, resource and subscription endpoint stands on the Whitelist [Netwerk 7, 1.1]; one that does
    /// not cannot be reached.
    X2 Error;
    /// The host of each authorization endpoint stands on the Whitelist, as in the examples; frontchannel traffic is not
    /// checked.
    X3 Info;
    /// Each Hostname of the OAuth Client List stands on the Whitelist; a client may use another Node for the backchannel.
    X4 Warning;
    /// Each GegevensdienstId of the OAuth Client List stands on the Gegevensdienstnamenlijst.
    X5 Error;
    /// The host of each notification endpoint of the OAuth Client List stands on the Whitelist [Netwerk 7, 1.1].
    X6 Error;
    /// No list holds the host of the Stelselnode [Netwerk 4, 1.1].
    X7 Info;
    /// Per Zorgaanbieder and Gegevensdienst there is at most one Bron. The schema sees to it in release2; in release3, whose
    /// schema was not seen, a repetition is found here.
    X8 Error;
    /// Each Gegevensdienst of the Zorgaanbiederslijst is in the Catalogus, with these Systeemrollen.
    X9 Warning;
    /// Each name of the Zorgaanbiederskoppellijst is on the Zorgaanbiederslijst, with its Gegevensdiensten and
    /// Interfaceversies.
    X10 Info;
    /// Each Authorization Server discloses something with a Resource or Subscription Server that requests can be sent to
    /// [P&I 5, 1.2-1.3].
    X11 Warning;
}

/// How bad a broken invariant is. No list is refused for it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[expect(
    clippy::exhaustive_enums,
    reason = "something cannot be used, may not be usable, or is unusual"
)]
pub enum CrossSeverity {
    /// What it is about cannot be used.
    Error,
    /// What it is about may not be usable.
    Warning,
    /// It is unusual.
    Info,
}

impl CrossSeverity {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Serialize for CrossSeverity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something that breaks an invariant between the lists.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CrossFinding {
    /// Which one.
    pub invariant: Invariant,
    /// How bad it is.
    pub severity: CrossSeverity,
    /// What it is about: a host, an id, a name.
    pub subject: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for CrossFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (invariant, severity) = (self.invariant.as_str(), self.severity.as_str());
        write!(f, "{invariant}: {severity}: {}: {}", self.subject, self.message)
    }
}

/// Findings, each subject of an invariant once.
#[derive(Default)]
struct Report {
    findings: Vec<CrossFinding>,
    seen: BTreeSet<(Invariant, String)>,
}

impl Report {
    /// A long subject is cut: it is not of its type, and only its start is of use.
    fn add(&mut self, invariant: Invariant, subject: &str, message: &str) {
        const LONGEST: usize = 300;
        let end = subject.char_indices().nth(LONGEST).map_or(subject.len(), |(at, _)| at);
        let subject = subject.get(..end).unwrap_or_default();
        if self.seen.insert((invariant, subject.to_owned())) {
            self.findings.push(CrossFinding {
                invariant,
                severity: invariant.severity(),
                subject: subject.to_owned(),
                message: message.to_owned(),
            });
        }
    }
}

impl<'l> ListsTogether<'l> {
    /// The lists of one moment, without the Stelselnode and the Catalogus.
    #[must_use]
    pub const fn of(snapshot: &'l Snapshot) -> Self {
        Self {
            zal: snapshot.zal.as_ref(),
            ocl: snapshot.ocl.as_ref(),
            gnl: snapshot.gnl.as_ref(),
            whl: snapshot.whl.as_ref(),
            zakl: snapshot.zakl.as_ref(),
            stelselnode: None,
            catalogus: None,
        }
    }
    /// Holds the lists against each other: what breaks an invariant between those that are there, in the order of the
    /// invariants, each host, id or name once.
    #[must_use]
    pub fn check(&self) -> Vec<CrossFinding> {
        let mut report = Report::default();
        self.check_gegevensdiensten(&mut report);
        self.check_hosts(&mut report);
        self.check_stelselnode(&mut report);
        if let Some(zal) = self.zal {
            check_repeated(zal, &mut report);
            check_disclosed(zal, &mut report);
            self.check_catalogus(zal, &mut report);
            self.check_koppelingen(zal, &mut report);
        }
        let mut findings = report.findings;
        findings.sort_by_key(|finding| finding.invariant);
        findings
    }

    fn check_gegevensdiensten(&self, report: &mut Report) {
        let Some(gnl) = self.gnl else { return };
        let named = |id: &str| gnl.gegevensdienst(id).is_some();
        for id in self.zal.iter().flat_map(|zal| zal.gegevensdienst_ids()) {
            if !named(id.as_str()) {
                let message = "on the Zorgaanbiederslijst, and not on the Gegevensdienstnamenlijst";
                report.add(Invariant::X1, id.as_str(), message);
            }
        }
        let clients = self.ocl.iter().flat_map(|ocl| ocl.clients());
        let versies = clients.flat_map(|client| &client.interfaceversies);
        for id in versies.flat_map(|versie| versie.gegevensdiensten.iter().flatten()) {
            if !named(id.as_str()) {
                let message = "on the OAuth Client List, and not on the Gegevensdienstnamenlijst";
                report.add(Invariant::X5, id.as_str(), message);
            }
        }
    }

    fn check_hosts(&self, report: &mut Report) {
        let Some(whl) = self.whl else { return };
        // The Stelselnode is deemed to be on the Whitelist.
        let listed = |host: &str| whl.has(host) || self.stelselnode.is_some_and(|it| it.as_str() == host);
        for uri in self.zal.iter().flat_map(|zal| zal.backchannel_uris()) {
            if let Some(uri) = uri.usable().filter(|uri| !listed(uri.host())) {
                let message = "the host of a backchannel address, and not on the Whitelist";
                report.add(Invariant::X2, uri.host(), message);
            }
        }
        for uri in self.zal.iter().flat_map(|zal| zal.frontchannel_uris()) {
            if let Some(uri) = uri.usable().filter(|uri| !listed(uri.host())) {
                let message = "the host of an authorization endpoint, and not on the Whitelist";
                report.add(Invariant::X3, uri.host(), message);
            }
        }
        for client in self.ocl.iter().flat_map(|ocl| ocl.clients()) {
            if !listed(client.hostname.as_str()) {
                let message = "on the OAuth Client List, and not on the Whitelist";
                report.add(Invariant::X4, client.hostname.as_str(), message);
            }
            let notified = client.interfaceversies.iter().flat_map(notification_endpoints);
            for uri in notified.filter(|uri| !listed(uri.host())) {
                let message = "the host of a notification endpoint, and not on the Whitelist";
                report.add(Invariant::X6, uri.host(), message);
            }
        }
    }

    fn check_stelselnode(&self, report: &mut Report) {
        let Some(host) = self.stelselnode.map(Hostname::as_str) else {
            return;
        };
        let backchannel = self.zal.iter().flat_map(|zal| zal.backchannel_uris());
        let frontchannel = self.zal.iter().flat_map(|zal| zal.frontchannel_uris());
        let on_zal = backchannel.filter_map(|uri| uri.usable()).any(|uri| uri.host() == host)
            || frontchannel
                .filter_map(|uri| uri.usable())
                .any(|uri| uri.host() == host);
        let mut clients = self.ocl.iter().flat_map(|ocl| ocl.clients());
        let on_ocl = clients.any(|client| {
            let notified = client.interfaceversies.iter().flat_map(notification_endpoints);
            client.hostname.as_str() == host || notified.into_iter().any(|uri| uri.host() == host)
        });
        if on_zal || on_ocl || self.whl.is_some_and(|whl| whl.has(host)) {
            report.add(Invariant::X7, host, "the Stelselnode, and on a list");
        }
    }

    fn check_catalogus(&self, zal: &Zorgaanbiederslijst, report: &mut Report) {
        let Some(catalogus) = self.catalogus else { return };
        let versies = zal.iter().flat_map(|it| it.interfaceversies());
        for dienst in versies.flat_map(|versie| versie.gegevensdiensten()) {
            let id = dienst.id().as_str();
            match catalogus.get(id) {
                None => report.add(
                    Invariant::X9,
                    id,
                    "on the Zorgaanbiederslijst, and not in the Catalogus",
                ),
                Some(rollen) if dienst.systeemrollen().all(|(code, _)| rollen.contains(code.as_str())) => {}
                Some(_) => report.add(
                    Invariant::X9,
                    id,
                    "with Systeemrollen that the Catalogus does not give it",
                ),
            }
        }
    }

    fn check_koppelingen(&self, zal: &Zorgaanbiederslijst, report: &mut Report) {
        for koppeling in self.zakl.iter().flat_map(|zakl| zakl.koppelingen()) {
            // By their texts: what is of its type to neither list is the same on both.
            let naam = koppeling.naam.as_str();
            let Some(zorgaanbieder) = zal.named(naam) else {
                let message = "on the Zorgaanbiederskoppellijst, and not on the Zorgaanbiederslijst";
                report.add(Invariant::X10, naam, message);
                continue;
            };
            let pairs = koppeling.gegevensdiensten.iter().flat_map(|dienst| {
                let versies = dienst.interfaceversies.iter();
                versies.map(move |versie| (dienst.id.as_str(), versie.as_str()))
            });
            for (dienst, id) in pairs {
                // A release2 list has no Interfaceversies to compare.
                let versie = zorgaanbieder.versie(None).or_else(|| zorgaanbieder.versie(Some(id)));
                if versie.and_then(|versie| versie.dienst(dienst)).is_none() {
                    let subject = format!("{} {} {}", cut(naam), cut(dienst), cut(id));
                    let message = "Gegevensdienst and Interfaceversie on the Zorgaanbiederskoppellijst only";
                    report.add(Invariant::X10, &subject, message);
                }
            }
        }
    }
}

fn notification_endpoints(versie: &OAuthClientInterfaceversie) -> impl Iterator<Item = &BackchannelUri> {
    let endpoints = [&versie.subscription_notification, &versie.resource_notification];
    endpoints.into_iter().flatten()
}

fn check_repeated(zal: &Zorgaanbiederslijst, report: &mut Report) {
    let mut diensten = HashSet::new();
    for zorgaanbieder in zal.iter() {
        for versie in zorgaanbieder.interfaceversies() {
            for dienst in versie.gegevensdiensten() {
                // By keys: the texts may be long, and a Zorgaanbieder have many Gegevensdiensten.
                if !diensten.insert((zorgaanbieder.key(), versie.key(), dienst.key())) {
                    let subject = format!("{} {}", cut(zorgaanbieder.naam().as_str()), cut(dienst.id().as_str()));
                    let message = "a Gegevensdienst of a Zorgaanbieder twice in one Interfaceversie";
                    report.add(Invariant::X8, &subject, message);
                }
            }
        }
    }
}

fn check_disclosed(zal: &Zorgaanbiederslijst, report: &mut Report) {
    let mut discloses: BTreeMap<&str, bool> = BTreeMap::new();
    let versies = zal.iter().flat_map(|it| it.interfaceversies());
    for dienst in versies.flat_map(|versie| versie.gegevensdiensten()) {
        let known = discloses.entry(dienst.authorization().as_str()).or_insert(false);
        // Most servers are found to disclose something at once.
        if !*known {
            let subscription = dienst.abonneren().map(|(_, uri)| uri);
            let mut uris = dienst.systeemrollen().map(|(_, uri)| uri).chain(subscription);
            *known = uris.any(|uri| uri.usable().is_some_and(|uri| uri.to_uri().is_ok()));
        }
    }
    for (uri, _) in discloses.into_iter().filter(|(_, discloses)| !discloses) {
        let message = "an authorization endpoint without an address of a resource or subscription that can be used";
        report.add(Invariant::X11, uri, message);
    }
}
