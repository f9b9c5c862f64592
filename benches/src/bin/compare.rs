//! Reading lists, against what others do over the same bytes: one JSON line per file.
//!
//! `cargo run --release -p medmij-benches --bin compare -- --xsd ZAL.xsd zal-10000.xml`
//!
//! All is measured in one process, after a warm-up, the variants in turn: `medmij` is bytes to checked, indexed list;
//! `medmij_pieces` the same in pieces of 64 KiB; `quick_xml` the bare event loop; `quick_xml_ns` with namespaces resolved;
//! `quick_xml_serde` a derive into owned structs, unchecked. `peak_bytes` is the heap beyond the input. `xmllint` (the
//! program, so with its start and the reading of the file) and `lxml` (in one Python, schema compiled before) are run where
//! they are and `--xsd` is given; `null` otherwise.

use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, ensure};
use clap::Parser;
use medmij_benches::{Measured, Seeded, bare_events, best_and_median, timed};
use medmij_core::{Aanbiedernaam, Hostname};
use medmij_lists::{Limits, List, ListKind, ListReader, Whitelist};
use peak_alloc::PeakAlloc;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::{Value, json};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Compares readers of lists.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often each variant is run; once more before, to warm up.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How often xmllint and lxml are run.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    external_runs: u32,
    /// The schema of the lists, for xmllint and lxml.
    #[arg(long)]
    xsd: Option<PathBuf>,
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    for file in &arguments.files {
        let line = compare(file, &arguments).and_then(|line| Ok(writeln!(std::io::stdout(), "{line}")?));
        if let Err(error) = line {
            medmij_benches::complain(&format!("{}: {error:#}", file.display()));
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// A way to read a document; it gives something that depends on all of it.
type Variant = (&'static str, fn(&str) -> anyhow::Result<Box<dyn std::any::Any>>);

fn compare(file: &Path, arguments: &Arguments) -> anyhow::Result<Value> {
    let xml = fs::read_to_string(file)?;
    let kind = ListKind::detect(xml.as_bytes()).context("no list")?;
    let list = List::parse(xml.as_bytes(), &Limits::default())?.list;
    let mut variants: Vec<Variant> = vec![
        ("medmij", |xml| {
            Ok(Box::new(List::parse(xml.as_bytes(), &Limits::default())?))
        }),
        ("medmij_pieces", |xml| {
            let kind = ListKind::detect(xml.as_bytes()).context("no list")?;
            let mut reader = ListReader::new(kind, Limits::default());
            for piece in xml.as_bytes().chunks(64 << 10) {
                reader.push(piece)?;
            }
            Ok(Box::new(reader.finish()?))
        }),
        ("quick_xml", |xml| Ok(Box::new(bare_events(xml)?))),
        ("quick_xml_ns", resolved_events),
    ];
    if kind == ListKind::Zal {
        variants.push(("quick_xml_serde", derived));
    }
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); variants.len()];
    let mut peaks = vec![0; variants.len()];
    for run in 0..=arguments.runs {
        for ((_, variant), (times, peak)) in variants.iter().zip(times.iter_mut().zip(&mut peaks)) {
            let before = HEAP.current_usage();
            HEAP.reset_peak_usage();
            let (read, took) = timed(|| variant(&xml));
            *peak = HEAP.peak_usage().saturating_sub(before);
            drop(black_box(read?));
            // The first run warms up.
            if run > 0 {
                times.push(took);
            }
        }
    }
    let mut line = json!({
        "file": file.display().to_string(),
        "bytes": xml.len(),
        "entries": list.entries(),
        "runs": arguments.runs,
        "quick_xml_serde": Value::Null,
    });
    for ((name, _), (times, peak_bytes)) in variants.iter().zip(times.iter_mut().zip(peaks)) {
        let (best_ms, median_ms) = best_and_median(times);
        set(
            &mut line,
            name,
            json!(Measured {
                best_ms,
                median_ms,
                peak_bytes
            }),
        );
    }
    set(&mut line, "xmllint", xmllint(file, arguments)?);
    set(&mut line, "lxml", lxml(file, arguments)?);
    set(&mut line, "lookup_ns", json!(look_up(&list)));
    set(&mut line, "whitelist_ns", json!(whitelist()?));
    Ok(line)
}

fn set(line: &mut Value, name: &str, value: Value) {
    if let Some(line) = line.as_object_mut() {
        line.insert(name.to_owned(), value);
    }
}

fn resolved_events(xml: &str) -> anyhow::Result<Box<dyn std::any::Any>> {
    let mut reader = quick_xml::NsReader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut count = 0;
    loop {
        match reader.read_resolved_event()? {
            (_, Event::Eof) => return Ok(Box::new(count)),
            (namespace, event) => {
                black_box(namespace);
                count += black_box(event).len();
            }
        }
    }
}

fn derived(xml: &str) -> anyhow::Result<Box<dyn std::any::Any>> {
    let list: owned::Zorgaanbiederslijst = quick_xml::de::from_str(xml)?;
    Ok(Box::new(list))
}

/// The mean time to find a Zorgaanbieder, over all names in random order.
fn look_up(list: &List) -> Option<f64> {
    let List::Zal(zal) = list else { return None };
    let mut namen: Vec<Aanbiedernaam> = zal.iter().filter_map(|it| it.naam().usable()).collect();
    shuffle(&mut namen);
    // Made anew in this order, so that the asking itself goes through memory straight.
    let namen: Vec<Aanbiedernaam> = namen.iter().filter_map(|naam| naam.as_str().parse().ok()).collect();
    mean_ns(namen.len(), || {
        namen
            .iter()
            .filter(|naam| zal.zorgaanbieder(black_box(naam)).is_some())
            .count()
    })
}

/// The mean time to find a Node on a Whitelist of 200.
fn whitelist() -> anyhow::Result<Option<f64>> {
    const NODES: u64 = 200;
    let whl = Whitelist::parse(medmij_benches::whl(NODES).as_bytes(), &Limits::default())?.list;
    let mut hosts: Vec<Hostname> = (0..NODES).map(medmij_benches::host).collect();
    shuffle(&mut hosts);
    Ok(mean_ns(hosts.len(), || {
        hosts.iter().filter(|host| whl.contains(black_box(host))).count()
    }))
}

fn shuffle<T>(items: &mut [T]) {
    let mut random = Seeded::new(7);
    for last in (1..items.len()).rev() {
        let other = random.below(last as u64 + 1);
        items.swap(last, usize::try_from(other).unwrap_or(last));
    }
}

/// The best mean of several rounds, each of which does `count` things and says how many it did.
fn mean_ns(count: usize, round: impl Fn() -> usize) -> Option<f64> {
    let rounds = (1_000_000 / count.max(1)).clamp(5, 5_000);
    let times = (0..rounds).map(|_| {
        let (done, took) = timed(&round);
        (done == count).then_some(took)
    });
    let best = times.collect::<Option<Vec<_>>>()?.into_iter().min_by(f64::total_cmp)?;
    #[expect(clippy::cast_precision_loss, reason = "no count here is near 2^52")]
    let mean = best * 1e6 / count as f64;
    Some((mean * 10.0).round() / 10.0)
}

fn xmllint(file: &Path, arguments: &Arguments) -> anyhow::Result<Value> {
    let Some(xsd) = &arguments.xsd else {
        return Ok(Value::Null);
    };
    let command = || {
        let mut command = Command::new("xmllint");
        command.args(["--noout", "--huge", "--schema"]).arg(xsd).arg(file);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut times = Vec::new();
    for _ in 0..arguments.external_runs {
        let (status, took) = timed(|| command().status());
        match status {
            Err(_) => return Ok(Value::Null),
            Ok(status) => ensure!(status.success(), "xmllint: {status}"),
        }
        times.push(took);
    }
    let (best_ms, median_ms) = best_and_median(&mut times);
    Ok(json!({"best_ms": best_ms, "median_ms": median_ms, "runs": arguments.external_runs}))
}

/// What is done with lxml: the document as a tree, held to the schema, and put into a dictionary.
const LXML: &str = r#"
import json, resource, sys, time
try:
    from lxml import etree
except ImportError:
    sys.exit(77)
schema = etree.XMLSchema(etree.parse(sys.argv[1]))
times = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    tree = etree.parse(sys.argv[2], etree.XMLParser(huge_tree=True))
    schema.assertValid(tree)
    found = {}
    for entry in tree.getroot()[2]:
        found[entry[0].text] = [[leaf.text for leaf in dienst.iter() if not len(leaf)] for dienst in entry[-1]]
    times.append((time.perf_counter() - start) * 1000)
times.sort()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"best_ms": round(times[0], 3), "median_ms": round(times[len(times) // 2], 3), "peak_rss_bytes": peak, "runs": len(times)}))
"#;

fn lxml(file: &Path, arguments: &Arguments) -> anyhow::Result<Value> {
    let Some(xsd) = &arguments.xsd else {
        return Ok(Value::Null);
    };
    let runs = arguments.external_runs.to_string();
    let output = Command::new("python3")
        .args(["-c", LXML])
        .args([xsd.as_os_str(), file.as_os_str(), runs.as_ref()])
        .stderr(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => Ok(serde_json::from_slice(&output.stdout)?),
        Ok(output) if output.status.code() != Some(77) => anyhow::bail!("lxml: {}", output.status),
        _ => Ok(Value::Null),
    }
}

/// The list as a derive makes it: owned strings, no checks.
mod owned {
    #![allow(
        dead_code,
        non_snake_case,
        reason = "the names are those of the elements, the values are only made"
    )]

    use super::Deserialize;

    #[derive(Debug, Deserialize)]
    pub(super) struct Zorgaanbiederslijst {
        Tijdstempel: String,
        Volgnummer: String,
        Zorgaanbieders: Zorgaanbieders,
    }

    #[derive(Debug, Deserialize)]
    struct Zorgaanbieders {
        #[serde(default)]
        Zorgaanbieder: Vec<Zorgaanbieder>,
    }

    #[derive(Debug, Deserialize)]
    struct Zorgaanbieder {
        Zorgaanbiedernaam: String,
        Aanbiedertype: Option<String>,
        Interfaceversies: Option<Interfaceversies>,
        Gegevensdiensten: Option<Gegevensdiensten>,
    }

    #[derive(Debug, Deserialize)]
    struct Interfaceversies {
        Interfaceversie: Vec<Interfaceversie>,
    }

    #[derive(Debug, Deserialize)]
    struct Interfaceversie {
        InterfaceversieId: String,
        Gegevensdiensten: Gegevensdiensten,
    }

    #[derive(Debug, Deserialize)]
    struct Gegevensdiensten {
        Gegevensdienst: Vec<Gegevensdienst>,
    }

    #[derive(Debug, Deserialize)]
    struct Gegevensdienst {
        GegevensdienstId: String,
        AuthorizationEndpoint: AuthorizationEndpoint,
        TokenEndpoint: TokenEndpoint,
        Systeemrollen: Systeemrollen,
    }

    #[derive(Debug, Deserialize)]
    struct AuthorizationEndpoint {
        AuthorizationEndpointuri: String,
    }

    #[derive(Debug, Deserialize)]
    struct TokenEndpoint {
        TokenEndpointuri: String,
    }

    #[derive(Debug, Deserialize)]
    struct Systeemrollen {
        Systeemrol: Vec<Systeemrol>,
    }

    #[derive(Debug, Deserialize)]
    struct Systeemrol {
        Systeemrolcode: String,
        ResourceEndpoint: ResourceEndpoint,
    }

    #[derive(Debug, Deserialize)]
    struct ResourceEndpoint {
        ResourceEndpointuri: String,
    }
}
