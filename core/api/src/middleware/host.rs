//! Only requests that mean this machine. A page elsewhere that points its own name here (DNS rebinding) is refused.

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// Refuses a request whose host is not this machine.
pub async fn refuse_strange_host(request: Request, next: Next) -> Response {
    let named = request.headers().get_all(header::HOST).iter().map(|value| value.to_str().unwrap_or_default());
    let hosts: Vec<&str> = named.chain(request.uri().authority().map(|authority| authority.as_str())).collect();
    if !hosts.is_empty() && hosts.iter().all(|host| is_loopback(host)) {
        next.run(request).await
    } else {
        ApiError::strange_host().into_response()
    }
}

/// Whether `name`, `name:port` or `[address]:port` stays on this machine.
fn is_loopback(host: &str) -> bool {
    if let Ok(address) = host.parse::<std::net::SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') && port.parse::<u16>().is_ok() => name,
        _ => host,
    };
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_served() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "127.8.9.1:1", "[::1]", "[::1]:8080"]
        {
            assert!(is_loopback(host), "{host}");
        }
        let strange = [
            "",
            "example.com",
            "localhost.example.com",
            "127.0.0.1.example.com",
            "10.0.0.1:80",
            "[::2]:80",
            "localhost:x",
            "a@localhost",
        ];
        for host in strange {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
