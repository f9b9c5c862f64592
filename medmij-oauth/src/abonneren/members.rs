//! The members of a subscription request and response, in either form.

use medmij_core::{AbonnerenForm, SubscriptionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::Date;

use super::einde::{read_date, read_date_time, write_date, write_date_time};

/// The members of a body. Those of the other form are ignored.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct Members {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subscription_id: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<Value>,
}

/// Why a member cannot be read.
pub(super) enum BadMember {
    /// It is no text, or no day.
    Malformed,
    /// It is a text that no Abonnement here can have as its id.
    NoId,
}

impl Members {
    pub(super) fn new(
        form: AbonnerenForm,
        id: Option<&SubscriptionId>,
        einde: Option<Date>,
        status: Option<&str>,
    ) -> Self {
        let id = id.map(|id| id.as_str().into());
        let status = status.map(str::to_owned);
        match form {
            AbonnerenForm::Predecessor => Self {
                id,
                end: einde.map(|einde| write_date_time(einde).into()),
                status,
                ..Self::default()
            },
            AbonnerenForm::Restful => Self {
                subscription_id: id,
                end_date: einde.map(|einde| write_date(einde).into()),
                status,
                ..Self::default()
            },
        }
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        // Texts only: it cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn id(&self, form: AbonnerenForm) -> Result<Option<SubscriptionId>, BadMember> {
        let id = match form {
            AbonnerenForm::Predecessor => &self.id,
            AbonnerenForm::Restful => &self.subscription_id,
        };
        match id {
            None => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|_| BadMember::NoId),
            Some(_) => Err(BadMember::Malformed),
        }
    }

    /// The last day; an empty one counts as absent.
    pub(super) fn einde(&self, form: AbonnerenForm) -> Result<Option<Date>, BadMember> {
        let (einde, read): (_, fn(&str) -> Option<Date>) = match form {
            AbonnerenForm::Predecessor => (&self.end, read_date_time),
            AbonnerenForm::Restful => (&self.end_date, read_date),
        };
        match einde {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => read(text).map(Some).ok_or(BadMember::Malformed),
            Some(_) => Err(BadMember::Malformed),
        }
    }
}
