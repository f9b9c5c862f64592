//! XML 1.0 and its namespaces, where an XML library may look away.

use medmij_lists::{Limits, List, ListRule};
use proptest::prelude::*;

use crate::document::*;

/// Replaces the first node's host name by whatever.
fn around(host: &str) -> String {
    whl(&node(host))
}

#[test]
fn style_7_1_not_well_formed() {
    let good = around("a.bc");
    let cases = [
        ("empty", String::new()),
        ("blank", " \n ".into()),
        ("no element", "tekst".into()),
        ("comment only", "<!-- c -->".into()),
        ("cut off in a tag", good[..good.len() - 3].into()),
        ("cut off between tags", good.replace("</Whitelist>", "")),
        ("cut off in a comment", good.clone() + "<!-- c"),
        ("cut off in CDATA", good.replace("a.bc", "<![CDATA[a.bc")),
        ("cut off in an instruction", good.clone() + "<?p"),
        ("cut off in an attribute", "<Whitelist xmlns=\"".into()),
        ("two roots", good.clone() + &good),
        ("text behind the root", good.clone() + "x"),
        ("text before the root", format!("x{good}")),
        ("reference behind the root", good.clone() + "&#32;"),
        ("CDATA behind the root", good.clone() + "<![CDATA[ ]]>"),
        ("end tag behind the root", good.clone() + "</Whitelist>"),
        (
            "crossed tags",
            good.replace("</Hostname></MedMijNode>", "</MedMijNode></Hostname>"),
        ),
        ("end tag in another case", good.replace("</Hostname>", "</hostname>")),
        (
            "end tag with a blank before its name",
            good.replace("</Hostname>", "</ Hostname>"),
        ),
        (
            "end tag with an attribute",
            good.replace("</Hostname>", "</Hostname x=\"1\">"),
        ),
        (
            "start tag with a blank before its name",
            good.replace("<Hostname>", "< Hostname>"),
        ),
        ("unknown entity", around("a&nbsp;.bc")),
        ("reference without semicolon", around("a&amp.bc")),
        ("bare ampersand", around("a & b")),
        ("reference to no character", around("a.bc&#0;")),
        ("reference to a forbidden character", around("a.bc&#x1;")),
        ("reference to a surrogate", around("a.bc&#xD800;")),
        ("forbidden character", around("a.bc\u{1}")),
        ("forbidden character in a comment", around("a.bc<!-- \u{FFFF} -->")),
        ("end of CDATA in text", around("a]]>.bc")),
        ("two hyphens in a comment", around("a.bc<!-- -- -->")),
        ("comment that ends in a hyphen", around("a.bc<!-- --->")),
        (
            "instruction named xml",
            good.replace("<MedMijNodes>", "<MedMijNodes><?xml version=\"1.0\"?>"),
        ),
        (
            "instruction named XML",
            good.replace("<MedMijNodes>", "<MedMijNodes><?XmL?>"),
        ),
        (
            "instruction without a name",
            good.replace("<MedMijNodes>", "<MedMijNodes><? p?>"),
        ),
        (
            "declaration not at the start",
            format!(" <?xml version=\"1.0\"?>{good}"),
        ),
        (
            "declaration without version",
            format!("<?xml encoding=\"UTF-8\"?>{good}"),
        ),
        (
            "declaration in the wrong order",
            format!("<?xml version=\"1.0\" standalone=\"yes\" encoding=\"UTF-8\"?>{good}"),
        ),
        (
            "declaration with something else",
            format!("<?xml version=\"1.0\" x=\"1\"?>{good}"),
        ),
        (
            "declaration with a wrong standalone",
            format!("<?xml version=\"1.0\" standalone=\"maybe\"?>{good}"),
        ),
        (
            "declaration with a wrong version",
            format!("<?xml version=\"one\"?>{good}"),
        ),
        (
            "declaration with a wrong encoding name",
            format!("<?xml version=\"1.0\" encoding=\"-\"?>{good}"),
        ),
        (
            "attribute twice",
            good.replace("<Hostname>", "<Hostname x=\"1\" x=\"2\">"),
        ),
        ("attribute without quotes", good.replace("<Hostname>", "<Hostname x=1>")),
        ("attribute without value", good.replace("<Hostname>", "<Hostname x>")),
        (
            "attributes without white space",
            good.replace("<Hostname>", "<Hostname x=\"1\"y=\"2\">"),
        ),
        (
            "attribute with an angle bracket",
            good.replace("<Hostname>", "<Hostname x=\"<\">"),
        ),
        (
            "attribute with an unknown entity",
            good.replace("<Hostname>", "<Hostname x=\"&nbsp;\">"),
        ),
        (
            "attribute with a bare ampersand",
            good.replace("<Hostname>", "<Hostname x=\"&\">"),
        ),
        (
            "attribute with no name",
            good.replace("<Hostname>", "<Hostname =\"1\">"),
        ),
        (
            "attribute with a wrong name",
            good.replace("<Hostname>", "<Hostname 1x=\"1\">"),
        ),
        ("slash in a start tag", good.replace("<Hostname>", "<Hostname / >")),
        (
            "element with a wrong name",
            good.replace("<Hostname>", "<1/><Hostname>"),
        ),
        (
            "element with two colons",
            good.replace("<Hostname>", "<a:b:c/><Hostname>"),
        ),
        (
            "unknown declaration",
            good.replace("<Hostname>", "<!ELEMENT a><Hostname>"),
        ),
    ];
    for (what, xml) in cases {
        let rejected = reject(&xml);
        assert_eq!(rejected.first().rule, ListRule::WellFormed, "{what}: {rejected}");
    }
}

#[test]
fn style_7_1_namespaces() {
    let good = around("a.bc");
    let cases = [
        (
            "undeclared prefix of an element",
            good.replace("<Hostname>", "<q:Hostname/><Hostname>"),
        ),
        (
            "undeclared prefix of an attribute",
            good.replace("<Hostname>", "<Hostname q:x=\"1\">"),
        ),
        (
            "prefix bound to nothing",
            good.replace("<Hostname>", "<Hostname xmlns:q=\"\">"),
        ),
        (
            "prefix xmlns",
            good.replace("<Hostname>", "<Hostname xmlns:xmlns=\"x\">"),
        ),
        (
            "prefix xml bound to another",
            good.replace("<Hostname>", "<Hostname xmlns:xml=\"x\">"),
        ),
        (
            "attribute twice by its namespace",
            good.replace(
                "<Hostname>",
                "<Hostname xmlns:a=\"u\" xmlns:b=\"u\" a:x=\"1\" b:x=\"2\">",
            ),
        ),
        (
            "prefix out of scope",
            good.replace(
                "<Hostname>a.bc</Hostname>",
                "<Hostname xmlns:q=\"u\">a.bc</Hostname><q:x/>",
            ),
        ),
    ];
    for (what, xml) in cases {
        let rejected = reject(&xml);
        assert_eq!(rejected.first().rule, ListRule::Namespace, "{what}: {rejected}");
    }
}

#[test]
fn well_formed_as_ever() {
    let good = around("a.bc");
    let cases = [
        format!(
            "<?xml version='1.0' encoding='utf-8' standalone='no' ?>\n<!-- c --><?p?>\n{good}\n<!-- d --><?q r?>\n"
        ),
        good.replace("</Hostname>", "</Hostname\n >"),
        good.replace("<MedMijNodes>", "<MedMijNodes\t>"),
        good.replace("xmlns=", "xmlns:unused = 'x>y' xmlns\n=\n"),
        good.replace("a.bc", "a.b<!-- - - -->c"),
        whl("").replace("<MedMijNodes></MedMijNodes>", "<MedMijNodes/>"),
        whl("").replace("<MedMijNodes></MedMijNodes>", "<MedMijNodes />"),
    ];
    for xml in cases {
        parse(&xml);
    }
}

#[test]
fn doctype_is_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]>";
    for doctype in [
        "<!DOCTYPE Whitelist>",
        "<!DOCTYPE Whitelist SYSTEM \"file:///etc/passwd\">",
        bomb,
    ] {
        assert_eq!(reject(format!("{doctype}{}", whl(""))).first().rule, ListRule::Doctype);
    }
    assert_eq!(
        reject(format!("<?xml version=\"1.0\"?>\n{bomb}\n{}", whl("")))
            .first()
            .line,
        2
    );
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = List::parse(&bytes, &Limits::default());
    }

    #[test]
    fn no_markup_panics(pieces in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "/", "a", "é", " ", "=", "\"", "'", "&", ";", "#", "x", "1", "!", "--", "[CDATA[", "]]>", "?", "xml",
        "<!--", "-->", "<?", "?>", "<Whitelist xmlns=\"xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/\">",
        "</Whitelist>", "<Tijdstempel>", "</Tijdstempel>", "<MedMijNodes>", "xmlns:", "<!DOCTYPE", "\r\n", "\u{0}",
    ]), 0..40)) {
        let _ = List::parse(pieces.concat().as_bytes(), &Limits::default());
    }
}

/// Whatever one byte is changed into, the answer is a list or findings with a place inside the document.
#[test]
fn a_changed_byte_is_told_in_its_place() {
    let xml = zal2(&zorgaanbieder2("abc@medmij", &dienst("48"))).into_bytes();
    for (at, byte) in (0..xml.len()).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
        let mut bytes = xml.clone();
        bytes[at] = byte;
        let Err(rejected) = List::parse(&bytes, &Limits::default()) else {
            continue;
        };
        for finding in rejected.errors() {
            // The place is where the line and column say it is; a carriage return ends a line, as in XML 1.0 2.11.
            let text = std::str::from_utf8(&bytes[..finding.byte]).unwrap();
            let line = text.rsplit(['\n', '\r']).next().unwrap();
            assert_eq!(finding.column, line.chars().count() + 1, "{byte} at {at}");
            assert!(finding.line >= 1 && finding.column >= 1, "{byte} at {at}");
            assert!(
                !finding.path.is_empty() && !finding.expected.is_empty(),
                "{byte} at {at}"
            );
        }
    }
}
