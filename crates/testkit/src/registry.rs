//! A small registry on a loopback port: one image, token authentication, and faults on request.
//!
//! It speaks real HTTP over whatever a test wraps its connections in, so that TLS stays with the
//! test that wants it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use panoply_base::Digest;

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// The first answer with a layer ends after so many bytes.
    pub break_after: Option<usize>,
    /// So many manifest requests are answered with 503.
    pub busy: u32,
    /// The layer has another byte than its digest says.
    pub tamper: bool,
}

/// Serves `shop/web:1` to `ann`, whose password is `invented`, until the process ends.
#[derive(Debug)]
pub struct Registry {
    pub port: u16,
    layer: Vec<u8>,
}

#[derive(Debug)]
struct Content {
    scheme: &'static str,
    behaviour: Behaviour,
    layer: Vec<u8>,
    config: Vec<u8>,
    manifest: Vec<u8>,
    busy: AtomicU32,
    broken: AtomicU32,
}

/// `ann:invented` in base64.
const BASIC: &str = "Basic YW5uOmludmVudGVk";

impl Registry {
    /// Plain HTTP and a layer of arbitrary bytes.
    pub fn start(behaviour: Behaviour) -> Self {
        let layer: Vec<u8> = (0..20_000_u32).map(|n| (n % 251) as u8).collect();
        Self::wrapped("http", layer, behaviour, Ok)
    }

    /// Every connection goes through `wrap` first; one that it refuses is closed.
    pub fn wrapped<S: Read + Write>(
        scheme: &'static str,
        layer: Vec<u8>,
        behaviour: Behaviour,
        wrap: impl Fn(TcpStream) -> io::Result<S> + Send + 'static,
    ) -> Self {
        let content = Content::new(scheme, layer.clone(), behaviour);
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let port = listener.local_addr().expect("it was bound a line above").port();
        // Ends with the test process; a test makes a handful of requests.
        std::thread::spawn(move || {
            for stream in listener.incoming().take(100).flatten() {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                if let Ok(mut stream) = wrap(stream) {
                    let _ = content.serve(&mut stream);
                }
            }
        });
        Self { port, layer }
    }

    pub fn layer(&self) -> &[u8] {
        &self.layer
    }
}

struct Request {
    method: String,
    path: String,
    host: String,
    authorization: String,
    offset: usize,
}

fn read_request(stream: &mut impl Read) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next()?,
        path: words.next()?,
        host: String::new(),
        authorization: String::new(),
        offset: 0,
    };
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "host" => value.trim().clone_into(&mut request.host),
            "authorization" => value.trim().clone_into(&mut request.authorization),
            "range" => {
                let from = value.trim().strip_prefix("bytes=")?.split('-').next()?;
                request.offset = from.parse().ok()?;
            }
            _ => {}
        }
    }
    Some(request)
}

impl Content {
    fn new(scheme: &'static str, layer: Vec<u8>, behaviour: Behaviour) -> Arc<Self> {
        let config = format!(
            r#"{{"os":"linux","architecture":"amd64","rootfs":{{"diff_ids":["{}"]}}}}"#,
            Digest::sha256(&layer)
        )
        .into_bytes();
        let manifest = format!(
            r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},"layers":[{{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"{}","size":{}}}]}}"#,
            Digest::sha256(&config),
            config.len(),
            Digest::sha256(&layer),
            layer.len()
        )
        .into_bytes();
        let busy = AtomicU32::new(behaviour.busy);
        let broken = AtomicU32::new(0);
        Arc::new(Self { scheme, behaviour, layer, config, manifest, busy, broken })
    }

    fn serve(&self, stream: &mut (impl Read + Write)) -> io::Result<()> {
        let Some(mut request) = read_request(stream) else { return Ok(()) };
        if request.method == "CONNECT" {
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
            let Some(inner) = read_request(stream) else { return Ok(()) };
            request = inner;
        }
        if request.path.starts_with("/token?") {
            if request.authorization == BASIC
                && request.path.contains("scope=repository%3Ashop%2Fweb%3Apull")
            {
                return respond(stream, 200, &[], br#"{"token":"ticket"}"#, None);
            }
            return respond(stream, 401, &[], b"", None);
        }
        if request.authorization != "Bearer ticket" {
            // Passwords go to loopback or over TLS only, so behind the proxy the realm is loopback too.
            let host =
                if request.host.ends_with(".invalid") { "127.0.0.1:1" } else { &request.host };
            let challenge = format!(
                "www-authenticate: Bearer realm=\"{}://{host}/token\",service=\"test\",scope=\"repository:shop/web:pull\"",
                self.scheme
            );
            return respond(stream, 401, &[challenge], b"", None);
        }
        self.answer(stream, &request)
    }

    fn answer(&self, stream: &mut impl Write, request: &Request) -> io::Result<()> {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        if request.path.contains("/manifests/") {
            let left = self.busy.load(Ordering::SeqCst);
            if left > 0 {
                self.busy.store(left - 1, Ordering::SeqCst);
                return respond(stream, 503, &[], b"", None);
            }
            return respond(stream, 200, &[], &self.manifest, None);
        }
        if name == Digest::sha256(&self.config).to_string() {
            return respond(stream, 200, &[], &self.config, None);
        }
        if name != Digest::sha256(&self.layer).to_string() {
            return respond(stream, 404, &[], b"", None);
        }
        let mut layer = self.layer.clone();
        if self.behaviour.tamper
            && let Some(byte) = layer.get_mut(100)
        {
            *byte ^= 1;
        }
        let first = self.broken.fetch_add(1, Ordering::SeqCst) == 0;
        let stop = self.behaviour.break_after.filter(|_| first);
        let status = if request.offset == 0 { 200 } else { 206 };
        let rest = layer.get(request.offset..).unwrap_or_default();
        respond(stream, status, &[], rest, stop)
    }
}

fn respond(
    stream: &mut impl Write,
    status: u16,
    headers: &[String],
    body: &[u8],
    stop: Option<usize>,
) -> io::Result<()> {
    let mut head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.get(..stop.unwrap_or(body.len())).unwrap_or(body))?;
    stream.flush()
}
