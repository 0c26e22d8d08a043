//! The client of a witness: one request, no redirect, a short time, and no more of the answer than an answer has.

use std::time::Duration;

use nuan_domain::audit::note::{KeyError, Kind, NoteKey};
use nuan_domain::audit::witness::Answer;
use nuan_kernel::{Asking, NoAnswer, RemoteWitness};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(3);
/// Until the answer is there.
const ANSWER: Duration = Duration::from_secs(8);
/// Bytes of an answer.
const BYTES: usize = 64 * 1024;

/// Why a witness cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum NotAWitness {
    /// The address is none.
    #[error("`{0}` is not the address of a witness; one begins with https:// or http://")]
    Address(String),
    /// The key is none.
    #[error("the key of a witness cannot be read")]
    Key(#[source] KeyError),
    /// The key signs texts, as a log does.
    #[error("the key of `{0}` is that of a log; a witness has one that cosigns")]
    KeyOfALog(String),
    /// TLS cannot be set up.
    #[error("failed to set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// A witness at an address.
#[derive(Debug)]
pub struct HttpWitness {
    client: Client,
    address: Url,
    key: NoteKey,
}

impl HttpWitness {
    /// A witness by the prefix of its address.
    pub fn new(prefix: &str, key: NoteKey) -> Result<Self, NotAWitness> {
        if key.kind() != Kind::Cosignature {
            return Err(NotAWitness::KeyOfALog(key.name().to_owned()));
        }
        let wrong = || NotAWitness::Address(prefix.to_owned());
        let address = format!("{}/add-checkpoint", prefix.trim_end_matches('/'));
        let address = Url::parse(&address).map_err(|_| wrong())?;
        if !["http", "https"].contains(&address.scheme()) || !address.has_host() {
            return Err(wrong());
        }
        let client = Client::builder().redirect(Policy::none()).no_proxy().connect_timeout(CONNECT).timeout(ANSWER);
        Ok(Self { client: client.build().map_err(NotAWitness::Client)?, address, key })
    }

    async fn ask(&self, request: String) -> Result<Answer, reqwest::Error> {
        let mut response = self.client.post(self.address.clone()).body(request).send().await?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > BYTES {
                return Ok(Answer::Refused(status));
            }
        }
        Ok(Answer::read(status, &content_type, &body))
    }
}

impl RemoteWitness for HttpWitness {
    fn key(&self) -> &NoteKey {
        &self.key
    }

    fn add_checkpoint(&self, request: String) -> Asking<'_> {
        Box::pin(async move { self.ask(request).await.map_err(|error| NoAnswer(Box::new(error.without_url()))) })
    }
}
