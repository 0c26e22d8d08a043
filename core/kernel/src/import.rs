//! Spreadsheets in, and out: a township's CSV or Excel file becomes household documents, or a list of what is wrong in which row.
//!
//! Bytes in, documents and a report out. Not here: files, the database, the act that commits, and any fact's meaning, which the
//! catalogue has.
//! INVARIANT: a blank cell is unknown, never zero; a message names row and column and never repeats what a cell holds.

mod draft;
#[cfg(test)]
mod fixture;
mod guess;
pub mod mapping;
mod number;
mod plan;
pub mod report;
pub mod rows;
pub mod table;
mod text_file;
mod unpacked;
mod value;
mod wording;
mod workbook;

pub use mapping::Mapping;
pub use report::{Done, Report};
pub use rows::{Prepared, Preview, RowMistake, Summary};
pub use table::Table;

/// The most that one file may hold. Beyond it nothing is read.
pub mod limits {
    /// Bytes of the file.
    pub const FILE_BYTES: usize = 64 << 20;
    /// Bytes of an Excel file once it is unpacked.
    pub const UNPACKED_BYTES: u64 = 256 << 20;
    /// Parts of an Excel file.
    pub const PARTS: usize = 1_000;
    /// Rows below the header that are not blank.
    pub const ROWS: usize = 200_000;
    /// Columns.
    pub const COLUMNS: usize = 200;
    /// Cells that are kept, blank ones between others included.
    pub const CELLS: usize = 4_000_000;
    /// Characters of a cell.
    pub const CELL_CHARS: usize = 1_000;
    /// Mistakes that are named; what lies beyond is counted.
    pub const MISTAKES: usize = 100_000;
}

/// What tells one file from another, so that the same file is not imported twice by mistake: `sha256:<hex>`.
pub fn fingerprint(bytes: &[u8]) -> String {
    nuan_domain::audit::digest(bytes)
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn one_byte_makes_another_file() {
        assert_eq!(fingerprint(b"a,b\n1,2\n"), fingerprint(b"a,b\n1,2\n"));
        assert_ne!(fingerprint(b"a,b\n1,2\n"), fingerprint(b"a,b\n1,3\n"));
        assert!(fingerprint(b"").starts_with("sha256:"));
    }
}
