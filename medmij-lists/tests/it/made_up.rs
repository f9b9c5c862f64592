//! Documents that are made up: right ones, written in the many ways of XML, and most of them spoiled.

use medmij_lists::ListKind;

/// A document as a tree, so that it can be spoiled in its structure and written in many ways.
#[derive(Clone, Debug)]
struct Node {
    name: String,
    attributes: Vec<String>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Text(String),
    Nodes(Vec<Node>),
}

fn leaf(name: &str, text: impl Into<String>) -> Node {
    Node {
        name: name.to_owned(),
        attributes: Vec::new(),
        content: Content::Text(text.into()),
    }
}

fn parent(name: &str, nodes: Vec<Node>) -> Node {
    Node {
        name: name.to_owned(),
        attributes: Vec::new(),
        content: Content::Nodes(nodes),
    }
}

/// Makes documents: the same for the same seed.
pub(crate) struct Maker(u64);

impl Maker {
    pub(crate) fn new(seed: u64) -> Self {
        Self((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    pub(crate) fn document(&mut self, kind: ListKind, namespace: &str) -> Vec<u8> {
        let mut root = self.list(kind);
        let changes = [0, 0, 1, 1, 1, 2, 3][self.below(7)];
        for _ in 0..changes {
            self.spoil(&mut root);
        }
        let prefix = if self.below(5) == 0 { "l:" } else { "" };
        let colon = if prefix.is_empty() { "" } else { ":l" };
        let mut declarations = vec![format!("xmlns{colon}=\"{namespace}\"")];
        if self.below(12) == 0 {
            declarations = vec![match self.below(4) {
                0 => format!("xmlns{colon}=\"{}\"", namespace.trim_end_matches('/')),
                1 => "xmlns=\"\"".to_owned(),
                2 => format!("xmlns=\"{namespace}\" xmlns:l=\"{namespace}\""),
                _ => format!("xmlns:m=\"{namespace}\""),
            }];
        }
        declarations.push("xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"".to_owned());
        root.attributes.extend(declarations);
        let mut xml = match self.below(8) {
            0 => "<?xml version='1.0'?>".to_owned(),
            1 => "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\" ?>\r\n".to_owned(),
            2 => "<!-- a -->\n".to_owned(),
            3 => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?pi data?>".to_owned(),
            4 => self
                .pick(&[
                    "",
                    "<?xml version=\"1.1\"?>",
                    "<?xml encoding=\"UTF-8\"?>",
                    " ",
                    "<?xml version=\"1.0\" standalone=\"maybe\"?>",
                    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
                    "<!DOCTYPE x>",
                    "\u{FEFF}",
                    "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
                ])
                .to_owned(),
            _ => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        };
        let (line, pad) = [("\n", "  "), ("\r\n", "\t"), ("", ""), ("\n", "")][self.below(4)];
        self.write(&root, prefix, line, pad, 0, &mut xml);
        xml.push_str(self.pick(&["", "\n", "<!-- end -->", "\n<?p?>\n", ""]));
        if self.below(14) == 0 {
            self.spoil_markup(&mut xml);
        }
        if self.below(16) == 0 {
            let bytes = xml.replace("UTF-8", "UTF-16").replace("utf-8", "UTF-16");
            return std::iter::once(0xFEFF)
                .chain(bytes.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect();
        }
        xml.into_bytes()
    }

    fn list(&mut self, kind: ListKind) -> Node {
        let head = vec![
            leaf("Tijdstempel", "2026-11-01T08:00:00Z"),
            leaf("Volgnummer", self.pick(&["1", "4711"])),
        ];
        let entries = self.below(4);
        let (root, container, entries): (_, _, Vec<Node>) = match kind {
            ListKind::Zal => {
                let entries = (0..entries).map(|n| self.zorgaanbieder(n));
                ("Zorgaanbiederslijst", "Zorgaanbieders", entries.collect())
            }
            ListKind::Ocl => {
                let entries = (0..entries).map(|n| {
                    let naam = leaf("OAuthclientOrganisatienaam", "De Enige & Echte PGO");
                    parent(
                        "OAuthclient",
                        vec![leaf("Hostname", format!("pgo{n}.example.nl")), naam],
                    )
                });
                ("OAuthclientlist", "OAuthclients", entries.collect())
            }
            ListKind::Gnl => {
                let entries = (0..entries).map(|n| {
                    let naam = leaf("Weergavenaam", "Basisgegevens Zorg é");
                    parent("Gegevensdienst", vec![leaf("GegevensdienstId", format!("{n}")), naam])
                });
                ("Gegevensdienstnamenlijst", "Gegevensdiensten", entries.collect())
            }
            _ => {
                let node = |n| parent("MedMijNode", vec![leaf("Hostname", format!("node{n}.example.nl"))]);
                ("Whitelist", "MedMijNodes", (0..entries).map(node).collect())
            }
        };
        let mut nodes = head;
        nodes.push(parent(container, entries));
        parent(root, nodes)
    }

    fn zorgaanbieder(&mut self, number: usize) -> Node {
        let endpoint = |name: &str, uri: &str| parent(name, vec![leaf(&format!("{name}uri"), uri)]);
        let diensten = (0..=self.below(2)).map(|id| {
            let rollen = (0..=id).map(|rol| {
                let resource = endpoint("ResourceEndpoint", "https://rs.dva.nl:8443/fhir");
                parent(
                    "Systeemrol",
                    vec![leaf("Systeemrolcode", format!("MM-{rol}")), resource],
                )
            });
            parent(
                "Gegevensdienst",
                vec![
                    leaf("GegevensdienstId", format!("{id}")),
                    endpoint("AuthorizationEndpoint", "https://as.dva.nl/auth"),
                    endpoint("TokenEndpoint", "https://ts.dva.nl/token"),
                    parent("Systeemrollen", rollen.collect()),
                ],
            )
        });
        let diensten = diensten.collect();
        let naam = format!("aanbieder{}@medmij", ["a", "b", "c"][number]);
        parent(
            "Zorgaanbieder",
            vec![leaf("Zorgaanbiedernaam", naam), parent("Gegevensdiensten", diensten)],
        )
    }

    /// Makes one change somewhere in the tree; it may leave the document right.
    fn spoil(&mut self, node: &mut Node) {
        let deeper = self.below(6) > 0;
        match &mut node.content {
            Content::Nodes(nodes) if deeper && !nodes.is_empty() => {
                let down = self.below(nodes.len());
                self.spoil(&mut nodes[down]);
            }
            _ => self.spoil_here(node),
        }
    }

    fn spoil_here(&mut self, node: &mut Node) {
        let choice = self.below(12);
        if choice == 0 {
            return self.spoil_attributes(node);
        }
        if choice == 1 {
            let other = self.pick(&[
                "Hostname",
                "hostname",
                "x",
                "Gegevensdienst",
                "l:Hostname",
                "q:x",
                "Volgnummer",
            ]);
            return other.clone_into(&mut node.name);
        }
        node.content = match std::mem::replace(&mut node.content, Content::Nodes(Vec::new())) {
            Content::Text(_) if choice == 2 => Content::Nodes(vec![leaf("x", "y")]),
            Content::Text(text) => Content::Text(self.value(&text)),
            Content::Nodes(nodes) if nodes.is_empty() => {
                let text = self.pick(&["x", "\u{A0}", "<![CDATA[ ]]>", "&#32;", "<!-- c -->", " \n\t "]);
                Content::Text(format!("\u{0}{text}"))
            }
            Content::Nodes(mut nodes) => {
                let (one, other) = (self.below(nodes.len()), self.below(nodes.len()));
                match choice {
                    2 | 3 => drop(nodes.remove(one)),
                    4 | 5 => nodes.insert(other, nodes[one].clone()),
                    6 => nodes.swap(one, other),
                    7 => nodes.insert(one, leaf("x", "stray")),
                    // The nodes of one come to stand behind it, or the next one comes to stand in it.
                    8 => {
                        let hoisted = match &mut nodes[one].content {
                            Content::Nodes(inner) => std::mem::take(inner),
                            Content::Text(_) => Vec::new(),
                        };
                        nodes.splice(one + 1..one + 1, hoisted);
                    }
                    9 if one + 1 < nodes.len() => {
                        let next = nodes.remove(one + 1);
                        if let Content::Nodes(inner) = &mut nodes[one].content {
                            inner.push(next);
                        }
                    }
                    _ => {
                        let text = self.pick(&["stray", "<![CDATA[]]>", "<![CDATA[ ]]>", "&#32;", "&amp;", "<?p?>"]);
                        nodes.insert(one, leaf("", format!("\u{0}{text}")));
                    }
                }
                Content::Nodes(nodes)
            }
        };
    }

    fn spoil_attributes(&mut self, node: &mut Node) {
        let own = format!("xsi:type=\"{}\"", node.name);
        let prefixed = format!("xsi:type=\" l:{} \"", node.name);
        let attribute = self.pick(&[
            &own,
            &prefixed,
            "xsi:type=\"DatumTijd\"",
            "xsi:type=\"Positiefnummer\"",
            "xsi:type=\"Hostname\"",
            "xsi:type=\"xs:string\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"",
            "xsi:type=\"Backchanneluri\"",
            "xsi:type=\"Zorgaanbiedernaam\"",
            "xsi:nil=\"true\"",
            "xsi:nil=\"false\"",
            "xsi:nil=\"0\"",
            "xsi:schemaLocation=\"x\"",
            "xsi:noNamespaceSchemaLocation=\"nothing.xsd\"",
            "xsi:other=\"1\"",
            "xml:lang=\"nl\"",
            "xml:space=\"preserve\"",
            "id=\"1\"",
            "x:y=\"1\"",
            "x:y=\"1\" xmlns:x=\"urn:x\"",
            "xmlns:z=\"urn:z\"",
            "xmlns=\"urn:other\"",
            "xmlns=\"\"",
            "a=\"1\" a=\"2\"",
            "a=1",
            "a",
            "a=\"<\"",
            "a=\"&lt;&#65;\"",
            "a=\"&nbsp;\"",
        ]);
        let attribute = attribute.to_owned();
        node.attributes.push(attribute);
    }

    /// Another value, right or wrong.
    fn value(&mut self, text: &str) -> String {
        let long = "x".repeat(self.pick(&["30", "31", "50", "51"]).parse().unwrap());
        let name = format!(
            "{}@medmij",
            "a".repeat(self.pick(&["2", "3", "50", "51"]).parse().unwrap())
        );
        let wide = "\u{1D4B3}".repeat(self.pick(&["2", "3", "50", "51"]).parse().unwrap());
        let changed = [
            format!(" {text}"),
            format!("{text}\n"),
            format!("\t{text} "),
            text.to_uppercase(),
            format!("{text}{text}"),
            text.replace('.', ".."),
            text.replace("https", "http"),
            text.replace('/', "//"),
            format!("{text}/"),
            format!("{text}/a b"),
            format!("{text}?x=1"),
            format!("{text}#x"),
            format!("{text}:٤٤٣"),
            format!("{text}:443"),
            format!("{text}/~x@y;z=1,!$'()*+\n|ü"),
            text.chars().rev().collect(),
            text.chars().skip(1).collect(),
            long,
            name,
            wide,
        ];
        let fixed = [
            "",
            " ",
            "x",
            "1",
            "0",
            "-1",
            "+1",
            "007",
            " 7 ",
            "1.0",
            "18446744073709551616",
            "999999999999999999999999",
            "99999999999999999999999999999999",
            "١",
            "\u{A0}1",
            "a b",
            "1 2",
            "https://a.bc",
            "https://a.b/x",
            "https://a.b-/x",
            "https://a.bc/",
            "https://A.bc/x",
            "https://user@a.bc/x",
            "https://a.bc:443",
            "https://a.bc:0/x",
            "https://a.bc:123456/x",
            "https://a.bc:/x",
            "https://127.0.0.1/x",
            "https://127.0.0.12/x",
            "//a.bc/x",
            "a.bc",
            "a.b",
            "a.b1",
            "a.b-c",
            "a--b.cd",
            "a-.bc",
            "1.1.1.10",
            "10.0.0.1",
            "localhost",
            "a.bc.",
            ".a.bc",
            "a..bc",
            "-a.bc",
            "a.-bc",
            "a.bc-",
            "a_b.cd",
            "*.a.bc",
            "bücher.nl",
            "abc@medmij",
            "ab@medmij",
            "abc1@medmij",
            "Abc@medmij",
            "abc@medmij ",
            "abc@MedMij",
            "abc.d@medmij",
            "2018-04-16T10:43:41",
            "2018-04-16T10:43:41.1",
            "-2018-04-16T10:43:41",
            "12018-04-16T10:43:41",
            "2018-04-16T24:00:00Z",
            "2018-04-16T24:00:00.0Z",
            "2018-04-16T24:00:01Z",
            "2018-04-16T10:43:60Z",
            "2018-02-29T10:43:41Z",
            "2020-02-29T10:43:41Z",
            "1900-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2018-04-31T10:43:41Z",
            "2018-13-01T10:43:41Z",
            "2018-00-01T10:43:41Z",
            "2018-04-16T10:43:41+14:00",
            "2018-04-16T10:43:41+14:01",
            "2018-04-16T10:43:41-14:00",
            "2018-04-16T10:43:41-00:00",
            "2018-04-16T10:43:41+13:60",
            "0000-04-16T10:43:41Z",
            "-0001-04-16T10:43:41Z",
            "00018-04-16T10:43:41Z",
            "2018-04-16t10:43:41z",
            "+2018-04-16T10:43:41Z",
            "2018-04-16T10:43Z",
            "2018-04-16",
            "2018-04-16T10:43:41.Z",
            "2018-04-16T10:43:41.123456789012Z",
            "2018-04-16T10:43:41 Z",
            "2018-04-16T10:43:41+1:00",
            "  2018-04-16T10:43:41Z\n",
            "99999999999-04-16T10:43:41Z",
        ];
        match self.below(2) {
            0 => changed[self.below(changed.len())].clone(),
            _ => self.pick(&fixed).to_owned(),
        }
    }

    fn write(&mut self, node: &Node, prefix: &str, line: &str, pad: &str, depth: usize, xml: &mut String) {
        let indent = format!("{line}{}", pad.repeat(depth));
        // A text that is written as it stands is marked so.
        if let (true, Content::Text(text)) = (node.name.is_empty(), &node.content) {
            xml.push_str(text.trim_start_matches('\u{0}'));
            return;
        }
        let name = if node.name.contains(':') {
            node.name.clone()
        } else {
            format!("{prefix}{}", node.name)
        };
        let blank = self.pick(&["", "", "", "", "", "", " ", "\n"]);
        let attributes: String = node
            .attributes
            .iter()
            .map(|attribute| format!(" {attribute}"))
            .collect();
        if depth > 0 {
            xml.push_str(&indent);
        }
        match &node.content {
            Content::Nodes(nodes) if nodes.is_empty() && self.below(2) == 0 => {
                xml.push_str(&format!("<{name}{attributes}{blank}/>"));
            }
            Content::Nodes(nodes) => {
                xml.push_str(&format!("<{name}{attributes}{blank}>"));
                if self.below(10) == 0 {
                    xml.push_str(self.pick(&["<!-- c -->", "<?p i?>", "<!---->", "\n\n"]));
                }
                for node in nodes {
                    self.write(node, prefix, line, pad, depth + 1, xml);
                }
                xml.push_str(&format!("{indent}</{name}{blank}>"));
            }
            Content::Text(text) => {
                let text = match text.strip_prefix('\u{0}') {
                    Some(raw) => raw.to_owned(),
                    None => self.written(text),
                };
                xml.push_str(&format!("<{name}{attributes}>{text}</{name}{blank}>"));
            }
        }
    }

    /// A text written in one of the many ways of XML.
    fn written(&mut self, text: &str) -> String {
        let style = self.below(8);
        let at = text
            .char_indices()
            .map(|(at, _)| at)
            .nth(text.chars().count() / 2)
            .unwrap_or(0);
        let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let (before, behind) = text.split_at(at);
        match style {
            0 if !text.is_empty() => text.chars().map(|c| format!("&#x{:X};", u32::from(c))).collect(),
            1 => format!("<![CDATA[{text}]]>"),
            2 => format!("{}<!-- c -->{}", escape(before), escape(behind)),
            3 => format!("{}<![CDATA[{behind}]]>", escape(before)),
            4 => format!("<?p?>{}<?p i?>{}", escape(before), escape(behind)),
            _ => escape(text),
        }
    }

    /// Spoils the markup: takes a character away, puts one in, or cuts the document off.
    fn spoil_markup(&mut self, xml: &mut String) {
        let places: Vec<usize> = xml.char_indices().map(|(at, _)| at).collect();
        let at = places[self.below(places.len())];
        match self.below(5) {
            0 => xml.truncate(at),
            1 | 2 => drop(xml.remove(at)),
            _ => {
                let character = self.pick(&[
                    "<", ">", "&", "\"", "'", "/", "]", "]]>", "!", "?", "-", "=", "\u{1}", ";", "\u{FFFE}", "\u{85}",
                    "é", "&lt;", "&#0;", "&#x1F;",
                ]);
                xml.insert_str(at, character);
            }
        }
    }
}
