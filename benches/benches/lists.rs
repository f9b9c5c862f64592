//! Reading lists: bytes to a checked, indexed list, against the bare event loop over the same bytes.

#![allow(
    missing_docs,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark; criterion makes undocumented items"
)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use medmij_lists::{Limits, ListKind, ListReader, Whitelist, ZalRelease, Zorgaanbiederslijst};

fn parse(c: &mut Criterion) {
    let mut group = c.benchmark_group("zal");
    group.sample_size(20);
    for zorgaanbieders in [1_000, 10_000] {
        let xml = medmij_benches::zal(ZalRelease::Release2, zorgaanbieders, 1);
        group.throughput(Throughput::Bytes(xml.len() as u64));
        group.bench_with_input(BenchmarkId::new("bare_events", zorgaanbieders), &xml, |b, xml| {
            b.iter(|| medmij_benches::bare_events(xml).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("parse", zorgaanbieders), &xml, |b, xml| {
            b.iter(|| Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default()).unwrap());
        });
        group.bench_with_input(BenchmarkId::new("parse_pieces", zorgaanbieders), &xml, |b, xml| {
            b.iter(|| {
                let mut reader = ListReader::new(ListKind::Zal, Limits::default());
                for piece in xml.as_bytes().chunks(64 << 10) {
                    reader.push(piece).unwrap();
                }
                reader.finish().unwrap()
            });
        });
        let zal3 = medmij_benches::zal(ZalRelease::Release3, zorgaanbieders, 1);
        group.bench_with_input(BenchmarkId::new("parse_release3", zorgaanbieders), &zal3, |b, xml| {
            b.iter(|| Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default()).unwrap());
        });
        let list = Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default())
            .unwrap()
            .list;
        group.bench_with_input(BenchmarkId::new("write", zorgaanbieders), &list, |b, list| {
            b.iter(|| list.to_xml());
        });
    }
    group.finish();
}

fn look_up(c: &mut Criterion) {
    let zorgaanbieders = 10_000;
    let xml = medmij_benches::zal(ZalRelease::Release2, zorgaanbieders, 1);
    let zal = Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let namen: Vec<_> = (0..zorgaanbieders)
        .map(|n| format!("{}@medmij", medmij_benches::naam(n)).parse().unwrap())
        .collect();
    let mut next = (0..namen.len()).map(|n| n * 7_919 % namen.len()).cycle();
    c.bench_function("zal/look_up", |b| {
        b.iter(|| {
            zal.zorgaanbieder(&namen[next.next().unwrap()])
                .unwrap()
                .interfaceversies()
                .len()
        });
    });
}

fn whitelist(c: &mut Criterion) {
    let nodes = 200;
    let whl = Whitelist::parse(medmij_benches::whl(nodes).as_bytes(), &Limits::default())
        .unwrap()
        .list;
    let hosts: Vec<_> = (0..nodes).map(medmij_benches::host).collect();
    let mut next = (0..hosts.len()).map(|n| n * 79 % hosts.len()).cycle();
    c.bench_function("whl/contains", |b| {
        b.iter(|| whl.contains(&hosts[next.next().unwrap()]));
    });
}

criterion_group!(benches, parse, look_up, whitelist);
criterion_main!(benches);
