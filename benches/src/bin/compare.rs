//! wip
use medmij_lists::{Limits, Zorgaanbiederslijst};
use quick_xml::events::Event;
use std::hint::black_box;
use std::time::Instant;
fn bare_events(xml: &str) -> usize {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut count = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return count,
            event => count += black_box(event).len(),
        }
    }
}
fn main() {
    let n: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let xml = medmij_benches::zal(n, 1);
    println!("{} bytes", xml.len());
    let (mut a, mut b) = (vec![], vec![]);
    for _ in 0..9 {
        let t = Instant::now();
        bare_events(&xml);
        a.push(t.elapsed().as_secs_f64());
        let t = Instant::now();
        let z = Zorgaanbiederslijst::parse(xml.as_bytes(), &Limits::default()).unwrap();
        b.push(t.elapsed().as_secs_f64());
        drop(z);
    }
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    println!(
        "bare best {:.2} median {:.2}  ours best {:.2} median {:.2} ratio best {:.2} median {:.2}",
        a[0] * 1e3,
        a[4] * 1e3,
        b[0] * 1e3,
        b[4] * 1e3,
        b[0] / a[0],
        b[4] / a[4]
    );
}
