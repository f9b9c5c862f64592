//! Reading Bundles, against what others do over the same bytes: one JSON line per Bundle.
//!
//! `cargo run --release -p medmij-benches --bin bundles -- [FILE...]`
//!
//! Without files two of 5 MB are made, in JSON and XML, and before them one to share, with three attachments of 20 MB. All is measured in one process, after a warm-up, the variants in turn:
//! `open` is bytes to a view whose entries were listed; `findings` all rules with the references resolved; `references` those
//! of the entries, with their paths; `bsn` the guard; `envelope` the three digests of the whole and of each entry. `base` is what they are held against: `serde_json` to a `Value`, or the bare event loop of
//! quick-xml. `peak_bytes` is the heap beyond the input, `ratio` best against best.

use std::any::Any;
use std::fs;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use medmij_benches::{Measured, bare_events, best_and_median, timed};
use medmij_core::SystemRandom;
use medmij_fhir_bundle::{
    BinaryContent, Bundle, Envelope, FhirVersion, Format, Limits, Matching, Origin, Received, RuleSet, Share,
    SharePolicy, ShareType, references,
};
use peak_alloc::PeakAlloc;
use serde_json::{Map, Value, json};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Compares readers of Bundles.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often each variant is run; once more before, to warm up.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match all(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            medmij_benches::complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

fn all(arguments: &Arguments) -> anyhow::Result<()> {
    let mut bundles = Vec::new();
    for file in &arguments.files {
        let name = file.display().to_string();
        bundles.push((name.clone(), fs::read(file).with_context(|| name)?));
    }
    if bundles.is_empty() {
        writeln!(std::io::stdout(), "{}", share()?)?;
        for (format, observations) in [(Format::Json, 3_300), (Format::Xml, 3_300)] {
            let text = medmij_benches::bundle(format, observations, 1);
            bundles.push((format!("made: {format}"), text.into_bytes()));
        }
    }
    for (name, bytes) in bundles {
        let line = compare(&name, &bytes, arguments.runs).with_context(|| name)?;
        writeln!(std::io::stdout(), "{line}")?;
    }
    Ok(())
}

/// Three attachments of 20 MB, read piece by piece, in a Bundle: its length, and the most heap that making it took.
fn share() -> anyhow::Result<Value> {
    const LENGTH: u64 = 20_000_000;
    drop(black_box(vec![0_u8; 1 << 20]));
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let (made, took) = timed(|| -> anyhow::Result<_> {
        let mut share = Share::new(
            ShareType::Transaction,
            FhirVersion::Stu3,
            Format::Json,
            SharePolicy::default(),
        );
        for _ in 0..3 {
            let attachment = BinaryContent::new("application/pdf", LENGTH, std::io::repeat(7).take(LENGTH));
            let _ = share.binary(attachment, &mut SystemRandom)?;
        }
        Ok(share.into_bytes()?)
    });
    let peak = HEAP.peak_usage().saturating_sub(before);
    let (sent, bytes) = made?;
    let report = Bundle::parse(&bytes, FhirVersion::Stu3, &Limits::default())?.bsn();
    anyhow::ensure!(report.unread == 3, "three attachments");
    #[expect(clippy::cast_precision_loss, reason = "no Bundle here is near 2^52 bytes")]
    let ratio = peak as f64 / sent.length() as f64;
    Ok(
        json!({"share": "3 x 20,000,000 bytes", "bytes": sent.length(), "ms": took, "peak_bytes": peak, "heap_ratio": ratio}),
    )
}

fn open(bytes: &[u8]) -> anyhow::Result<Bundle<'_>> {
    Ok(Bundle::parse(bytes, FhirVersion::Stu3, &Limits::default())?)
}

/// A way to read a Bundle; it gives something that depends on all of it.
type Variant = (&'static str, fn(&[u8]) -> anyhow::Result<Box<dyn Any>>);

const VARIANTS: [Variant; 6] = [
    ("base", base),
    ("open", |bytes| {
        let bundle = open(bytes)?;
        let listed = bundle
            .entries()
            .filter_map(|entry| Some(entry.full_url()?.len() + entry.resource()?.range().len()));
        Ok(Box::new((listed.sum::<usize>(), bundle.entries().len())))
    }),
    ("findings", |bytes| {
        Ok(Box::new(open(bytes)?.findings(RuleSet::Nictiz).len()))
    }),
    ("references", |bytes| {
        Ok(Box::new(references(&[open(bytes)?], Matching::Strict)))
    }),
    ("bsn", |bytes| Ok(Box::new(open(bytes)?.bsn().verdict()))),
    ("envelope", |bytes| {
        Ok(Box::new(Envelope::new(
            received()?,
            bytes,
            FhirVersion::Stu3,
            &Limits::default(),
        )))
    }),
];

fn received() -> anyhow::Result<Received> {
    Ok(Received {
        origin: Origin {
            aanbieder: "ziekenhuisvoorbeeld@medmij".parse()?,
            gegevensdienst: "48".parse()?,
            gegevensdienstnaam: None,
        },
        request: "https://rs.dva.nl/fhir/Observation".parse()?,
        request_id: "9e1b4e1c-2f7a-4d0e-8a5b-3c6d7e8f9a0b".parse()?,
        at: time::UtcDateTime::UNIX_EPOCH,
        content_type: None,
        page: 0,
    })
}

fn base(bytes: &[u8]) -> anyhow::Result<Box<dyn Any>> {
    if Format::of(bytes) == Format::Json {
        return Ok(Box::new(serde_json::from_slice::<Value>(bytes)?));
    }
    Ok(Box::new(bare_events(std::str::from_utf8(bytes)?)?))
}

fn compare(name: &str, bytes: &[u8], runs: u32) -> anyhow::Result<Value> {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); VARIANTS.len()];
    let mut peaks = [0; VARIANTS.len()];
    for run in 0..=runs {
        for ((_, variant), (times, peak)) in VARIANTS.iter().zip(times.iter_mut().zip(&mut peaks)) {
            // What the variant before gave back is put in order here, and not in the time of this one.
            drop(black_box(vec![0_u8; 1 << 20]));
            let before = HEAP.current_usage();
            HEAP.reset_peak_usage();
            let (read, took) = timed(|| variant(bytes));
            *peak = HEAP.peak_usage().saturating_sub(before);
            drop(black_box(read?));
            // The first run warms up.
            if run > 0 {
                times.push(took);
            }
        }
    }
    let mut line = Map::new();
    line.insert("bundle".to_owned(), json!(name));
    line.insert("bytes".to_owned(), json!(bytes.len()));
    line.insert("entries".to_owned(), json!(open(bytes)?.entries().len()));
    line.insert("runs".to_owned(), json!(runs));
    let mut base = f64::NAN;
    for ((name, _), (times, peak_bytes)) in VARIANTS.iter().zip(times.iter_mut().zip(peaks)) {
        let (best_ms, median_ms) = best_and_median(times);
        let measured = Measured {
            best_ms,
            median_ms,
            peak_bytes,
        };
        if *name == "base" {
            base = best_ms;
        }
        let hundredth = |ratio: f64| (ratio * 100.0).round() / 100.0;
        let mut measured = json!(measured);
        set(&mut measured, "ratio", json!(hundredth(best_ms / base)));
        #[expect(clippy::cast_precision_loss, reason = "no Bundle here is near 2^52 bytes")]
        let heap = peak_bytes as f64 / bytes.len() as f64;
        set(&mut measured, "heap_ratio", json!(hundredth(heap)));
        line.insert((*name).to_owned(), measured);
    }
    Ok(Value::Object(line))
}

fn set(measured: &mut Value, name: &str, value: Value) {
    if let Some(measured) = measured.as_object_mut() {
        measured.insert(name.to_owned(), value);
    }
}
