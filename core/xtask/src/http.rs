//! Just enough HTTP to ask a server on this machine one question per connection.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

/// A server that does not answer a page of the demo within this time is broken.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fetches a page; anything but 200 is an error.
pub fn get(server: SocketAddr, path: &str) -> anyhow::Result<String> {
    ask(server, "GET", path, "")
}

/// Sends a JSON document; anything but 200 is an error.
pub fn post_json(server: SocketAddr, path: &str, body: &str) -> anyhow::Result<String> {
    ask(server, "POST", path, body)
}

fn ask(server: SocketAddr, method: &str, path: &str, body: &str) -> anyhow::Result<String> {
    let answer = exchange(server, &request(server, method, path, body))
        .with_context(|| format!("failed to fetch `{method} {path}` from {server}"))?;
    let (status, body) = parse(&answer).with_context(|| format!("failed to read the answer to `{method} {path}`"))?;
    ensure!(status == 200, "`{method} {path}` answered {status}: {body}");
    Ok(body)
}

fn request(server: SocketAddr, method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\naccept: */*\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn exchange(server: SocketAddr, request: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8(answer)?)
}

/// Splits an answer into its status and its body.
fn parse(answer: &str) -> anyhow::Result<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end of headers")?;
    let status = head.split_whitespace().nth(1).context("the answer has no status")?.parse()?;
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunked(body)? } else { body.to_owned() };
    Ok((status, body))
}

/// Joins the parts of a body whose length was not known beforehand.
fn unchunked(mut rest: &str) -> anyhow::Result<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").context("a part has no size")?;
        let size = usize::from_str_radix(size.trim(), 16)?;
        let Some((part, after)) = after.split_at_checked(size) else { bail!("a part is shorter than it says") };
        if size == 0 {
            return Ok(body);
        }
        body.push_str(part);
        rest = after.trim_start_matches("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn whole_and_chunked_bodies_are_read() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\na: b\r\n\r\n{}").unwrap(), (200, "{}".to_owned()));
        let chunked =
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap(), (404, "abc0123456789".to_owned()));
        assert!(parse("HTTP/1.1 200 OK").is_err());
        assert!(parse("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nabc").is_err());
    }

    #[test]
    fn an_answer_other_than_200_is_an_error_that_shows_the_body() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let answering = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; 1024];
            let length = stream.read(&mut question).unwrap();
            stream.write_all(b"HTTP/1.1 422 Unprocessable\r\n\r\nno such fact").unwrap();
            String::from_utf8_lossy(&question[..length]).into_owned()
        });
        let error = post_json(server, "/v1/calculate", "{}").unwrap_err();
        assert_eq!(error.to_string(), "`POST /v1/calculate` answered 422: no such fact");
        let question = answering.join().unwrap();
        assert!(
            question.starts_with("POST /v1/calculate HTTP/1.1\r\n") && question.ends_with("\r\n\r\n{}"),
            "{question}"
        );
    }
}
