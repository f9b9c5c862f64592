//! A machine as a Mermaid diagram.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Machine, NON_TERMINAL};

impl Machine {
    /// The machine as a Mermaid `stateDiagram-v2`: an arrow for each pair of states, with the rows that go that way. Rows that
    /// hold in every state that is not terminal are told in a note, since their arrows would hide all others.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut arrows: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
        let mut everywhere = Vec::new();
        let position = |name: &str| self.states.iter().position(|state| state.name == name);
        for row in &self.rows {
            if row.state == [NON_TERMINAL] {
                everywhere.push((row.row, row.event, row.next));
                continue;
            }
            for (from, to) in row
                .state
                .iter()
                .flat_map(|from| row.next.iter().map(move |to| (from, to)))
            {
                if let (Some(from), Some(to)) = (position(from), position(to)) {
                    let rows = arrows.entry((from, to)).or_default();
                    if !rows.contains(&row.row) {
                        rows.push(row.row);
                    }
                }
            }
        }
        let mut text = String::from("stateDiagram-v2\n");
        // Writing to a string cannot fail.
        for (index, state) in self.states.iter().enumerate() {
            let _ = writeln!(text, "    state \"{}\" as s{index}", state.name);
        }
        let _ = writeln!(text, "    [*] --> s0");
        for ((from, to), rows) in &arrows {
            let _ = writeln!(text, "    s{from} --> s{to}: {}", rows.join(", "));
        }
        for (index, _) in self.states.iter().enumerate().filter(|(_, state)| state.terminal) {
            let _ = writeln!(text, "    s{index} --> [*]");
        }
        if !everywhere.is_empty() {
            let _ = writeln!(text, "    note right of s0");
            for (row, event, next) in everywhere {
                let _ = writeln!(text, "        {row}, in every state: {event} to {}", next.join(" or "));
            }
            let _ = writeln!(text, "    end note");
        }
        text
    }
}
