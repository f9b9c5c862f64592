//! Lists from files and from standard input, read in pieces.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};

use anyhow::Context as _;
use medmij_lists::{Limits, List, ListKind, ListReader, Parsed, Rejected};

/// How much is read at once.
const PIECE: usize = 1 << 20;

/// How much of a document tells which list it is.
const HEAD: usize = 256 << 10;

/// From which size on it is shown how far the reading is.
const LONG: u64 = 10_000_000;

/// A document that was read, and what is said of it.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) file: String,
    /// Which list its root element tells; `None` if it is that of no list.
    pub(super) kind: Option<ListKind>,
    pub(super) read: Result<Parsed<List>, Rejected>,
}

impl Document {
    /// Reads a file, or standard input for `-`, as the list that was asked for or that its root element tells.
    pub(super) fn read(file: &str, asked: Option<ListKind>, limits: Limits) -> anyhow::Result<Self> {
        let context = || format!("{file}: cannot be read");
        let (mut input, len): (Box<dyn Read>, _) = match file {
            "-" => (Box::new(io::stdin().lock()), None),
            path => {
                let open = File::open(path).with_context(context)?;
                let metadata = open.metadata().with_context(context)?;
                (Box::new(open), Some(metadata.len()))
            }
        };
        let mut progress = Progress::new(file, len);
        let mut head = Vec::new();
        input
            .by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .with_context(context)?;
        let kind = ListKind::detect(&head);
        let mut reader = asked.map_or_else(|| ListReader::detecting(limits), |asked| ListReader::new(asked, limits));
        let mut pushed = reader.push(&head);
        let mut piece = vec![0; PIECE];
        while pushed.is_ok() {
            let len = match input.read(&mut piece) {
                Ok(0) => break,
                Ok(len) => len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error).with_context(context),
            };
            pushed = reader.push(piece.get(..len).unwrap_or_default());
            progress.advance(len);
        }
        progress.end();
        Ok(Self {
            file: file.to_owned(),
            kind,
            read: pushed.and_then(|()| reader.finish()),
        })
    }
}

/// How far the reading of a long file is, on a terminal.
#[derive(Debug)]
struct Progress<'f> {
    file: &'f str,
    /// `None` where nothing is shown.
    len: Option<u64>,
    done: u64,
    shown: u64,
}

impl<'f> Progress<'f> {
    fn new(file: &'f str, len: Option<u64>) -> Self {
        Self {
            file,
            len: len.filter(|&len| len > LONG && io::stderr().is_terminal()),
            done: HEAD as u64,
            shown: 0,
        }
    }

    fn advance(&mut self, len: usize) {
        const WIDTH: usize = 40;
        self.done += len as u64;
        let Some(all) = self.len else { return };
        let percent = (self.done * 100 / all).min(100);
        if percent > self.shown {
            self.shown = percent;
            let full = usize::try_from(percent).unwrap_or(WIDTH) * WIDTH / 100;
            let bar = "#".repeat(full) + &" ".repeat(WIDTH - full);
            // A terminal that cannot be written to is no reason to stop.
            let _ = write!(io::stderr(), "\r[{bar}] {percent:3}% {}", self.file);
        }
    }

    fn end(&self) {
        if self.shown > 0 {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
