//! Inputs of any size for the benchmarks, the same for the same seed.

use std::fmt::Write as _;

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

/// A Zorgaanbiederslijst of release2, pretty-printed as the official files are: 1 to 6 Gegevensdiensten for each
/// Zorgaanbieder, 1 to 3 Systeemrollen for each of those, 40 DVAs.
///
/// ```
/// let xml = medmij_benches::zal(10, 1);
/// assert_eq!(xml, medmij_benches::zal(10, 1));
/// let zal = medmij_lists::Zorgaanbiederslijst::parse(xml.as_bytes(), &medmij_lists::Limits::default());
/// assert_eq!(zal.unwrap().list.len(), 10);
/// ```
#[must_use]
pub fn zal(zorgaanbieders: u64, seed: u64) -> String {
    let mut random = Seeded::new(seed);
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Zorgaanbiederslijst xmlns=\"xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release2/\">\n   \
         <Tijdstempel>2026-11-01T08:00:00Z</Tijdstempel>\n   <Volgnummer>4711</Volgnummer>\n   <Zorgaanbieders>\n",
    );
    for number in 0..zorgaanbieders {
        let _ = write!(
            xml,
            "      <Zorgaanbieder>\n         <Zorgaanbiedernaam>{}@medmij</Zorgaanbiedernaam>\n         \
             <Gegevensdiensten>\n",
            naam(number)
        );
        let first = random.below(50);
        for dienst in 0..=random.below(6) {
            let dva = random.below(40);
            let _ = write!(
                xml,
                "            <Gegevensdienst>\n               \
                 <GegevensdienstId>{id}</GegevensdienstId>\n               <AuthorizationEndpoint>\n                  \
                 <AuthorizationEndpointuri>https://medmij.as{dva}.zorgverbinding.nl/oauth/authorize</AuthorizationEndpointuri>\n               \
                 </AuthorizationEndpoint>\n               <TokenEndpoint>\n                  \
                 <TokenEndpointuri>https://medmij.ts{dva}.zorgverbinding.nl/oauth/token</TokenEndpointuri>\n               \
                 </TokenEndpoint>\n               <Systeemrollen>\n",
                id = first + dienst,
            );
            for rol in 0..=random.below(3) {
                let _ = write!(
                    xml,
                    "                  <Systeemrol>\n                     \
                     <Systeemrolcode>MM-{rol}.2-PLB-FHIR</Systeemrolcode>\n                     \
                     <ResourceEndpoint>\n                        \
                     <ResourceEndpointuri>https://medmij.rs{dva}.zorgverbinding.nl/fhir</ResourceEndpointuri>\n                     \
                     </ResourceEndpoint>\n                  </Systeemrol>\n",
                );
            }
            xml.push_str("               </Systeemrollen>\n            </Gegevensdienst>\n");
        }
        xml.push_str("         </Gegevensdiensten>\n      </Zorgaanbieder>\n");
    }
    xml.push_str("   </Zorgaanbieders>\n</Zorgaanbiederslijst>\n");
    xml
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
