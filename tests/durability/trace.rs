//! What strace wrote down, as calls in order: which bytes went where, what was synced, and what was said on sockets.
//!
//! Reads the output of `strace -f -y -xx -o FILE`. A call has a beginning and an end, as numbers of lines: strace sees a
//! call before the system runs it, and its result after. INVARIANT: a call that cannot be read is an error, not left out.

use std::collections::HashMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

/// The calls that matter, for `strace -e trace=…`.
pub const CALLS: &str = "openat,open,creat,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,recvfrom,fsync,fdatasync,\
    ftruncate,rename,renameat,renameat2,unlink,unlinkat";
/// No buffer of the programs is longer, so strace cuts none.
pub const LONGEST: &str = "4000000";
/// The end of a call that never came back.
pub const NEVER: usize = usize::MAX;

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The thread.
    pub thread: u32,
    /// The line at which it began.
    pub begun: usize,
    /// The line at which it ended; `NEVER` where the process was killed within it.
    pub ended: usize,
    /// What was done.
    pub act: Act,
}

/// What a call did. Calls that failed are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Bytes to a file; without an offset where the file stands.
    Write { file: PathBuf, offset: Option<u64>, bytes: Vec<u8> },
    /// A file or a folder was synced.
    Sync { file: PathBuf },
    /// A file was cut or lengthened.
    Resize { file: PathBuf, length: u64 },
    /// A file was opened: maybe made, maybe emptied.
    Open { file: PathBuf, creates: bool, empties: bool, appends: bool },
    /// A file got another name.
    Rename { from: PathBuf, to: PathBuf },
    /// A name was removed.
    Remove { file: PathBuf },
    /// Bytes to a socket.
    Say { socket: String, bytes: Vec<u8> },
    /// Bytes from a socket.
    Hear { socket: String, bytes: Vec<u8> },
}

/// The lines that strace has written to their end: it may have been stopped within one.
pub fn whole_lines(text: &[u8]) -> &[u8] {
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    text.get(..whole).unwrap_or_default()
}

/// Every call, in the order of their ends; those that never came back are last.
pub fn read(text: &[u8]) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    let mut open: HashMap<u32, (usize, String)> = HashMap::new();
    for (number, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let line = std::str::from_utf8(line).with_context(|| format!("line {} is no text", number + 1))?;
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let thread = thread.parse().with_context(|| format!("line {} names no thread", number + 1))?;
        let rest = rest.trim_start();
        // A call under way when strace lets go of a process has not returned.
        if rest.starts_with("+++") || rest.starts_with("---") || rest.ends_with("<detached ...>") {
            continue;
        }
        let (begun, whole) = if let Some(after) = rest.strip_prefix("<... ") {
            let (_, after) = after.split_once(" resumed>").context("a call goes on without its name")?;
            let (begun, before) = open.remove(&thread).unwrap_or_default();
            if before.is_empty() {
                continue; // It began before strace was there.
            }
            (begun, before + after)
        } else if let Some(before) = rest.strip_suffix("<unfinished ...>") {
            open.insert(thread, (number, before.trim_end().to_owned()));
            continue;
        } else {
            (number, rest.to_owned())
        };
        let act = act(&whole).with_context(|| format!("line {}: {}", number + 1, brief(&whole)))?;
        calls.extend(act.map(|act| Call { thread, begun, ended: number, act }));
    }
    for (thread, (begun, before)) in open {
        // What it would have read or returned is unknown; what it was writing is not.
        let act = act(&before).with_context(|| format!("line {}: {}", begun + 1, brief(&before)))?;
        calls.extend(act.filter(is_under_way).map(|act| Call { thread, begun, ended: NEVER, act }));
    }
    calls.sort_by_key(|call| (call.ended, call.begun));
    Ok(calls)
}

/// A call that does something before it returns.
fn is_under_way(act: &Act) -> bool {
    matches!(act, Act::Write { .. } | Act::Say { .. } | Act::Resize { .. })
}

/// None for a call that failed or does not concern files and sockets.
fn act(call: &str) -> Result<Option<Act>> {
    let (name, rest) = call.split_once('(').context("there is no call")?;
    let (arguments, result) = match rest.rsplit_once(" = ") {
        Some((arguments, result)) => (arguments.trim_end().trim_end_matches(')'), Some(result)),
        None => (rest, None),
    };
    if result.is_some_and(|result| result.starts_with('-') || result.starts_with('?')) {
        return Ok(None);
    }
    let count = result.and_then(|result| result.split_whitespace().next()).and_then(|count| count.parse().ok());
    match name {
        "write" | "writev" | "sendto" | "sendmsg" | "pwrite64" | "pwritev" | "pwritev2" => {
            written(name, arguments, count)
        }
        "recvfrom" => heard(arguments, count),
        "fsync" | "fdatasync" => Ok(Some(Act::Sync { file: file(arguments)? })),
        "ftruncate" => {
            let length = last(arguments).context("a file is cut nowhere")?;
            Ok(Some(Act::Resize { file: file(arguments)?, length }))
        }
        "openat" | "open" | "creat" => opened(name, arguments, result),
        "rename" | "renameat" | "renameat2" => {
            let [from, to] = <[PathBuf; 2]>::try_from(paths(arguments)?).ok().context("a rename has two names")?;
            Ok(Some(Act::Rename { from, to }))
        }
        "unlink" | "unlinkat" => {
            let file = paths(arguments)?.into_iter().next().context("nothing is removed")?;
            Ok(Some(Act::Remove { file }))
        }
        _ => bail!("`{name}` was not asked for"),
    }
}

fn written(name: &str, arguments: &str, count: Option<usize>) -> Result<Option<Act>> {
    let place = place(arguments)?;
    if !place.starts_with('/') && !is_socket(&place) {
        return Ok(None);
    }
    let mut bytes: Vec<u8> = strings(arguments)?.concat();
    if let Some(count) = count {
        ensure!(count <= bytes.len(), "{count} bytes were written, {} are shown", bytes.len());
        bytes.truncate(count);
    }
    if is_socket(&place) {
        return Ok(Some(Act::Say { socket: place, bytes }));
    }
    let offset = match name {
        "pwrite64" | "pwritev" => Some(last(arguments).context("there is no offset")?),
        "pwritev2" => bail!("its offset stands in another place"),
        _ => None,
    };
    Ok(Some(Act::Write { file: PathBuf::from(place), offset, bytes }))
}

fn heard(arguments: &str, count: Option<usize>) -> Result<Option<Act>> {
    let (socket, count) = (place(arguments)?, count.unwrap_or(0));
    let mut bytes = strings(arguments)?.into_iter().next().unwrap_or_default();
    ensure!(count <= bytes.len(), "{count} bytes were read, {} are shown", bytes.len());
    bytes.truncate(count);
    Ok(Some(Act::Hear { socket, bytes }))
}

fn opened(name: &str, arguments: &str, result: Option<&str>) -> Result<Option<Act>> {
    let Some(result) = result else { return Ok(None) };
    let file = file(result)?;
    let has = |flag: &str| arguments.contains(flag) || (name == "creat" && flag != "O_APPEND");
    Ok(Some(Act::Open { file, creates: has("O_CREAT"), empties: has("O_TRUNC"), appends: has("O_APPEND") }))
}

/// What a descriptor stands for: `3</t/file>`, with the path in hexadecimal.
fn place(descriptor: &str) -> Result<String> {
    let (_, after) = descriptor.split_once('<').context("a descriptor stands for nothing")?;
    let (place, _) = after.split_once('>').context("a descriptor has no end")?;
    if place.starts_with("\\x") { Ok(String::from_utf8(bytes(place)?)?) } else { Ok(place.to_owned()) }
}

fn file(descriptor: &str) -> Result<PathBuf> {
    place(descriptor).map(PathBuf::from)
}

fn is_socket(place: &str) -> bool {
    ["socket:", "TCP", "UNIX"].iter().any(|kind| place.starts_with(kind))
}

/// The strings among the arguments that are absolute paths.
fn paths(arguments: &str) -> Result<Vec<PathBuf>> {
    let texts = strings(arguments)?.into_iter().map(String::from_utf8).collect::<Result<Vec<_>, _>>()?;
    ensure!(texts.iter().all(|text| text.starts_with('/')), "a path is not absolute");
    Ok(texts.into_iter().map(PathBuf::from).collect())
}

/// Every string among the arguments.
fn strings(arguments: &str) -> Result<Vec<Vec<u8>>> {
    let mut parts = arguments.split('"');
    let mut all = Vec::new();
    parts.next();
    while let Some(inside) = parts.next() {
        let after = parts.next().context("a string has no end")?;
        ensure!(!after.starts_with("..."), "strace cut a string");
        all.push(bytes(inside)?);
    }
    Ok(all)
}

/// Bytes written as `\x2f\x74`.
fn bytes(text: &str) -> Result<Vec<u8>> {
    ensure!(text.len().is_multiple_of(4), "not all bytes are hexadecimal; strace needs -xx");
    text.as_bytes().chunks_exact(4).map(byte).collect::<Option<Vec<u8>>>().context("a byte is not hexadecimal")
}

fn byte(escaped: &[u8]) -> Option<u8> {
    let [b'\\', b'x', high, low] = escaped else { return None };
    let digit = |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// The last argument, a number.
fn last(arguments: &str) -> Option<u64> {
    arguments.rsplit(", ").next()?.trim_end_matches(')').parse().ok()
}

fn brief(call: &str) -> String {
    call.chars().take(120).collect()
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
}

/// Checks the reader on calls of each kind.
pub fn reads_calls() -> Result<()> {
    let (wal, hello, tcp) = (hex("/t/a-wal"), hex("hello"), hex("socket:[7]"));
    let lines = [
        format!("11 openat(AT_FDCWD</x>, \"{wal}\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) = 3<{wal}>"),
        format!("11 pwrite64(3<{wal}>, \"{hello}\", 5, 32) = 5"),
        format!("11 write(3<{wal}>, \"{hello}\", 5) = 2"),
        format!("11 fdatasync(3<{wal}>)       = 0"),
        format!(
            "12 writev(9<{tcp}>, [{{iov_base=\"{hello}\", iov_len=5}}, {{iov_base=\"{hello}\", iov_len=5}}], 2) = 10"
        ),
        format!("11 rename(\"{wal}\", \"{}\") = 0", hex("/t/b")),
        format!("11 unlink(\"{wal}\") = -1 ENOENT (No such file or directory)"),
        "11 write(4<anon_inode:[eventfd]>, \"\\x01\", 1) = 1".to_owned(),
        format!("12 ftruncate(3<{wal}>, 3) = 0"),
        format!("13 pwrite64(3<{wal}>, \"{hello}\", 5, 32 <detached ...>"),
        "12 +++ exited with 0 +++".to_owned(),
    ];
    let found = read(lines.join("\n").as_bytes())?;
    let (file, socket) = (PathBuf::from("/t/a-wal"), "socket:[7]".to_owned());
    let expected = [
        (0, Act::Open { file: file.clone(), creates: true, empties: false, appends: false }),
        (1, Act::Write { file: file.clone(), offset: Some(32), bytes: b"hello".to_vec() }),
        (2, Act::Write { file: file.clone(), offset: None, bytes: b"he".to_vec() }),
        (3, Act::Sync { file: file.clone() }),
        (4, Act::Say { socket, bytes: b"hellohello".to_vec() }),
        (5, Act::Rename { from: file.clone(), to: PathBuf::from("/t/b") }),
        (8, Act::Resize { file, length: 3 }),
    ];
    let found: Vec<(usize, Act)> = found.into_iter().map(|call| (call.ended, call.act)).collect();
    ensure!(found == expected, "{found:?}");
    Ok(())
}

/// Checks that a call keeps its beginning when another one comes in between, and that one without an end has none.
pub fn joins_interrupted_calls() -> Result<()> {
    let (wal, hello) = (hex("/t/a-wal"), hex("hello"));
    let text = format!(
        "11 fsync(3<{wal}> <unfinished ...>\n12 pwrite64(3<{wal}>, \"{hello}\", 5, 0) = 5\n\
         11 <... fsync resumed>)  = 0\n13 <... fsync resumed>) = 0\n\
         12 pwrite64(3<{wal}>, \"{hello}\", 5, 8 <unfinished ...>\n11 fsync(3<{wal}> <unfinished ...>\n"
    );
    let seen: Vec<(u32, usize, usize)> =
        read(text.as_bytes())?.iter().map(|call| (call.thread, call.begun, call.ended)).collect();
    ensure!(seen == [(12, 1, 1), (11, 0, 2), (12, 4, NEVER)], "{seen:?}");
    Ok(())
}

/// Checks that bytes which strace left out, or did not write in hexadecimal, are noticed.
pub fn refuses_what_it_cannot_read() -> Result<()> {
    let wal = hex("/t/a-wal");
    for line in [
        format!("11 write(3<{wal}>, \"{}\"..., 9) = 9", hex("hello")),
        format!("11 write(3<{wal}>, \"hell\", 4) = 4"),
        format!("11 write(3<{wal}>, \"{}\", 9) = 9", hex("hello")),
        format!("11 pwritev2(3<{wal}>, [{{iov_base=\"{}\", iov_len=5}}], 1, 0, 0) = 5", hex("hello")),
        format!("11 splice(3<{wal}>) = 5"),
    ] {
        ensure!(read(line.as_bytes()).is_err(), "it was taken: {line}");
    }
    Ok(())
}
