//! The one way out to the network: TLS, proxy, time limits, retries.
//!
//! TLS is rustls with `ring` and Mozilla's roots, unless other authorities are given as PEM. A request
//! that a server answers with 429 or 5xx, or that breaks before an answer, is tried again after a
//! pause that doubles; a server's `Retry-After` is believed up to a limit.

use std::io::Read;
use std::time::Duration;

use rustls::CertificateError;
use ureq::Agent;
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

/// How connections are made.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    pub user_agent: String,
    /// Certificate authorities to trust in place of the built-in ones, PEM. Empty: Mozilla's.
    pub authorities: Vec<u8>,
    /// `http://host:port`, with user info where the proxy wants it.
    pub proxy: Option<String>,
    /// Hosts that are asked directly, separated by commas.
    pub no_proxy: Option<String>,
    pub connect_timeout: Duration,
    /// Longest silence while an answer arrives.
    pub read_timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// Pause before the second attempt; doubles each time.
    pub pause: Duration,
    /// Never open a connection: every request fails, saying so.
    pub offline: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            user_agent: "panoply".to_owned(),
            authorities: Vec::new(),
            proxy: None,
            no_proxy: None,
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_mins(1),
            retries: 3,
            pause: Duration::from_millis(500),
            offline: false,
        }
    }
}

/// Longest pause that a server's `Retry-After` can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Makes requests.
#[derive(Clone, Debug)]
pub struct Http {
    agent: Agent,
    retries: u32,
    pause: Duration,
    offline: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    #[error("`{url}` was not asked: working offline")]
    Offline { url: String },
    #[error("the certificate of `{url}` is not accepted{hint}")]
    Certificate { url: String, hint: &'static str, source: Box<ureq::Error> },
    #[error("`{url}` cannot be reached")]
    Unreachable { url: String, source: Box<ureq::Error> },
    #[error("`{url}` answered {status}{hint}")]
    Status { url: String, status: u16, hint: String },
    #[error("the answer of `{url}` is larger than {limit} bytes")]
    TooLarge { url: String, limit: u64 },
    #[error("the answer of `{url}` broke off")]
    Broken { url: String, source: std::io::Error },
    #[error("these certificate authorities cannot be read: {0}")]
    Authorities(String),
    #[error("the proxy address cannot be used")]
    Proxy(#[source] Box<ureq::Error>),
}

/// An answer whose body has not been read.
pub type Answer = Response<ureq::Body>;

impl Http {
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        let mut tls = TlsConfig::builder();
        if !options.authorities.is_empty() {
            let mut certificates: Vec<Certificate<'static>> = Vec::new();
            for item in ureq::tls::parse_pem(&options.authorities) {
                let item = item.map_err(|error| HttpError::Authorities(error.to_string()))?;
                if let PemItem::Certificate(certificate) = item {
                    certificates.push(certificate);
                }
            }
            if certificates.is_empty() {
                return Err(HttpError::Authorities("no certificate in PEM is there".to_owned()));
            }
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
        }
        let config = Agent::config_builder()
            .user_agent(options.user_agent.as_str())
            .accept_encoding("identity")
            .http_status_as_error(false)
            .max_redirects(5)
            .timeout_connect(Some(options.connect_timeout))
            .timeout_recv_response(Some(options.read_timeout))
            .timeout_per_read(Some(options.read_timeout))
            .proxy(proxy(options)?)
            .tls_config(tls.build())
            .build();
        Ok(Self {
            agent: config.new_agent(),
            retries: options.retries,
            pause: options.pause,
            offline: options.offline,
        })
    }

    /// Asks until there is an answer that asking again would not change. Any status but 429 and
    /// 5xx is such an answer.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Answer, HttpError> {
        self.patiently(url, || {
            let request = self.agent.get(url);
            headers
                .iter()
                .fold(request, |request, (name, value)| request.header(*name, *value))
                .call()
        })
    }

    /// Asks for the headers of a GET only.
    pub fn head(&self, url: &str) -> Result<Answer, HttpError> {
        self.patiently(url, || self.agent.head(url).call())
    }

    /// Sends a form (`application/x-www-form-urlencoded`), with the same patience as [`Self::get`].
    pub fn post_form(&self, url: &str, form: &str) -> Result<Answer, HttpError> {
        self.patiently(url, || {
            let request = self.agent.post(url);
            request.header("content-type", "application/x-www-form-urlencoded").send(form)
        })
    }

    /// Whether a host answers in TLS: one attempt, at most as long as given. A certificate that is
    /// not accepted is an answer in TLS.
    pub(crate) fn speaks_tls(&self, host: &str, patience: Duration) -> bool {
        if self.offline {
            return false;
        }
        let request = self.agent.head(format!("https://{host}/v2/"));
        match request.config().timeout_global(Some(patience)).build().call() {
            Ok(_) => true,
            Err(error) => matches!(tls_error(&error), Some(rustls::Error::InvalidCertificate(_))),
        }
    }

    fn patiently(
        &self,
        url: &str,
        request: impl Fn() -> Result<Answer, ureq::Error>,
    ) -> Result<Answer, HttpError> {
        if self.offline {
            return Err(HttpError::Offline { url: url.to_owned() });
        }
        let mut pause = self.pause;
        let mut attempt = 0;
        loop {
            let last = attempt >= self.retries;
            match request() {
                Ok(answer) if last || !is_passing(answer.status().as_u16()) => return Ok(answer),
                Ok(answer) => pause = pause.max(asked_pause(&answer)),
                Err(error) if last || !may_pass(&error) => return Err(failed(url, error)),
                Err(_) => {}
            }
            std::thread::sleep(pause.min(LONGEST_PAUSE));
            pause *= 2;
            attempt += 1;
        }
    }

    /// The whole body of a 200, at most `limit` bytes.
    pub fn fetch(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        limit: u64,
    ) -> Result<Vec<u8>, HttpError> {
        let answer = self.get(url, headers)?;
        let status = answer.status().as_u16();
        if status != 200 {
            return Err(HttpError::Status { url: url.to_owned(), status, hint: String::new() });
        }
        body(url, answer, limit)
    }
}

/// Reads a body of at most `limit` bytes.
pub fn body(url: &str, answer: Answer, limit: u64) -> Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    let reader = answer.into_body().into_with_config().limit(u64::MAX).reader();
    reader
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| HttpError::Broken { url: url.to_owned(), source })?;
    if bytes.len() as u64 > limit {
        return Err(HttpError::TooLarge { url: url.to_owned(), limit });
    }
    Ok(bytes)
}

fn proxy(options: &HttpOptions) -> Result<Option<ureq::Proxy>, HttpError> {
    let Some(address) = &options.proxy else { return Ok(None) };
    let parsed = ureq::Proxy::new(address).map_err(|error| HttpError::Proxy(Box::new(error)))?;
    let Some(direct) = &options.no_proxy else { return Ok(Some(parsed)) };
    let mut builder =
        ureq::Proxy::builder(parsed.protocol()).host(parsed.host()).port(parsed.port());
    if let (Some(username), Some(password)) = (parsed.username(), parsed.password()) {
        builder = builder.username(username).password(password);
    }
    for host in direct.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
    }
    builder.build().map(Some).map_err(|error| HttpError::Proxy(Box::new(error)))
}

fn is_passing(status: u16) -> bool {
    status == 429 || (500..600).contains(&status)
}

/// Breaks of the connection may pass; what TLS has to say about the other side does not.
fn may_pass(error: &ureq::Error) -> bool {
    if tls_error(error).is_some() {
        return false;
    }
    matches!(error, ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed)
}

fn failed(url: &str, error: ureq::Error) -> HttpError {
    let url = url.to_owned();
    let hint = match tls_error(&error) {
        Some(rustls::Error::InvalidCertificate(why)) => certificate_hint(why),
        _ => return HttpError::Unreachable { url, source: Box::new(error) },
    };
    HttpError::Certificate { url, hint, source: Box::new(error) }
}

fn certificate_hint(why: &CertificateError) -> &'static str {
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "; if you know its authority, name the file with `--ca-file`, `PANOPLY_CA_FILE` or \
             `SSL_CERT_FILE`"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "; it has run out, or the clock of this machine is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "; it belongs to another name"
        }
        _ => "",
    }
}

/// What rustls had to say, which arrives wrapped where it came up while shaking hands.
fn tls_error(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Seconds of `Retry-After`; dates are not honoured, the doubling pause does for them.
fn asked_pause(answer: &Answer) -> Duration {
    let header = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let seconds = header.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    Duration::from_secs(seconds).min(LONGEST_PAUSE)
}
