//! The property of stored states that the fuzz target tries: whatever is read back is refused or is a state, which is written
//! again as one that is read.

use medmij_oauth::persist::{self, Persist};
use medmij_oauth::{dva, dvp};

/// The first byte chooses the state that is read.
pub(crate) fn stored(input: &[u8]) {
    let Some((choice, bytes)) = input.split_first() else {
        return;
    };
    match choice % 9 {
        0 => read::<dvp::Pending>(bytes),
        1 => read::<dvp::Ready>(bytes),
        2 => read::<dvp::HeldToken>(bytes),
        3 => read::<dva::Session>(bytes),
        4 => read::<dva::CodeGrant>(bytes),
        5 => read::<dva::AccessGrant>(bytes),
        6 => read::<dva::RefreshGrant>(bytes),
        7 => read::<dva::Abonnement>(bytes),
        _ => read::<dvp::Abonnement>(bytes),
    }
}

fn read<T: Persist>(bytes: &[u8]) {
    let Ok(state) = persist::read::<T>(bytes) else { return };
    let written = persist::write(&state).unwrap();
    let again: T = persist::read(&written).unwrap();
    assert_eq!(persist::write(&again).unwrap(), written);
}
