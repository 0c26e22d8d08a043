//! The address of a database: a file, `sqlite:…` or `postgres://…`. It may hold a password, which is never shown.

use std::convert::Infallible;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";

/// Parameters of an address that are secrets.
const SECRETS: [&str; 2] = ["password", "sslpassword"];

/// An address as it was given.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseAddress(String);

impl FromStr for DatabaseAddress {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl From<String> for DatabaseAddress {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Deref for DatabaseAddress {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.0))
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_secrets(&self.0))
    }
}

impl DatabaseAddress {
    /// As the store opens it: a plain path is a SQLite file.
    pub fn full(&self) -> String {
        let is_address = ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| self.0.starts_with(scheme));
        if is_address { self.0.clone() } else { format!("sqlite:{}", self.0) }
    }

    /// Whether it ends with the process.
    pub fn is_in_memory(&self) -> bool {
        !self.is_postgres() && (self.0.contains(":memory:") || self.0.contains("mode=memory"))
    }

    /// Whether it is a PostgreSQL database.
    pub fn is_postgres(&self) -> bool {
        self.0.starts_with("postgres:") || self.0.starts_with("postgresql:")
    }

    /// The file of a SQLite database, without parameters.
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.0.strip_prefix("sqlite:").unwrap_or(&self.0);
        let path = path.strip_prefix("//").unwrap_or(path);
        let is_other = self.is_postgres() || self.is_in_memory();
        (!is_other).then(|| Path::new(path.split('?').next().unwrap_or(path)).to_owned())
    }

    /// Whether it holds a password.
    pub fn has_secret(&self) -> bool {
        without_secrets(&self.0) != self.0
    }

    /// Server, port and name of a PostgreSQL database, for a comparison.
    pub fn place(&self) -> Option<String> {
        let (_, rest) = self.is_postgres().then(|| self.0.split_once("://"))??;
        let rest = rest.split('?').next().unwrap_or(rest);
        let (_, place) = rest.rsplit_once('@').unwrap_or(("", rest));
        let (server, name) = place.split_once('/').unwrap_or((place, ""));
        let server = if server.contains(':') { server.to_owned() } else { format!("{server}:5432") };
        Some(format!("{}/{name}", server.to_lowercase().replace("localhost", "127.0.0.1")))
    }

    /// The address without its password, and the password: for programs that take it in a variable.
    pub fn parted(&self) -> (String, Option<String>) {
        let Some((scheme, rest)) = self.0.split_once("://") else { return (self.0.clone(), None) };
        let (authority, tail) = split_authority(rest);
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let is_password = |pair: &&str| pair.to_lowercase().starts_with("password=");
        let (passwords, others): (Vec<&str>, Vec<&str>) =
            query.split('&').filter(|pair| !pair.is_empty()).partition(is_password);
        let in_query = passwords.first().and_then(|pair| pair.split_once('=')).map(|(_, password)| decoded(password));
        let (authority, in_authority) =
            match authority.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
                Some((Some((user, password)), host)) => (format!("{user}@{host}"), Some(decoded(password))),
                _ => (authority.to_owned(), None),
            };
        let mark = if others.is_empty() { "" } else { "?" };
        (format!("{scheme}://{authority}{path}{mark}{}", others.join("&")), in_authority.or(in_query))
    }
}

/// The text of an address with its secrets replaced.
pub fn without_secrets(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, tail) = split_authority(rest);
    let authority = match authority.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{user}:{REDACTED}@{host}"),
        _ => authority.to_owned(),
    };
    let whole = format!("{scheme}://{authority}{tail}");
    SECRETS.into_iter().fold(whole, |shown, name| without_parameter(&shown, name))
}

/// The text with the value of every such parameter replaced, wherever it stands.
fn without_parameter(text: &str, name: &str) -> String {
    let mark = format!("{name}=");
    let mut parts = text.split('&').map(|part| match part.to_lowercase().find(&mark).map(|at| at + mark.len()) {
        Some(end) => format!("{}{REDACTED}", part.get(..end).unwrap_or_default()),
        None => part.to_owned(),
    });
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |text, part| format!("{text}&{part}"))
}

/// User, password, server and port; then the rest. A password may hold a `/` or `?` that nobody has encoded.
fn split_authority(rest: &str) -> (&str, &str) {
    let from = rest.rfind('@').unwrap_or(0);
    let end = rest.get(from..).and_then(|after| after.find(['/', '?'])).map_or(rest.len(), |end| from + end);
    rest.split_at_checked(end).unwrap_or((rest, ""))
}

/// `%2F` and the like as the bytes that they stand for.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text);
    while let Some(first) = rest.as_bytes().first() {
        let code = rest.strip_prefix('%').and_then(|after| after.get(..2));
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = rest.get(3..).unwrap_or_default();
        } else {
            bytes.push(*first);
            let next = rest.char_indices().nth(1).map_or(rest.len(), |(at, _)| at);
            bytes.extend(rest.as_bytes().get(1..next).unwrap_or_default());
            rest = rest.get(next..).unwrap_or_default();
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> DatabaseAddress {
        let Ok(address) = text.parse();
        address
    }

    #[test]
    fn a_password_is_never_shown() {
        for (text, shown) in [
            ("postgres://nuan:s3cret@db:5432/nuan", "postgres://nuan:[redacted]@db:5432/nuan"),
            ("postgres://nuan:s3c/r?e@t@db/nuan?a=b", "postgres://nuan:[redacted]@db/nuan?a=b"),
            ("postgres://db/nuan?user=a&password=s3cret&x=y", "postgres://db/nuan?user=a&password=[redacted]&x=y"),
            ("postgres://db/nuan?Password=s3cret&x=a@b", "postgres://db/nuan?Password=[redacted]&x=a@b"),
            ("postgresql://nuan@db/nuan", "postgresql://nuan@db/nuan"),
            ("nuan.sqlite", "nuan.sqlite"),
            ("sqlite:/a@b:c/nuan.sqlite", "sqlite:/a@b:c/nuan.sqlite"),
        ] {
            assert_eq!(address(text).to_string(), shown);
            assert_eq!(format!("{:?}", address(text)), shown);
            assert_eq!(address(text).has_secret(), text != shown);
        }
    }

    #[test]
    fn a_password_is_handed_over_apart() {
        let (without, password) = address("postgres://nuan:a%2Fb%e6%9a%96暖@db/nuan?x=y").parted();
        assert_eq!((without.as_str(), password.as_deref()), ("postgres://nuan@db/nuan?x=y", Some("a/b暖暖")));
        let (without, password) = address("postgres://db/nuan?user=a&password=s3cret&x=y").parted();
        assert_eq!((without.as_str(), password.as_deref()), ("postgres://db/nuan?user=a&x=y", Some("s3cret")));
        assert_eq!(address("postgres://nuan@db/nuan").parted(), ("postgres://nuan@db/nuan".to_owned(), None));
    }

    #[test]
    fn an_address_says_where_its_database_is() {
        assert_eq!(address("sqlite:/a/b.sqlite?x=y").file().unwrap(), Path::new("/a/b.sqlite"));
        assert_eq!(address("sqlite:///a/b.sqlite").file().unwrap(), Path::new("/a/b.sqlite"));
        assert_eq!(address("b.sqlite").full(), "sqlite:b.sqlite");
        assert!(address("sqlite::memory:").is_in_memory() && address("sqlite::memory:").file().is_none());
        assert_eq!(address("postgres://a:b@Localhost/n").place(), address("postgres://127.0.0.1:5432/n?x=y").place());
        assert_ne!(address("postgres://db/n").place(), address("postgres://db/m").place());
        assert_eq!(address("b.sqlite").place(), None);
    }
}
