//! Who decides what happens next.

/// Chooses one of several.
pub(crate) trait Chooser {
    /// One of so many weighted things; the first is the one that goes on.
    fn pick(&mut self, weights: &[u32]) -> usize;
}

/// At random, by a seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Chooser for Random {
    fn pick(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut left = self.next() % total.max(1);
        for (index, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return index;
            }
            left -= u64::from(*weight);
        }
        0
    }
}

/// Every sequence of choices up to a depth, one after another; behind it the first of each.
pub(crate) struct Walk {
    depth: usize,
    choices: Vec<(usize, usize)>,
    at: usize,
    started: bool,
    walking: bool,
}

impl Walk {
    pub(crate) fn new(depth: usize) -> Self {
        Self {
            depth,
            choices: Vec::new(),
            at: 0,
            started: false,
            walking: false,
        }
    }

    /// Goes to the next sequence, if there is one.
    pub(crate) fn next_run(&mut self) -> bool {
        self.at = 0;
        self.walking = false;
        if !self.started {
            self.started = true;
            return true;
        }
        while let Some((choice, of)) = self.choices.pop() {
            if choice + 1 < of {
                self.choices.push((choice + 1, of));
                return true;
            }
        }
        false
    }

    /// From here on choices are part of the sequence.
    pub(crate) fn begin(&mut self) {
        self.walking = true;
    }
}

impl Chooser for Walk {
    fn pick(&mut self, weights: &[u32]) -> usize {
        if !self.walking || self.at >= self.depth || weights.len() < 2 {
            return 0;
        }
        if self.at == self.choices.len() {
            self.choices.push((0, weights.len()));
        }
        let (choice, of) = self.choices[self.at];
        assert_eq!(of, weights.len(), "a run is the same each time");
        self.at += 1;
        choice
    }
}
