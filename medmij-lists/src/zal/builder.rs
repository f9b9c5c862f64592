//! Makes the Zorgaanbiederslijst while its document is being validated.

use std::collections::HashMap;
use std::sync::Arc;

use medmij_core::{Aanbiedernaam, Aanbiedertype};

use super::schema::{Field, SCHEMAS};
use super::{
    AbonnerenRow, Dagen, GegevensdienstRow, Inner, InterfaceversieRow, SysteemrolRow, Values, ZorgaanbiederRow,
    Zorgaanbiederslijst,
};
use crate::envelope::{Envelope, EnvelopeBuilder, ListBuilder};
use crate::error::{ListRule, Violation};
use crate::pool::Key;
use crate::schema::{Builder, Schema};
use crate::values::{Listed, Positiefnummer};

#[derive(Debug, Default)]
pub(super) struct ZalBuilder {
    envelope: EnvelopeBuilder,
    zorgaanbieders: Vec<ZorgaanbiederRow>,
    interfaceversies: Vec<InterfaceversieRow>,
    gegevensdiensten: Vec<GegevensdienstRow>,
    systeemrollen: Vec<SysteemrolRow>,
    by_naam: HashMap<Aanbiedernaam, u32>,
    values: Values,
    current: Current,
}

/// The parts of the rows that are not complete yet.
#[derive(Debug, Default)]
struct Current {
    naam: Option<Listed<Aanbiedernaam>>,
    aanbiedertype: Option<Aanbiedertype>,
    first_interfaceversie: u32,
    interfaceversie_id: Option<Key>,
    first_gegevensdienst: u32,
    gegevensdienst_id: Option<Key>,
    authorization: Option<Key>,
    token: Option<Key>,
    maximale_duur: Option<Listed<Dagen>>,
    subscription: Option<Key>,
    abonneren: Option<Box<AbonnerenRow>>,
    first_systeemrol: u32,
    code: Option<Key>,
    resource: Option<Key>,
}

impl Builder for ZalBuilder {
    type Field = Field;

    fn start(&mut self, field: Field) {
        match field {
            Field::Zorgaanbieder => {
                self.current.first_interfaceversie = end_of(&self.interfaceversies);
                self.values.interfaceversie_ids.start_scope();
                self.start_interfaceversie();
            }
            Field::Interfaceversie => self.start_interfaceversie(),
            Field::Gegevensdienst => {
                self.current.first_systeemrol = end_of(&self.systeemrollen);
                self.values.codes.start_scope();
            }
            _ => {}
        }
    }

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        let Self { values, current, .. } = self;
        let (place, (key, judged)) = match field {
            Field::Envelope(field) => return self.envelope.value(field, text),
            Field::Zorgaanbiedernaam => return self.naam(text),
            Field::Aanbiedertype => {
                let aanbiedertype = Aanbiedertype::from(text);
                let known = !matches!(aanbiedertype, Aanbiedertype::Other(_));
                current.aanbiedertype = Some(aanbiedertype);
                let unknown = Violation::new(ListRule::Value, "one of the known types: ZA, BAZB, APD");
                return if known { Vec::new() } else { vec![unknown] };
            }
            Field::MaximaleDuur => {
                let days = text.parse::<Positiefnummer>();
                current.maximale_duur = Some(match &days {
                    Ok(days) => Listed::Usable(Dagen(days.clone())),
                    Err(_) => Listed::Unusable(text.into()),
                });
                return days.err().map(Violation::from).into_iter().collect();
            }
            Field::InterfaceversieId => (
                &mut current.interfaceversie_id,
                values
                    .interfaceversie_ids
                    .add_unique(text, "InterfaceversieId of a Zorgaanbieder"),
            ),
            Field::GegevensdienstId => (
                &mut current.gegevensdienst_id,
                values
                    .gegevensdienst_ids
                    .add_unique(text, "GegevensdienstId of a Zorgaanbieder"),
            ),
            Field::Systeemrolcode => (
                &mut current.code,
                values.codes.add_unique(text, "Systeemrolcode of a Gegevensdienst"),
            ),
            Field::AuthorizationEndpointuri => (&mut current.authorization, values.frontchannel.add(text)),
            Field::TokenEndpointuri => (&mut current.token, values.backchannel.add(text)),
            Field::SubscriptionEndpointuri => (&mut current.subscription, values.backchannel.add(text)),
            Field::ResourceEndpointuri => (&mut current.resource, values.backchannel.add(text)),
            Field::Wrapper
            | Field::Zorgaanbieder
            | Field::Interfaceversie
            | Field::Gegevensdienst
            | Field::Abonneren
            | Field::Systeemrol => return Vec::new(),
        };
        *place = Some(key);
        judged
    }

    fn end(&mut self, field: Field) {
        match field {
            Field::Zorgaanbieder => self.end_zorgaanbieder(),
            Field::Interfaceversie => {
                let id = self.current.interfaceversie_id.take();
                self.end_interfaceversie(id);
            }
            Field::Gegevensdienst => self.end_gegevensdienst(),
            Field::Abonneren => {
                let (duur, subscription) = (self.current.maximale_duur.take(), self.current.subscription.take());
                if let (Some(maximale_duur), Some(subscription), None) = (duur, subscription, &self.current.abonneren) {
                    self.current.abonneren = Some(Box::new(AbonnerenRow {
                        maximale_duur,
                        subscription,
                    }));
                }
            }
            Field::Systeemrol => {
                if let (Some(code), Some(resource)) = (self.current.code.take(), self.current.resource.take()) {
                    self.systeemrollen.push(SysteemrolRow { code, resource });
                }
            }
            _ => {}
        }
    }

    fn is_certain(field: Field) -> bool {
        matches!(field, Field::Envelope(_))
    }
}

impl ZalBuilder {
    fn naam(&mut self, text: &str) -> Vec<Violation> {
        let judged = Aanbiedernaam::check_schema(text).err();
        let mut violations: Vec<_> = judged.map(Violation::from).into_iter().collect();
        // The wider naming policy is no error of a release3 list alone: the name can be used.
        let naam = match text.parse::<Aanbiedernaam>() {
            Ok(naam) => Listed::Usable(naam),
            Err(_) => Listed::Unusable(Arc::from(text)),
        };
        if naam.usable().is_some_and(|naam| self.by_naam.contains_key(naam)) {
            violations.push(Violation::new(ListRule::Unique, "each Zorgaanbiedernaam once"));
        }
        self.current.naam = Some(naam);
        violations
    }

    fn start_interfaceversie(&mut self) {
        self.current.first_gegevensdienst = end_of(&self.gegevensdiensten);
        self.values.gegevensdienst_ids.start_scope();
    }

    fn end_interfaceversie(&mut self, id: Option<Key>) {
        let gegevensdiensten = self.current.first_gegevensdienst..end_of(&self.gegevensdiensten);
        self.interfaceversies.push(InterfaceversieRow { id, gegevensdiensten });
    }

    fn end_gegevensdienst(&mut self) {
        let current = &mut self.current;
        let keys = (
            current.gegevensdienst_id.take(),
            current.authorization.take(),
            current.token.take(),
        );
        let abonneren = current.abonneren.take();
        let systeemrollen = current.first_systeemrol..end_of(&self.systeemrollen);
        if let (Some(id), Some(authorization), Some(token)) = keys {
            self.gegevensdiensten.push(GegevensdienstRow {
                id,
                authorization,
                token,
                abonneren,
                systeemrollen,
            });
        }
    }

    fn end_zorgaanbieder(&mut self) {
        let aanbiedertype = self.current.aanbiedertype.take();
        // Release2 has no Interfaceversies: its Gegevensdiensten form one without an id.
        let none = end_of(&self.interfaceversies) == self.current.first_interfaceversie;
        if none && self.current.first_gegevensdienst < end_of(&self.gegevensdiensten) {
            self.end_interfaceversie(None);
        }
        let interfaceversies = self.current.first_interfaceversie..end_of(&self.interfaceversies);
        if let Some(naam) = self.current.naam.take() {
            if let Listed::Usable(naam) = &naam {
                self.by_naam
                    .entry(naam.clone())
                    .or_insert_with(|| end_of(&self.zorgaanbieders));
            }
            self.zorgaanbieders.push(ZorgaanbiederRow {
                naam,
                aanbiedertype,
                interfaceversies,
            });
        }
    }
}

/// The place of the next row. The limit on elements keeps it far from the end of the type.
fn end_of<R>(rows: &[R]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

impl ListBuilder for ZalBuilder {
    type List = Zorgaanbiederslijst;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn envelope(&mut self) -> EnvelopeBuilder {
        std::mem::take(&mut self.envelope)
    }

    fn build(self, envelope: Envelope) -> Zorgaanbiederslijst {
        let Self {
            mut zorgaanbieders,
            mut interfaceversies,
            mut gegevensdiensten,
            mut systeemrollen,
            ..
        } = self;
        zorgaanbieders.shrink_to_fit();
        interfaceversies.shrink_to_fit();
        gegevensdiensten.shrink_to_fit();
        systeemrollen.shrink_to_fit();
        Zorgaanbiederslijst(Arc::new(Inner {
            envelope,
            zorgaanbieders,
            interfaceversies,
            gegevensdiensten,
            systeemrollen,
            by_naam: self.by_naam,
            values: self.values,
        }))
    }
}
