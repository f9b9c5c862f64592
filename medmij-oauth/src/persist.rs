//! States that wait in a store, as bytes (feature `persist`).
//!
//! What is written tells which state it is and in which version of this crate's forms: one that is older, foreign or
//! damaged is refused when it is read, and whoever reads it goes on as if it were not there.
//!
//! # Security
//! What this writes holds codes, tokens and BSNs. Seal it with a key of the deployment before it reaches a disk or a
//! database.
//!
//! ```
//! use medmij_oauth::dvp::Pending;
//! use medmij_oauth::persist::{self, PersistError};
//!
//! let damaged = br#"{"form":"Pending","version":0,"state":{}}"#;
//! assert!(matches!(persist::read::<Pending>(damaged), Err(PersistError::Version(0))));
//! ```

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{dva, dvp};

/// The most bytes of a state that are read: a run that shares three documents of twenty million bytes fits.
pub const MAX_LEN: usize = 256 << 20;

/// A state that can wait in a store.
pub trait Persist: Serialize + DeserializeOwned + sealed::Sealed {
    /// The name of its form.
    const FORM: &'static str;
    /// The version of its form, raised whenever it changes: what was written before is then refused. States that live for
    /// months, an Abonnement and a refresh token's grant, are not changed lightly.
    const VERSION: u32;
}

mod sealed {
    #[expect(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {}
}

macro_rules! persist {
    ($($state:ty = $form:literal $version:literal;)+) => {
        $(
            impl sealed::Sealed for $state {}
            impl Persist for $state {
                const FORM: &'static str = $form;
                const VERSION: u32 = $version;
            }
        )+
    };
}

persist! {
    dvp::Pending = "Pending" 3;
    dvp::Ready = "Ready" 4;
    dvp::HeldToken = "HeldToken" 2;
    dvp::Abonnement = "DvpAbonnement" 2;
    dva::Session = "Session" 3;
    dva::CodeGrant = "CodeGrant" 1;
    dva::AccessGrant = "AccessGrant" 1;
    dva::RefreshGrant = "RefreshGrant" 1;
    dva::Abonnement = "Abonnement" 1;
}

#[derive(Serialize)]
struct Written<'a, T> {
    form: &'a str,
    version: u32,
    state: &'a T,
}

#[derive(Deserialize)]
struct Label {
    form: String,
    version: u32,
}

#[derive(Deserialize)]
struct State<T> {
    state: T,
}

/// Writes a state.
///
/// # Errors
/// If it cannot be written; none of the states here is such.
pub fn write<T: Persist>(state: &T) -> Result<Vec<u8>, PersistError> {
    let written = Written {
        form: T::FORM,
        version: T::VERSION,
        state,
    };
    serde_json::to_vec(&written).map_err(|_| PersistError::Damaged)
}

/// Reads a state back, every value in it checked as ever.
///
/// # Errors
/// If it is too long, another state, of another version, or damaged. What it holds is not told: it may be a secret.
pub fn read<T: Persist>(bytes: &[u8]) -> Result<T, PersistError> {
    if bytes.len() > MAX_LEN {
        return Err(PersistError::TooLong);
    }
    let label: Label = serde_json::from_slice(bytes).map_err(|_| PersistError::Damaged)?;
    if label.form != T::FORM {
        return Err(PersistError::Form);
    }
    if label.version != T::VERSION {
        return Err(PersistError::Version(label.version));
    }
    let State { state } = serde_json::from_slice(bytes).map_err(|_| PersistError::Damaged)?;
    Ok(state)
}

/// A stored state that is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PersistError {
    /// It is longer than [`MAX_LEN`].
    #[error("the stored state is too long")]
    TooLong,
    /// It is another state.
    #[error("this is another state than the one that is read")]
    Form,
    /// It was written in another version of the forms.
    #[error("the stored state is of version {0}")]
    Version(u32),
    /// It is no state, or a value in it is not right.
    #[error("the stored state is damaged")]
    Damaged,
}
