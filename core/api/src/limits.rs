//! The most that one request may be, so that none starves the others (SECURITY: HTTP limits).

use std::time::Duration;

use nuan_kernel::import::limits::FILE_BYTES;

/// Bytes of a body.
pub const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of the form of an import: a file of the largest size, its mapping, and what stands between them.
pub const IMPORT_BYTES: usize = FILE_BYTES + 2 * BODY_BYTES;
/// How many imports are received and read at once; who comes after waits.
pub const IMPORTS_AT_ONCE: usize = 2;
/// From the last header of an import to its answer. One that takes longer is cut off, and goes on when it is sent again.
pub const IMPORT_TIME: Duration = Duration::from_secs(600);
/// Bytes of all header names and values together.
pub const HEADER_BYTES: usize = 16 * 1024;
/// How deep JSON may nest; a household document needs six.
pub const JSON_DEPTH: usize = 64;
/// Entries of a list that asks for no other number.
pub const PAGE: u32 = 50;
/// Entries of a list at most.
pub const PAGE_MAX: u32 = 200;
/// From the call to stop until open connections are cut.
pub const GRACE: Duration = Duration::from_secs(5);
/// From the last header to the answer.
pub const REQUEST_TIME: Duration = Duration::from_secs(30);
