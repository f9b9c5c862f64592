//! Reading Bundles of some 5 MB: opening, findings, references, the guard; against the bare readers over the same bytes.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark; criterion makes undocumented items"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use medmij_fhir_bundle::{Bundle, FhirVersion, Format, Limits, Matching, RuleSet, references};

fn bare(format: Format, text: &str) -> usize {
    if format == Format::Json {
        return serde_json::from_str::<serde_json::Value>(text)
            .unwrap()
            .as_object()
            .unwrap()
            .len();
    }
    medmij_benches::bare_events(text).unwrap()
}

fn parse(bytes: &[u8]) -> Bundle<'_> {
    Bundle::parse(bytes, FhirVersion::Stu3, &Limits::default()).unwrap()
}

fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("bundle");
    group.sample_size(20);
    for (format, observations) in [(Format::Json, 3_300), (Format::Xml, 3_300)] {
        let text = medmij_benches::bundle(format, observations, 1);
        let open = |text: &str| {
            let bundle = parse(text.as_bytes());
            let lengths = bundle
                .entries()
                .filter_map(|entry| entry.resource())
                .map(|resource| resource.range().len());
            lengths.sum::<usize>()
        };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("bare", format), &text, |b, text| {
            b.iter(|| bare(format, text))
        });
        group.bench_with_input(BenchmarkId::new("open", format), &text, |b, text| b.iter(|| open(text)));
        group.bench_with_input(BenchmarkId::new("findings", format), text.as_bytes(), |b, text| {
            b.iter(|| parse(text).findings(RuleSet::Nictiz));
        });
        group.bench_with_input(BenchmarkId::new("references", format), text.as_bytes(), |b, text| {
            b.iter(|| references(&[parse(text)], Matching::Strict));
        });
        group.bench_with_input(BenchmarkId::new("bsn", format), text.as_bytes(), |b, text| {
            b.iter(|| parse(text).bsn());
        });
    }
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
