//! What the programs that compare have in common: the clock, the best of several runs.

use std::hint::black_box;
use std::time::Instant;

use quick_xml::events::Event;
use serde::Serialize;

/// What a variant took.
#[derive(Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "made by the programs that measure")]
pub struct Measured {
    /// The best time.
    pub best_ms: f64,
    /// The time in the middle.
    pub median_ms: f64,
    /// The most heap at a time, beyond the input.
    pub peak_bytes: usize,
}

/// What a piece of work gave, and how many milliseconds it took.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64() * 1e3)
}

/// The best and the median of times in milliseconds.
pub fn best_and_median(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |index: usize| times.get(index).map_or(f64::NAN, |ms| (ms * 1e3).round() / 1e3);
    (at(0), at(times.len() / 2))
}

/// The bare event loop of quick-xml, which checks nothing: what readers of XML are held against.
///
/// # Errors
/// If quick-xml cannot read it.
pub fn bare_events(xml: &str) -> quick_xml::Result<usize> {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut count = 0;
    loop {
        match reader.read_event()? {
            Event::Eof => return Ok(count),
            event => count += black_box(event).len(),
        }
    }
}
