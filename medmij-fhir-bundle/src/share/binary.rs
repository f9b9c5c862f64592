//! The bytes of a Binary, read when it is written.

use std::fmt;
use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Attachments;

/// The bytes of a Binary: where they come from, and how many there are.
pub struct BinaryContent<'a> {
    pub(super) content_type: String,
    pub(super) length: u64,
    source: Box<dyn Read + Send + 'a>,
}

impl<'a> BinaryContent<'a> {
    /// So many bytes from a source, of a media type.
    pub fn new(content_type: &str, length: u64, source: impl Read + Send + 'a) -> Self {
        Self {
            content_type: content_type.to_owned(),
            length,
            source: Box::new(source),
        }
    }

    /// Writes the bytes in base64, a piece at a time.
    pub(super) fn write(&mut self, out: &mut dyn Write, attachments: Attachments) -> io::Result<()> {
        const PIECE: usize = 3 * 8_192;
        let (mut plain, mut coded) = ([0; PIECE], [b'A'; PIECE / 3 * 4]);
        let mut left = self.length;
        while left > 0 {
            let wanted = usize::try_from(left).map_or(PIECE, |left| left.min(PIECE));
            let piece = plain.get_mut(..wanted).unwrap_or_default();
            let length = match attachments {
                Attachments::Count => wanted.div_ceil(3) * 4,
                Attachments::Read => {
                    self.source.read_exact(piece)?;
                    let coding = STANDARD.encode_slice(piece, &mut coded);
                    coding.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?
                }
            };
            out.write_all(coded.get(..length).unwrap_or_default())?;
            left -= wanted as u64;
        }
        if attachments == Attachments::Read && self.source.read(&mut [0])? > 0 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "an attachment is longer than it was said to be",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for BinaryContent<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BinaryContent")
            .field("content_type", &self.content_type)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
