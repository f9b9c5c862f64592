//! Writing lists as the official files are written: XML 1.0 in UTF-8 with a declaration and no byte order mark, the
//! namespace of the list as default, pretty-printed [XML-bestanden lijsten, 1.4].

use crate::envelope::Envelope;

/// Writes one document.
#[derive(Debug)]
pub(crate) struct XmlWriter {
    xml: String,
    depth: usize,
}

impl XmlWriter {
    /// Starts a list: its root element, Tijdstempel and Volgnummer, and the element with its entries.
    pub(crate) fn list(root: &str, envelope: &Envelope, entries: &str) -> Self {
        let mut writer = Self {
            xml: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            depth: 1,
        };
        writer.push(&["<", root, " xmlns=\"", envelope.namespace, "\">\n"]);
        writer.text("Tijdstempel", envelope.tijdstempel.as_str());
        writer.text("Volgnummer", envelope.volgnummer.as_str());
        writer.open(entries);
        writer
    }

    /// Ends a list.
    pub(crate) fn finish(mut self, root: &str, entries: &str) -> String {
        self.close(entries);
        self.push(&["</", root, ">\n"]);
        self.xml
    }

    pub(crate) fn open(&mut self, name: &str) {
        self.indent();
        self.push(&["<", name, ">\n"]);
        self.depth += 1;
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.push(&["</", name, ">\n"]);
    }

    /// An element with elements in it.
    pub(crate) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.open(name);
        content(self);
        self.close(name);
    }

    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.indent();
        self.push(&["<", name, ">"]);
        let mut rest = text;
        // `>` only matters behind `]]`; a carriage return would be read as a line feed.
        while let Some((at, escaped)) = rest.char_indices().find_map(|(at, c)| Some((at, escape(c)?))) {
            let (before, behind) = rest.split_at(at);
            self.push(&[before, escaped]);
            rest = behind.get(1..).unwrap_or_default();
        }
        self.push(&[rest, "</", name, ">\n"]);
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.xml.push_str("   ");
        }
    }

    fn push(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.xml.push_str(piece);
        }
    }
}

const fn escape(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    }
}
