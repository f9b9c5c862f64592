//! Inputs of any size for the benchmarks, the same for the same seed.

mod bundle;
mod measure;

use std::fmt::{self, Write as _};
use std::str::FromStr;

use medmij_core::{
    Aanbiedernaam, Aanbiedertype, BackchannelUri, FrontchannelUri, Hostname, InterfaceversieId, Offer, Systeemrol,
};
use medmij_lists::{ZalRelease, ZalWriter};

pub use bundle::bundle;
pub use measure::{Measured, bare_events, best_and_median, timed};

/// A small generator of pseudo-random numbers (xorshift): the same sequence for the same seed, on every machine.
#[derive(Clone, Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// A generator that starts from the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

/// A Zorgaanbiederslijst, written as the official files are: 1 to 6 Gegevensdiensten for each Zorgaanbieder, 1 to 3
/// Systeemrollen for each of those, 40 DVAs. In release3 all are of one Interfaceversie.
///
/// # Panics
/// If a value of its own making is not of its type, which the example shows it is.
///
/// ```
/// use medmij_lists::{Limits, ZalRelease, Zorgaanbiederslijst};
///
/// for release in [ZalRelease::Release2, ZalRelease::Release3] {
///     let xml = medmij_benches::zal(release, 10, 1);
///     assert_eq!(xml, medmij_benches::zal(release, 10, 1));
///     let zal = Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default()).unwrap();
///     assert_eq!((zal.list.len(), zal.warnings.len()), (10, 0));
/// }
/// ```
#[expect(clippy::panic, reason = "the inputs are made here, and right")]
#[must_use]
pub fn zal(release: ZalRelease, zorgaanbieders: u64, seed: u64) -> String {
    let mut random = Seeded::new(seed);
    let of = |role: &str, dva: u64, path: &str| format!("https://medmij.{role}{dva}.zorgverbinding.nl/{path}");
    let servers: Vec<(FrontchannelUri, BackchannelUri, BackchannelUri)> = (0..DVAS)
        .map(|dva| {
            let authorization = value(&of("as", dva, "oauth/authorize"));
            (
                authorization,
                value(&of("ts", dva, "oauth/token")),
                value(&of("rs", dva, "fhir")),
            )
        })
        .collect();
    let versie: InterfaceversieId = value("2");
    let mut xml = ZalWriter::new(release, value("2026-11-01T08:00:00Z"), value("4711"));
    for number in 0..zorgaanbieders {
        let naam: Aanbiedernaam = value(&format!("{}@medmij", naam(number)));
        let first = random.below(50);
        let offers: Vec<_> = (0..=random.below(6))
            .filter_map(|dienst| {
                let (authorization, token, resource) = servers.get(usize::try_from(random.below(DVAS)).ok()?)?;
                let id = value(&(first + dienst).to_string());
                let (authorization, token) = (authorization.clone(), token.clone());
                let mut offer = Offer::new(naam.clone(), Some(versie.clone()), id, authorization, token);
                offer.systeemrollen = (0..=random.below(3))
                    .map(|rol| Systeemrol {
                        code: value(&format!("MM-{rol}.2-PLB-FHIR")),
                        resource: resource.clone(),
                    })
                    .collect();
                Some(offer)
            })
            .collect();
        if let Err(error) = xml.zorgaanbieder(&naam, &Aanbiedertype::Za, &offers) {
            panic!("{naam}: {error}");
        }
    }
    xml.finish()
}

/// How many DVAs there are.
const DVAS: u64 = 40;

#[expect(clippy::panic, reason = "the inputs are made here, and right")]
fn value<T: FromStr<Err: fmt::Display>>(text: &str) -> T {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A Whitelist of so many Nodes.
///
/// ```
/// let xml = medmij_benches::whl(10);
/// let whl = medmij_lists::Whitelist::parse(xml.as_bytes(), &medmij_lists::Limits::default());
/// assert_eq!(whl.unwrap().list.nodes().len(), 10);
/// ```
#[must_use]
pub fn whl(nodes: u64) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Whitelist xmlns=\"xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/\">\n   \
         <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>\n   <Volgnummer>4711</Volgnummer>\n   <MedMijNodes>\n",
    );
    for number in 0..nodes {
        let host = host(number);
        let _ = writeln!(xml, "      <MedMijNode><Hostname>{host}</Hostname></MedMijNode>");
    }
    xml.push_str("   </MedMijNodes>\n</Whitelist>\n");
    xml
}

/// The host name of a Node.
///
/// # Panics
/// If a value of its own making is not of its type.
#[must_use]
pub fn host(number: u64) -> Hostname {
    value(&format!("medmij.node{number}.zorgverbinding.nl"))
}

/// A name of letters only, another for each number.
#[must_use]
pub fn naam(number: u64) -> String {
    let mut naam = String::from("zorgaanbieder");
    let mut rest = number;
    loop {
        naam.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or_default()));
        rest /= 26;
        if rest == 0 {
            return naam;
        }
    }
}

/// Says in one line on standard error why a program ends.
pub fn complain(why: &str) {
    use std::io::Write as _;
    // Nothing can be done where not even this can be written.
    let _ = writeln!(std::io::stderr(), "error: {why}");
}
