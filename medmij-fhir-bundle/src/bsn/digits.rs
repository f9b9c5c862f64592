//! Digits that are like those of a BSN, in a text.

/// Whether a text holds a run of so many digits that passes the 11-proef, nine with the zeros that are lost. Dots and spaces
/// between digits belong to the run; a run beside a letter, a digit of another script or a hyphen is part of something else.
pub(super) fn like_bsn(text: &str, count: usize) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    while at < bytes.len() {
        if !is_digit(at) {
            at += 1;
            continue;
        }
        let start = at;
        let mut digits = [0_u8; 9];
        let mut found = 0;
        while is_digit(at) {
            if let (Some(slot), Some(byte)) = (digits.get_mut(found), bytes.get(at)) {
                *slot = *byte;
            }
            found += 1;
            at += 1;
            if matches!(bytes.get(at), Some(b'.' | b' ')) && is_digit(at + 1) {
                at += 1;
            }
        }
        if found == count && stands_alone(text, start, at) && passes(digits.get(..count).unwrap_or_default()) {
            return true;
        }
    }
    false
}

/// Whether no letter, digit or hyphen stands beside it.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    let behind = text.get(end..).and_then(|behind| behind.chars().next());
    !before.is_some_and(is_part) && !behind.is_some_and(is_part)
}

fn passes(digits: &[u8]) -> bool {
    let mut padded = [b'0'; 9];
    let Some(slots) = padded
        .len()
        .checked_sub(digits.len())
        .and_then(|at| padded.get_mut(at..))
    else {
        return false;
    };
    slots.copy_from_slice(digits);
    std::str::from_utf8(&padded).is_ok_and(super::is_bsn)
}
