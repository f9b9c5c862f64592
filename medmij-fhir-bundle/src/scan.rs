//! Looking for the end of what stands as it is, eight bytes at a time.

/// How many bytes stand before the next of these, or the next control character.
pub(crate) fn plain<const N: usize>(bytes: &[u8], marks: [u8; N]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_byte = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut length = 0;
    for chunk in bytes.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*chunk);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = marks.iter().fold(control, |found, mark| {
            found | zero_byte(word ^ (ONES * u64::from(*mark)))
        });
        if found != 0 {
            // The lowest that is marked is one; those above it may not be.
            return length + (found.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let rest = bytes.get(length..).unwrap_or_default();
    length
        + rest
            .iter()
            .take_while(|byte| **byte >= 0x20 && !marks.contains(byte))
            .count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain;

    proptest! {
        #[test]
        fn as_one_by_one(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x1C_u8..0x28, Just(0x80)], 0..40)) {
            let one_by_one = bytes.iter().take_while(|byte| **byte >= 0x20 && ![b'"', b'\\'].contains(byte)).count();
            prop_assert_eq!(plain(&bytes, [b'"', b'\\']), one_by_one);
        }
    }
}
