//! The limits, each by a rule of its own.

use medmij_lists::{Limits, List, ListKind, ListReader, ListRule, RejectedKind};

use crate::document::*;

fn refused(xml: &str, change: impl FnOnce(&mut Limits)) -> ListRule {
    let mut limits = Limits::default();
    change(&mut limits);
    let rejected = List::parse(xml.as_bytes(), &limits).unwrap_err();
    assert_eq!(rejected.kind(), RejectedKind::Limit, "{rejected}");
    rejected.first().rule
}

#[test]
fn limits_are_held_to_the_unit() {
    const TAG: usize = 72;
    let xml = whl(&node("a.bc"));
    let accepts = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        List::parse(xml.as_bytes(), &limits).is_ok()
    };
    let len = xml.len();
    assert_eq!(refused(&xml, |limits| limits.max_bytes = len - 1), ListRule::LimitBytes);
    assert!(
        List::parse(xml.as_bytes(), &{
            let mut l = Limits::default();
            l.max_bytes = len;
            l
        })
        .is_ok()
    );
    assert_eq!(refused(&xml, |limits| limits.max_depth = 3), ListRule::LimitDepth);
    assert!(accepts(|limits| limits.max_depth = 4));
    assert_eq!(refused(&xml, |limits| limits.max_elements = 5), ListRule::LimitElements);
    assert!(accepts(|limits| limits.max_elements = 6));
    // The longest piece is the start tag of the root.
    assert_eq!(xml.find('>'), Some(TAG + 1));
    assert_eq!(refused(&xml, |limits| limits.max_text = TAG - 1), ListRule::LimitText);
    assert!(accepts(|limits| limits.max_text = TAG));
    assert_eq!(
        refused(&xml, |limits| limits.max_attributes = 0),
        ListRule::LimitAttributes
    );
    assert!(accepts(|limits| limits.max_attributes = 1));
}

#[test]
fn text_in_pieces_is_one_text() {
    let pieces = "<![CDATA[aaaaaaaaaa]]>".repeat(10);
    assert_eq!(
        refused(&whl(&node(&pieces)), |limits| limits.max_text = 99),
        ListRule::LimitText
    );
    let references = "&#97;".repeat(100);
    assert_eq!(
        refused(&whl(&node(&references)), |limits| limits.max_text = 99),
        ListRule::LimitText
    );
    let comment = format!("<!--{}-->", "x".repeat(100_000));
    assert_eq!(refused(&whl(&comment), |_| {}), ListRule::LimitText);
    let blanks = " ".repeat(100_000);
    assert_eq!(refused(&whl(&blanks), |_| {}), ListRule::LimitText);
}

#[test]
fn hostile_documents_end_early() {
    let nested = "<a>".repeat(10_000_000);
    assert_eq!(
        List::parse(nested.as_bytes(), &Limits::default()).unwrap_err().kind(),
        RejectedKind::WrongList
    );
    let nested = whl("").replace("<MedMijNodes>", &("<MedMijNodes>".to_owned() + &nested));
    let rejected = List::parse(nested.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(rejected.first().rule, ListRule::LimitDepth);
    assert!(rejected.first().line == 1 && rejected.first().path.starts_with("/Whitelist/MedMijNodes"));
    let attributes: String = (0..5_000).map(|n| format!(" a{n}=\"\"")).collect();
    let xml = whl("").replace("<MedMijNodes>", &format!("<MedMijNodes{attributes}>"));
    assert_eq!(refused(&xml, |_| {}), ListRule::LimitAttributes);
}

#[test]
fn namespace_declarations_are_bounded() {
    let declare = |from: usize, to: usize| -> String { (from..to).map(|n| format!(" xmlns:p{n}=\"u\"")).collect() };
    let nested = |levels: usize| {
        let open: String = (0..levels)
            .map(|level| format!("<x{}>", declare(level * 30, level * 30 + 30)))
            .collect();
        whl(&(open + &"</x>".repeat(levels)))
    };
    assert_eq!(refused(&nested(3), |_| {}), ListRule::LimitNamespaces);
    assert_eq!(
        List::parse(nested(2).as_bytes(), &Limits::default())
            .unwrap_err()
            .kind(),
        RejectedKind::Invalid
    );
}

#[test]
fn a_value_over_our_own_bound_is_told_as_that() {
    let mut limits = Limits::default();
    limits.max_text = 1 << 20;
    let host = "a".repeat(70_000) + ".nl";
    let rejected = List::parse(whl(&node(&host)).as_bytes(), &limits).unwrap_err();
    assert_eq!(rejected.first().rule, ListRule::LimitText);
}

#[test]
fn a_root_that_comes_late_is_read_by_who_knows_the_list() {
    let comments = format!("<!--{}-->", "c".repeat(60_000));
    let near = comments.repeat(4) + &whl(&node("a.bc"));
    assert!(read(near.as_bytes(), &Limits::default()).is_ok());
    let far = comments.repeat(5) + &whl(&node("a.bc"));
    assert_eq!(refused(&far, |_| {}), ListRule::LimitText);
    assert!(List::parse_as(ListKind::Whl, far.as_bytes(), &Limits::default()).is_ok());
    let mut reader = ListReader::detecting(Limits::default());
    let pushed = far.as_bytes().chunks(1_000).try_for_each(|piece| reader.push(piece));
    assert_eq!(pushed.unwrap_err().first().rule, ListRule::LimitText);
}
