//! A small registry: one image, token authentication, and faults on request.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use panoply_base::Digest;

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behaviour {
    /// The first answer with a layer ends after so many bytes.
    pub break_after: Option<usize>,
    /// So many manifest requests are answered with 503.
    pub busy: u32,
    /// The layer has another byte than its digest says.
    pub tamper: bool,
}

pub(crate) struct Registry {
    pub port: u16,
    content: Arc<Content>,
}

struct Content {
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
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let layer: Vec<u8> = (0..20_000_u32).map(|n| (n % 251) as u8).collect();
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
        let content = Arc::new(Content {
            behaviour,
            layer,
            config,
            manifest,
            busy,
            broken: AtomicU32::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = Arc::clone(&content);
        // Ends with the test process; a test makes a handful of requests.
        std::thread::spawn(move || {
            for stream in listener.incoming().take(100).flatten() {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
                served.serve(stream);
            }
        });
        Self { port, content }
    }

    pub(crate) fn layer(&self) -> &[u8] {
        &self.content.layer
    }
}

struct Request {
    method: String,
    path: String,
    host: String,
    authorization: String,
    offset: usize,
}

fn read_request(stream: &TcpStream) -> Option<Request> {
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
    fn serve(&self, stream: TcpStream) {
        let Some(mut request) = read_request(&stream) else { return };
        if request.method == "CONNECT" {
            let _ = (&stream).write_all(b"HTTP/1.1 200 Connected\r\n\r\n");
            let Some(inner) = read_request(&stream) else { return };
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
            let challenge = format!(
                "www-authenticate: Bearer realm=\"http://{}/token\",service=\"test\",scope=\"repository:shop/web:pull\"",
                if request.host.ends_with(".invalid") { "127.0.0.1:1" } else { &request.host }
            );
            return respond(stream, 401, &[challenge], b"", None);
        }
        self.answer(stream, &request);
    }

    fn answer(&self, stream: TcpStream, request: &Request) {
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
        if self.behaviour.tamper {
            layer[100] ^= 1;
        }
        let first = self.broken.fetch_add(1, Ordering::SeqCst) == 0;
        let stop = self.behaviour.break_after.filter(|_| first);
        let status = if request.offset == 0 { 200 } else { 206 };
        respond(stream, status, &[], &layer[request.offset..], stop);
    }
}

fn respond(
    mut stream: TcpStream,
    status: u16,
    headers: &[String],
    body: &[u8],
    stop: Option<usize>,
) {
    let mut head =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    let shown = &body[..stop.unwrap_or(body.len()).min(body.len())];
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(shown));
}
