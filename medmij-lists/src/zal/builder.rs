//! Makes the Zorgaanbiederslijst while its document is being validated.

use std::sync::Arc;

use super::schema::{Field, SCHEMAS};
use super::tables::{AbonnerenRow, GegevensdienstRow, InterfaceversieRow, SysteemrolRow, Tables, ZorgaanbiederRow};
use super::{Inner, Zorgaanbiederslijst};
use crate::envelope::{Envelope, ListBuilder};
use crate::error::{ListRule, Violation};
use crate::pool::{Key, Scopes};
use crate::schema::{Builder, Schema};

#[derive(Debug, Default)]
pub(crate) struct ZalBuilder {
    tables: Tables,
    interfaceversies: Scopes,
    gegevensdiensten: Scopes,
    systeemrollen: Scopes,
    current: Current,
}

/// The parts of the rows that are not complete yet.
#[derive(Debug, Default)]
struct Current {
    naam: Option<Key>,
    aanbiedertype: Option<Key>,
    first_interfaceversie: u32,
    interfaceversie_id: Option<Key>,
    first_gegevensdienst: u32,
    gegevensdienst_id: Option<Key>,
    authorization: Option<Key>,
    token: Option<Key>,
    maximale_duur: Option<Key>,
    subscription: Option<Key>,
    abonneren: Option<Key>,
    first_systeemrol: u32,
    code: Option<Key>,
    resource: Option<Key>,
}

impl Builder for ZalBuilder {
    type Field = Field;

    fn start(&mut self, field: Field) {
        match field {
            Field::Zorgaanbieder => {
                self.current.first_interfaceversie = end_of(&self.tables.interfaceversies);
                self.interfaceversies.start();
                self.start_interfaceversie();
            }
            Field::Interfaceversie => self.start_interfaceversie(),
            Field::Gegevensdienst => {
                self.current.first_systeemrol = end_of(&self.tables.systeemrollen);
                self.systeemrollen.start();
            }
            _ => {}
        }
    }

    fn value(&mut self, field: Field, text: &str) -> Vec<Violation> {
        let Self { tables, current, .. } = self;
        let (place, (key, violation), scope) = match field {
            Field::Zorgaanbiedernaam => return self.naam(text),
            Field::Aanbiedertype => (&mut current.aanbiedertype, tables.aanbiedertypes.add(text), None),
            Field::InterfaceversieId => (
                &mut current.interfaceversie_id,
                tables.interfaceversie_ids.add(text),
                Some((
                    &mut self.interfaceversies,
                    "each InterfaceversieId of a Zorgaanbieder once",
                )),
            ),
            Field::GegevensdienstId => (
                &mut current.gegevensdienst_id,
                tables.gegevensdienst_ids.add(text),
                Some((
                    &mut self.gegevensdiensten,
                    "each GegevensdienstId of a Zorgaanbieder and Interfaceversie once",
                )),
            ),
            Field::Systeemrolcode => (
                &mut current.code,
                tables.codes.add(text),
                Some((&mut self.systeemrollen, "each Systeemrolcode of a Gegevensdienst once")),
            ),
            Field::AuthorizationEndpointuri => (&mut current.authorization, tables.frontchannel.add(text), None),
            Field::TokenEndpointuri => (&mut current.token, tables.backchannel.add(text), None),
            Field::SubscriptionEndpointuri => (&mut current.subscription, tables.backchannel.add(text), None),
            Field::ResourceEndpointuri => (&mut current.resource, tables.backchannel.add(text), None),
            Field::MaximaleDuur => (&mut current.maximale_duur, tables.dagen.add(text), None),
            Field::Zorgaanbieder
            | Field::Interfaceversie
            | Field::Gegevensdienst
            | Field::Abonneren
            | Field::Systeemrol => return Vec::new(),
        };
        *place = Some(key);
        let repeated = scope.and_then(|(scope, expected)| {
            let repeated = !scope.is_first(key);
            repeated.then(|| Violation::new(ListRule::Unique, expected))
        });
        if violation.is_none() && repeated.is_none() {
            return Vec::new();
        }
        violation.into_iter().chain(repeated).collect()
    }

    fn end(&mut self, field: Field) -> Option<Violation> {
        match field {
            Field::Zorgaanbieder => self.end_zorgaanbieder(),
            Field::Interfaceversie => {
                let id = self.current.interfaceversie_id.take();
                self.end_interfaceversie(id);
            }
            Field::Gegevensdienst => self.end_gegevensdienst(),
            Field::Abonneren => {
                let (duur, subscription) = (self.current.maximale_duur.take(), self.current.subscription.take());
                // Where a release3 list has it twice, the first counts.
                if let (Some(maximale_duur), Some(subscription), None) = (duur, subscription, self.current.abonneren) {
                    self.current.abonneren = Some(Key::new(self.tables.abonneren.len()));
                    self.tables.abonneren.push(AbonnerenRow {
                        maximale_duur,
                        subscription,
                    });
                }
            }
            Field::Systeemrol => {
                if let (Some(code), Some(resource)) = (self.current.code.take(), self.current.resource.take()) {
                    self.tables.systeemrollen.push(SysteemrolRow { code, resource });
                }
            }
            _ => {}
        }
        None
    }
}

impl ZalBuilder {
    fn naam(&mut self, text: &str) -> Vec<Violation> {
        let known = self.tables.namen.len();
        let (naam, violation) = self.tables.namen.add(text);
        self.current.naam = Some(naam);
        let repeated = naam.index() < known;
        if violation.is_none() && !repeated {
            return Vec::new();
        }
        let repeated = repeated.then(|| Violation::new(ListRule::Unique, "each Zorgaanbiedernaam once"));
        violation.into_iter().chain(repeated).collect()
    }

    fn start_interfaceversie(&mut self) {
        self.current.first_gegevensdienst = end_of(&self.tables.gegevensdiensten);
        self.gegevensdiensten.start();
    }

    fn end_interfaceversie(&mut self, id: Option<Key>) {
        self.tables.interfaceversies.push(InterfaceversieRow {
            id,
            gegevensdiensten: self.current.first_gegevensdienst,
        });
    }

    fn end_gegevensdienst(&mut self) {
        let current = &mut self.current;
        let keys = (
            current.gegevensdienst_id.take(),
            current.authorization.take(),
            current.token.take(),
        );
        let abonneren = current.abonneren.take();
        if let (Some(id), Some(authorization), Some(token)) = keys {
            self.tables.gegevensdiensten.push(GegevensdienstRow {
                id,
                authorization,
                token,
                abonneren,
                systeemrollen: current.first_systeemrol,
            });
        }
    }

    fn end_zorgaanbieder(&mut self) {
        let aanbiedertype = self.current.aanbiedertype.take();
        // Release2 has no Interfaceversies: its Gegevensdiensten form one without an id.
        let none = end_of(&self.tables.interfaceversies) == self.current.first_interfaceversie;
        if none && self.current.first_gegevensdienst < end_of(&self.tables.gegevensdiensten) {
            self.end_interfaceversie(None);
        }
        if let Some(naam) = self.current.naam.take() {
            self.tables.zorgaanbieders.push(ZorgaanbiederRow {
                naam,
                aanbiedertype,
                interfaceversies: self.current.first_interfaceversie,
            });
        }
    }
}

/// The place of the next row. The limits keep it far below the end of the type.
fn end_of<R>(rows: &[R]) -> u32 {
    u32::try_from(rows.len()).unwrap_or(u32::MAX)
}

impl ListBuilder for ZalBuilder {
    type List = Zorgaanbiederslijst;

    const SCHEMAS: &'static [Schema<Field>] = &SCHEMAS;

    fn build(self, envelope: Envelope) -> Zorgaanbiederslijst {
        let mut tables = self.tables;
        tables.finish();
        Zorgaanbiederslijst(Arc::new(Inner { envelope, tables }))
    }
}
