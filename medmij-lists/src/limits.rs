//! How much of a document is read.

/// The limits on a document, checked before the work they bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a document. Default 1 GiB; the largest list expected takes 700 MB. Above 4 GiB it counts as 4 GiB.
    pub max_bytes: usize,
    /// The deepest nesting of elements. Default 64; the deepest list has 11 levels.
    pub max_depth: usize,
    /// The most elements. Default 50 million; a list of 100,000 Zorgaanbieders has about 10 million.
    pub max_elements: usize,
    /// The most bytes of one value, of one tag with its attributes, of one comment or processing instruction, or of white
    /// space between elements. Default 64 KiB.
    pub max_text: usize,
    /// The most attributes of one element. Default 32.
    pub max_attributes: usize,
    /// The most namespace declarations in scope at one element. Default 64; a list needs two.
    pub max_namespaces: usize,
    /// The most errors, and the most warnings, that are reported. Behind the last error the document is not read on.
    /// Default 100.
    pub max_findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 1 << 30,
            max_depth: 64,
            max_elements: 50_000_000,
            max_text: 64 << 10,
            max_attributes: 32,
            max_namespaces: 64,
            max_findings: 100,
        }
    }
}
