//! The forms in which a value could stand in a file or a log, and the search for many of them at once; and the search for what
//! looks like a document number, a mobile telephone or a bank card without knowing any.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nuan_domain::audit::hex;
use nuan_domain::crypto::CryptoSuite;
use nuan_vocabulary::citizen_id::CitizenId;

/// Every form is at least so long; whatever begins otherwise is passed over quickly.
const HEAD: usize = 6;
const FILTER: usize = 1 << 22;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A form of a value: what it is called, and its bytes.
type Form = (String, Vec<u8>);

/// What is searched for.
pub struct Needles {
    filter: Vec<bool>,
    by_head: HashMap<[u8; HEAD], Vec<Form>>,
    count: usize,
}

impl Needles {
    /// All forms of these values, each with its kind.
    pub fn new(values: &[(&'static str, String)]) -> Self {
        let mut needles = Self { filter: vec![false; FILTER], by_head: HashMap::new(), count: 0 };
        for (kind, form, bytes) in all_forms(values) {
            let Some(head) = bytes.first_chunk::<HEAD>().copied() else { continue };
            needles.filter[place(&head)] = true;
            needles.by_head.entry(head).or_default().push((format!("{kind} in {form}"), bytes));
            needles.count += 1;
        }
        needles
    }

    /// How many forms are searched for.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// What is found in some bytes: the kind and the form, never the value.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, window) in bytes.windows(HEAD).enumerate() {
            let Some(head) = window.first_chunk::<HEAD>() else { continue };
            if !self.filter[place(head)] {
                continue;
            }
            for (what, form) in self.by_head.get(head).into_iter().flatten() {
                if bytes[at..].starts_with(form) {
                    found.push(what.clone());
                }
            }
        }
        found
    }

    /// What is found in all files below a folder, each with its file; and how many bytes were read.
    pub fn found_below(&self, folder: &Path) -> (Vec<String>, usize) {
        let (mut found, mut read) = (Vec::new(), 0);
        for file in files_below(folder) {
            let Ok(bytes) = std::fs::read(&file) else { continue }; // a file of the server that went away meanwhile
            read += bytes.len();
            found.extend(self.found_in(&bytes).into_iter().map(|what| format!("{what}: {}", file.display())));
        }
        (found, read)
    }
}

/// The same for the same head, and rarely for others.
fn place(head: &[u8; HEAD]) -> usize {
    let number = head.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    usize::try_from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 42).unwrap()
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let listed = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in listed.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() && !path.is_symlink() {
            files.extend(files_below(&path));
        } else if path.is_file() {
            files.push(path);
        }
    }
    files
}

/// Kind, name of the form, and bytes.
pub fn all_forms(values: &[(&'static str, String)]) -> Vec<(&'static str, String, Vec<u8>)> {
    let digests = old_digests(values);
    let mut all = Vec::new();
    for ((kind, value), old) in values.iter().zip(digests) {
        let mut forms: Vec<Form> = written(value);
        let sha256 = CryptoSuite::International.hash(&[value.as_bytes()]).to_vec();
        let sm3 = CryptoSuite::GuoMi.hash(&[value.as_bytes()]).to_vec();
        let named = [("sha256", sha256), ("sm3", sm3)].into_iter().chain(["md5", "sha1"].into_iter().zip(old));
        for (name, digest) in named {
            // The first half, since an index may be cut to it.
            let half = digest[..16].to_vec();
            forms.push((format!("{name}, hex"), hex(&half).into_bytes()));
            forms.push((format!("{name}, HEX"), hex(&half).to_uppercase().into_bytes()));
            forms.push((format!("{name}, base64"), base64(&half, 0)));
            forms.push((name.to_owned(), half));
        }
        all.extend(forms.into_iter().map(|(form, bytes)| (*kind, form, bytes)));
    }
    all
}

/// The value itself, as programs write it.
fn written(value: &str) -> Vec<Form> {
    let bytes = value.as_bytes();
    let utf_16 = |to_bytes: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let escaped =
        |unit: u16| if unit < 128 { vec![unit.to_le_bytes()[0]] } else { format!("\\u{unit:04x}").into_bytes() };
    let mut forms = vec![
        ("UTF-8".to_owned(), bytes.to_vec()),
        ("UTF-16LE".to_owned(), utf_16(u16::to_le_bytes)),
        ("UTF-16BE".to_owned(), utf_16(u16::to_be_bytes)),
        ("hex".to_owned(), hex(bytes).into_bytes()),
        ("HEX".to_owned(), hex(bytes).to_uppercase().into_bytes()),
    ];
    for shift in 0..3 {
        let text = base64(bytes, shift);
        let of_urls: Vec<u8> = text
            .iter()
            .map(|letter| match letter {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            })
            .collect();
        forms.push((format!("base64 shifted by {shift}"), text));
        forms.push((format!("base64url shifted by {shift}"), of_urls));
    }
    if !value.is_ascii() {
        forms.push(("JSON escapes".to_owned(), value.encode_utf16().flat_map(escaped).collect()));
        let percent = bytes.iter().map(|byte| format!("%{byte:02X}")).collect::<String>();
        forms.push(("percent encoding".to_owned(), percent.into_bytes()));
    }
    if let Some(number) = value.parse::<i64>().ok().filter(|_| value.len() == 14) {
        forms.push(("an integer, little-endian".to_owned(), number.to_le_bytes().to_vec()));
        forms.push(("an integer, big-endian".to_owned(), number.to_be_bytes().to_vec()));
        forms.push(("an integer of SQLite".to_owned(), number.to_be_bytes()[2..].to_vec()));
    }
    forms
}

/// The letters of base64 that the bytes alone decide when `shift` other bytes stand before them.
fn base64(bytes: &[u8], shift: usize) -> Vec<u8> {
    let all: Vec<u8> = std::iter::repeat_n(0, shift).chain(bytes.iter().copied()).collect();
    let bits = |n: usize| {
        (0..6).fold(0, |value, bit| {
            (value << 1) | usize::from(all[(n * 6 + bit).div_euclid(8)] >> (7 - (n * 6 + bit) % 8) & 1)
        })
    };
    let (first, last) = ((shift * 8).div_ceil(6), (all.len() * 8).div_euclid(6));
    (first..last).map(|n| ALPHABET[bits(n)]).collect()
}

/// MD5 and SHA-1 of every value, by Python: nothing of ours uses them.
fn old_digests(values: &[(&'static str, String)]) -> Vec<[Vec<u8>; 2]> {
    const PROGRAM: &str = "
import hashlib, json, sys
for value in json.load(sys.stdin):
    print(hashlib.md5(value.encode()).hexdigest(), hashlib.sha1(value.encode()).hexdigest())";
    let texts: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    let lines = python(&["-c", PROGRAM], &serde_json::to_string(&texts).unwrap());
    let bytes = |digits: &str| {
        (0..digits.len().div_euclid(2)).map(|n| u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).unwrap()).collect()
    };
    let digests = lines.lines().map(|line| line.split_once(' ').unwrap()).map(|(md5, sha1)| [bytes(md5), bytes(sha1)]);
    let digests: Vec<[Vec<u8>; 2]> = digests.collect();
    assert_eq!(digests.len(), values.len());
    digests
}

/// What Debian's Python says to some input; without Python the test fails.
pub fn python(arguments: &[&str], input: &str) -> String {
    let child = Command::new("python3").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("python3 is missing; install it with: apt-get install -y python3");
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success(), "python3 {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What looks like a citizen's number, a mobile telephone or a bank card and has the right check digit.
pub fn looks_personal(text: &str) -> Vec<&'static str> {
    let bytes = text.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric());
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_decimals = at > 1 && bytes[at - 1] == b'.' && bytes[at - 2].is_ascii_digit();
        if length > 0 && !(at > 0 && is_word(at - 1)) && !is_decimals {
            let with_x = length == 17 && matches!(bytes.get(at + 17), Some(b'X' | b'x')) && !is_word(at + 18);
            let end = at + length + usize::from(with_x);
            if with_x || !is_word(end) {
                found.extend(kind_of(&text[at..end]));
            }
        }
        at += length.max(1);
    }
    found
}

fn kind_of(number: &str) -> Option<&'static str> {
    let begins_as_mobile = || number.starts_with('1') && number.as_bytes()[1] >= b'3';
    match number.len() {
        18 if number.parse::<CitizenId>().is_ok() => Some("a citizen's number"),
        11 if begins_as_mobile() => Some("a mobile telephone"),
        13..=19 if has_luhn(number) => Some("a bank card"),
        _ => None,
    }
}

/// Whether the last digit is the check digit of the others.
pub fn has_luhn(number: &str) -> bool {
    let digits = number.bytes().rev().map(|byte| u32::from(byte.wrapping_sub(b'0')));
    let doubled =
        |(n, digit): (usize, u32)| if n % 2 == 0 { digit } else { (digit * 2).div_euclid(10) + digit * 2 % 10 };
    number.bytes().all(|byte| byte.is_ascii_digit()) && digits.enumerate().map(doubled).sum::<u32>() % 10 == 0
}

#[test]
fn what_looks_personal_is_seen_and_nothing_else() {
    for (text, expected) in [
        ("number=999999198001010011.", vec!["a citizen's number"]),
        ("call 13800138000!", vec!["a mobile telephone"]),
        ("card:4111111111111111", vec!["a bank card"]),
        ("sum 0.4111111111111111 req_41111111111111110 dk_999999198001010011a 999999198001010012", vec![]),
        ("at 1764000000, 12345678901", vec![]),
    ] {
        assert_eq!(looks_personal(text), expected, "{text}");
    }
}

#[test]
fn base64_is_that_of_rfc_4648() {
    assert_eq!(base64(b"foobar", 0), b"Zm9vYmFy");
    assert_eq!(base64(b"fooba", 0), b"Zm9vYm", "the last letter depends on what follows");
    assert_eq!(base64(b"oobar", 1), b"9vYmFy");
    assert_eq!(base64(b"obar", 2), b"vYmFy");
}
