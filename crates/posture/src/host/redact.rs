//! What a snapshot must not hold: hashes, keys and tokens are replaced where a file is read, before
//! anybody else sees its text. Lines stay where they are.

use crate::secret_names;

/// What stands where a secret was.
const HIDDEN: &str = "<hidden>";

/// The text of a file without its secrets.
pub(crate) fn text(path: &str, text: &str) -> String {
    if matches!(path, "/etc/shadow" | "/etc/passwd" | "/etc/group") {
        return text.split_inclusive('\n').map(colons).collect();
    }
    let is_boot = path.starts_with("/boot/");
    let mut hidden = String::with_capacity(text.len());
    let mut in_key = false;
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches(['\n', '\r']);
        let end = line.get(body.len()..).unwrap_or_default();
        // A key in PEM goes over many lines.
        let begins = body.contains("-----BEGIN ") && body.contains("PRIVATE KEY");
        if in_key || begins {
            in_key = !body.contains("-----END ");
            hidden.push_str(HIDDEN);
        } else if is_boot
            && (body.contains("grub.pbkdf2") || body.trim_start().starts_with("password"))
        {
            let word = body.split_whitespace().next().unwrap_or_default();
            hidden.push_str(word.split('=').next().unwrap_or_default());
            hidden.push_str(if word.contains('=') { "=" } else { " " });
            hidden.push_str(HIDDEN);
        } else {
            hidden.push_str(&assignment(body));
        }
        hidden.push_str(end);
    }
    hidden
}

/// The second field of a line of shadow, passwd or group: its scheme stays, its hash does not.
fn colons(line: &str) -> String {
    let mut fields: Vec<&str> = line.split(':').collect();
    let kept = match fields.get(1).copied() {
        Some("" | "x" | "*" | "!" | "!!" | "!*") | None => return line.to_owned(),
        Some(field) if field.starts_with(['!', '*']) => "!",
        Some(field) => mark(field),
    };
    if let Some(field) = fields.get_mut(1) {
        *field = kept;
    }
    fields.join(":")
}

/// The mark of a scheme of crypt(5), without salt and hash.
fn mark(field: &str) -> &'static str {
    const MARKS: [&str; 10] =
        ["$y$", "$gy$", "$7$", "$6$", "$5$", "$2", "$sm3$", "$1$", "$md5", "_"];
    MARKS.iter().find(|mark| field.starts_with(**mark)).copied().unwrap_or("des")
}

/// `name: value` and `name=value` lose their value where the name says that it is a secret.
fn assignment(line: &str) -> String {
    if let Some(at) = line.find([':', '=']) {
        let key = line.get(..at).unwrap_or_default().trim().trim_start_matches("- ");
        let key = key.trim_matches(['"', '\'']);
        // `Environment="TOKEN=x"`.
        let key = key.rsplit(['"', ' ']).next().unwrap_or(key);
        let value = line.get(at + 1..).unwrap_or_default();
        let says = is_secret(key) && !value.trim().is_empty();
        if says {
            return format!("{} {HIDDEN}", line.get(..=at).unwrap_or_default());
        }
    }
    // Further assignments of the same line, as in units and on command lines.
    let mut kept: Vec<String> = Vec::new();
    let mut changed = false;
    for word in line.split(' ') {
        let (hidden, is_hidden) = argument(word);
        changed |= is_hidden;
        kept.push(hidden);
    }
    if changed { kept.join(" ") } else { line.to_owned() }
}

fn is_secret(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    matches!(lower.as_str(), "client-key-data" | "secret" | "auth" | "key-data" | "agent-token")
        || secret_names::is_name(key)
}

/// One word of a command line, and whether its value had to go.
pub(crate) fn argument(word: &str) -> (String, bool) {
    if let Some((key, value)) = word.split_once('=') {
        let name = key.trim_start_matches(['-', '"', '\'']).rsplit(['"', '\'']).next();
        let is_path = value.starts_with('/');
        if name.is_some_and(is_secret) && !value.is_empty() && !is_path {
            return (format!("{key}={HIDDEN}"), true);
        }
        if let Some((inner, _)) = value.split_once('=')
            && is_secret(inner.trim_start_matches(['"', '\'']))
        {
            return (format!("{key}={inner}={HIDDEN}"), true);
        }
    }
    // A user and a password in front of a host.
    if let Some((scheme, rest)) = word.split_once("://")
        && let Some((user, host)) = rest.split_once('@')
        && !user.contains('/')
        && user.contains(':')
    {
        return (format!("{scheme}://{HIDDEN}@{host}"), true);
    }
    (word.to_owned(), false)
}

/// Words of a command line; `--token x` keeps its flag.
pub(crate) fn arguments(words: &[String]) -> Vec<String> {
    let mut kept = Vec::with_capacity(words.len());
    let mut hide = false;
    for word in words {
        if std::mem::take(&mut hide) && !word.starts_with('-') {
            kept.push(HIDDEN.to_owned());
            continue;
        }
        kept.push(argument(word).0);
        let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
        hide = name.is_some_and(|name| !name.contains('=') && is_secret(name));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{arguments, text};

    fn check(path: &str, input: &str, expected: &str) {
        assert_eq!(text(path, input), expected, "{path}");
    }

    #[test]
    fn hashes_go_and_their_scheme_stays() {
        check("/etc/shadow", "a:$6$salt$hash:1:2:3:::\n", "a:$6$:1:2:3:::\n");
        check("/etc/shadow", "a:!$y$x$y:1::::::\nb:*:1\nc::1\n", "a:!:1::::::\nb:*:1\nc::1\n");
        check("/etc/passwd", "a:abJnggxhB/yWI:0:0::/:/bin/sh\n", "a:des:0:0::/:/bin/sh\n");
    }

    #[test]
    fn values_under_secret_names_go() {
        check(
            "/etc/rancher/k3s/config.yaml",
            "token: abc\ntls-san: x\n",
            "token: <hidden>\ntls-san: x\n",
        );
        check("/etc/x.conf", "    client-key-data: QUJD\n", "    client-key-data: <hidden>\n");
        check(
            "/etc/a.service",
            "Environment=\"DB_PASSWORD=hunter2\"\n",
            "Environment=\"DB_PASSWORD=<hidden>\n",
        );
        check(
            "/etc/a.service",
            "ExecStart=/bin/x --password=q -v\n",
            "ExecStart=/bin/x --password=<hidden> -v\n",
        );
        check("/etc/ssh/sshd_config", "PasswordAuthentication no\n", "PasswordAuthentication no\n");
        check(
            "/boot/grub/grub.cfg",
            "password_pbkdf2 root grub.pbkdf2.x\n",
            "password_pbkdf2 <hidden>\n",
        );
        let pem = "a\n-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\nb\n";
        check("/etc/x", pem, "a\n<hidden>\n<hidden>\n<hidden>\nb\n");
    }

    #[test]
    fn command_lines_lose_what_follows_a_secret_flag() {
        let words =
            ["k3s", "--token", "abc", "--password=x", "--token-file=/run/t", "http://u:p@h/"];
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let expected = [
            "k3s",
            "--token",
            "<hidden>",
            "--password=<hidden>",
            "--token-file=/run/t",
            "http://<hidden>@h/",
        ];
        assert_eq!(arguments(&words), expected);
    }
}
