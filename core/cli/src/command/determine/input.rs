//! Household documents from files and stdin, one batch after the other, so that a province fits in little memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Documents still to be read.
pub struct Documents {
    files: VecDeque<PathBuf>,
    lines: Option<Box<dyn BufRead + Send>>,
    names: Vec<String>,
    guess: u64,
}

impl Documents {
    /// Opens what was named; files are read when their turn comes.
    pub fn open(files: &[PathBuf]) -> anyhow::Result<Self> {
        let mut guess = 0;
        for path in files.iter().filter(|path| !is_stdin(path)) {
            let file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
            guess += if is_lines(path) { BufReader::new(file).lines().count() } else { 1 };
        }
        Ok(Self {
            files: files.iter().cloned().collect(),
            lines: None,
            names: Vec::new(),
            guess: u64::try_from(guess)?,
        })
    }

    /// How many there seem to be.
    pub const fn guess(&self) -> u64 {
        self.guess
    }

    /// At most so many documents; none at the end.
    pub fn next_batch(&mut self, most: usize) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut batch = Vec::with_capacity(most);
        while batch.len() < most {
            match self.next()? {
                Some(document) => batch.push(document),
                None => break,
            }
        }
        Ok(batch)
    }

    /// A document as people find it again: file, or its number from 1.
    pub fn name(&self, batch: usize, number: usize, size: usize) -> String {
        let number = batch * size + number;
        self.names.get(number).cloned().unwrap_or_else(|| format!("household {}", number + 1))
    }

    fn next(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        loop {
            if let Some(lines) = &mut self.lines {
                let mut line = Vec::new();
                if lines.read_until(b'\n', &mut line).context("failed to read a line")? == 0 {
                    self.lines = None;
                    continue;
                }
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                return Ok(Some(line));
            }
            let Some(path) = self.files.pop_front() else { return Ok(None) };
            if is_stdin(&path) {
                self.lines = Some(Box::new(BufReader::new(io::stdin())));
            } else if is_lines(&path) {
                let file = File::open(&path).with_context(|| format!("failed to open {}", path.display()))?;
                self.lines = Some(Box::new(BufReader::with_capacity(1 << 20, file)));
            } else {
                return self.whole(&path).map(Some);
            }
        }
    }

    fn whole(&mut self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = File::open(path).with_context(|| format!("failed to open {}", path.display()))?;
        file.read_to_end(&mut bytes).with_context(|| format!("failed to read {}", path.display()))?;
        self.names.push(path.display().to_string());
        Ok(bytes)
    }
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson")
}
