//! BSNs in texts and in the markup of narratives.

use std::borrow::Cow;

use medmij_core::xml::resolve_reference;

use super::url::readings;
use super::{Verdict, digits};

/// Whether digits like those of a BSN are in a text, which may be percent-encoded, as the name of a file may.
pub(super) fn digits(text: &str) -> Verdict {
    let is_suspect = readings(text).any(|reading| reading.is_none_or(|reading| digits::like_bsn(&reading, 9)));
    if is_suspect { Verdict::Suspect } else { Verdict::Clean }
}

/// The same of markup: as it stands, and as a person reads it, without the tags that stand inside words.
pub(super) fn markup(text: &str) -> Verdict {
    let decoded = decoded(text);
    digits(&decoded).max(digits(&without_inline_tags(&decoded)))
}

/// Markup with its references to characters read; what is none stays.
fn decoded(text: &str) -> Cow<'_, str> {
    /// Leading zeros may be many.
    const LONGEST: usize = 64;
    if !text.contains(['&', '\u{A0}']) {
        return Cow::Borrowed(text);
    }
    let mut said = String::with_capacity(text.len());
    let mut pieces = text.split('&');
    let plain = |piece: &str| piece.replace('\u{A0}', " ");
    said.push_str(&plain(pieces.next().unwrap_or_default()));
    for piece in pieces {
        let reference = piece.split_once(';').filter(|(name, _)| name.len() <= LONGEST);
        match reference.and_then(|(name, rest)| Some((character(name)?, rest))) {
            Some((c, rest)) => {
                said.push(if c == '\u{A0}' { ' ' } else { c });
                said.push_str(&plain(rest));
            }
            None => {
                said.push('&');
                said.push_str(&plain(piece));
            }
        }
    }
    Cow::Owned(said)
}

fn character(name: &str) -> Option<char> {
    let shortened = ["#x", "#X", "#"].into_iter().find_map(|prefix| {
        let digits = name.strip_prefix(prefix)?.trim_start_matches('0');
        let prefix = if prefix == "#X" { "#x" } else { prefix };
        Some(format!("{prefix}{digits}"))
    });
    match name {
        "nbsp" => Some(' '),
        name => resolve_reference(shortened.as_deref().unwrap_or(name)),
    }
}

/// Markup without comments, CDATA marks and the tags that do not end a word.
fn without_inline_tags(text: &str) -> Cow<'_, str> {
    const INLINE: [&str; 30] = [
        "a", "abbr", "acronym", "b", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
        "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    ];
    if !text.contains('<') {
        return Cow::Borrowed(text);
    }
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at_checked(at).unwrap_or((rest, ""));
        said.push_str(before);
        let (end, is_gone) = if let Some(comment) = tag.strip_prefix("<!--") {
            (comment.find("-->").map(|end| end + 7), true)
        } else if tag.starts_with("<![CDATA[") {
            (Some(9), true)
        } else {
            let name = tag.trim_start_matches(['<', '/']);
            let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
            let name = name.get(..end).unwrap_or_default();
            (
                tag.find('>').map(|end| end + 1),
                INLINE.iter().any(|inline| inline.eq_ignore_ascii_case(name)),
            )
        };
        let (gone, behind) = tag.split_at_checked(end.unwrap_or(tag.len())).unwrap_or((tag, ""));
        if !is_gone {
            said.push_str(gone);
        }
        rest = behind;
    }
    said.push_str(rest);
    Cow::Owned(said.replace("]]>", ""))
}
