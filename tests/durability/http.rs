//! Just enough HTTP to ask a server on this machine one question after the other over one connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A server that does not answer within this time is broken.
const PATIENCE: Duration = Duration::from_secs(30);
/// Somebody of whom nothing is known: the smallest document.
const SOMEBODY: &str = r#"{"division":"330106","members":[{"ref":"a"}]}"#;
/// Entries of one part of a list: as many as the API gives at once.
const PART: u32 = 200;

/// A caller with a connection of its own.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
}

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body; null where there is none.
    pub body: Value,
}

impl Answer {
    /// The id of what was recorded or shown.
    pub fn id(&self) -> Option<String> {
        self.body.get("id").and_then(Value::as_str).map(str::to_owned)
    }
}

impl Client {
    /// A caller that connects with its first question.
    pub const fn new(address: SocketAddr) -> Self {
        Self { address, connection: None }
    }

    /// Fetches.
    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask("GET", path, "", "")
    }

    /// Records a household under an idempotency key.
    pub fn record(&mut self, key: &str) -> Result<Answer> {
        self.ask("POST", "/v1/households", &format!("idempotency-key: {key}\r\n"), SOMEBODY)
    }

    /// Determines a household and stores the result.
    pub fn determine(&mut self, id: &str) -> Result<Answer> {
        self.ask("POST", &format!("/v1/households/{id}/determinations"), "", r#"{"as_of":"2024-07-01"}"#)
    }

    /// Sends something as an operator, under an idempotency key.
    pub fn send(&mut self, actor: &str, key: &str, path: &str, body: &Value) -> Result<Answer> {
        let headers = format!("nuan-actor: {actor}\r\nidempotency-key: {key}\r\n");
        self.ask("POST", path, &headers, &body.to_string())
    }

    /// The ids of all households, in the order of the list.
    pub fn households(&mut self) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        let mut path = format!("/v1/households?division=330106&limit={PART}");
        loop {
            let answer = self.get(&path)?;
            let items = answer.body.get("items").and_then(Value::as_array);
            let items = items.with_context(|| format!("`{path}` answered {} without items", answer.status))?;
            let id_of = |item: &Value| item.get("id").and_then(Value::as_str).map(str::to_owned);
            ids.extend(items.iter().filter_map(id_of));
            let Some(next) = answer.body.get("next").and_then(Value::as_str) else { return Ok(ids) };
            path = format!("/v1/households?division=330106&limit={PART}&after={next}");
        }
    }

    fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => BufReader::new(connect(self.address)?),
        };
        let (host, length) = (self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}content-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        connection.get_mut().write_all(request.as_bytes())?;
        let (answer, stays_open) = read(&mut connection)?;
        if stays_open {
            self.connection = Some(connection);
        }
        Ok(answer)
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One answer, and whether the connection takes another question.
fn read(connection: &mut BufReader<TcpStream>) -> Result<(Answer, bool)> {
    let first = line(connection)?;
    let status = first.split_whitespace().nth(1).context("the answer has no status")?.parse()?;
    let (mut length, mut stays_open) = (0_usize, true);
    loop {
        let header = line(connection)?.to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').context("a header has no colon")?;
        match name {
            "content-length" => length = value.trim().parse()?,
            "connection" => stays_open = value.trim() != "close",
            "transfer-encoding" => bail!("an answer came in parts; this client reads whole ones"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    Ok((Answer { status, body }, stays_open))
}

fn line(connection: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        bail!("the server closed the connection");
    }
    Ok(line.trim_end().to_owned())
}
