//! Which bytes in a program or library give its version away, where no package manager does.
//!
//! Each mark was found in programs built by Debian, Node, Deno or Bun and gives the version that
//! their makers give. Marks are texts a program prints or sends, not accidents of one compiler.

/// One product and how to know it.
#[derive(Debug)]
pub(super) struct Classifier {
    /// Name in `pkg:generic/`.
    pub product: &'static str,
    /// File names; `*` stands for any text.
    pub names: &'static [&'static str],
    /// The first that fits decides.
    pub marks: &'static [Mark],
}

/// Where the version stands. `{2}` and `{3}` are versions of at least two or three numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// Between other texts.
    Text(&'static str),
    /// A text that is nothing but a version of at least so many numbers, the only such text.
    Alone(usize),
    /// The highest of the texts that are nothing but a version of exactly so many numbers: the others
    /// are those of parts, or of the release in which a command came.
    Highest(usize),
    /// The only such text of at least so many numbers, where the version continues the digits of the file's name (`python3.11`).
    Series(usize),
    /// At the end of the file's name: `libz.so.1.3.1`.
    FileName(usize),
}

use Mark::{Alone, FileName, Highest, Series, Text};

const fn of(
    product: &'static str,
    names: &'static [&'static str],
    marks: &'static [Mark],
) -> Classifier {
    Classifier { product, names, marks }
}

pub(super) const CLASSIFIERS: &[Classifier] = &[
    // Languages and runtimes.
    of("bash", &["bash", "bash-*"], &[Text("@(#)Bash version {3}(")]),
    of("bun", &["bun", "bun-*"], &[Text("\0Bun v{3} (")]),
    of("deno", &["deno"], &[Text("Deno/{3}Deno/")]),
    of("gawk", &["gawk", "gawk-*"], &[Text("GNU Awk {2}\0")]),
    of("lua", &["lua*", "liblua*.so*"], &[Text("$LuaVersion: Lua {3} ")]),
    of(
        "node",
        &["node", "nodejs", "libnode.so*", "node.exe"],
        &[Text("node.js/v{3}\0"), Text("/node-v{3}.tar.gz")],
    ),
    of(
        "openjdk",
        &["libjvm.so"],
        &[Text("OpenJDK 64-Bit Server VM ({2}"), Text("OpenJDK Server VM ({2}")],
    ),
    of("perl", &["perl", "perl5*", "libperl.so*"], &[Text("\0v{3}\0"), Text("/perl5/{3}/")]),
    of(
        "php",
        &["php", "php?*", "php-*", "libphp*.so", "mod_php*.so"],
        &[Text("X-Powered-By: PHP/{3}\0")],
    ),
    of("python", &["python*", "libpython*.so*"], &[Series(3)]),
    of("ruby", &["ruby*", "libruby*.so*"], &[Text("\0ruby {3}p"), Text("\0ruby {3} (")]),
    of("zsh", &["zsh", "zsh-*"], &[Text("/zsh/{2}\0")]),
    // Servers of web pages, and what stands before them.
    of(
        "haproxy",
        &["haproxy"],
        &[Text("\0 version {3}, released "), Text(" version {3}, released ")],
    ),
    of("httpd", &["httpd", "apache2"], &[Text("\0Apache/{3}\0"), Text("\0Apache/{3} (")]),
    of("lighttpd", &["lighttpd"], &[Text("\0lighttpd/{3}\0")]),
    of("modsecurity", &["libmodsecurity.so*"], &[Text("ModSecurity v{3} (")]),
    of("nginx", &["nginx", "nginx-*"], &[Text("\0nginx version: nginx/{3}")]),
    of("openresty", &["nginx", "openresty"], &[Text("nginx version: openresty/{3}")]),
    of("squid", &["squid"], &[Text("\0squid/{2}\0")]),
    of("stunnel", &["stunnel*"], &[Text("stunnel {2} on ")]),
    of("tor", &["tor"], &[Text("\0tor {3}\0")]),
    of("varnish", &["varnishd", "libvarnishapi.so*"], &[Text("varnish-{3} revision ")]),
    // Databases, queues, caches.
    of("mariadb", &["mariadb*", "mysql", "mysqld"], &[Text("\0{3}-MariaDB")]),
    of("memcached", &["memcached"], &[Text("\0memcached {3}\0"), Text("VERSION {3}\0")]),
    of("mosquitto", &["mosquitto"], &[Highest(3)]),
    of("mysql", &["mysql", "mysqld"], &[Text("/mysql-{3}/")]),
    of("postgresql", &["postgres", "psql", "initdb", "pg_*"], &[Text("(PostgreSQL) {2}")]),
    of("redis", &["redis-*"], &[Highest(3)]),
    of("sqlite", &["sqlite3", "libsqlite3.so*"], &[Series(3)]),
    of("valkey", &["valkey-*"], &[Highest(3)]),
    // Mail, names, directory, files and remote access.
    of("coturn", &["turnserver"], &[Text("\0Coturn-{3} ")]),
    of("dnsmasq", &["dnsmasq"], &[Text("\0dnsmasq-{2}\0")]),
    of("dovecot", &["dovecot"], &[Text("\0Dovecot v{3} (")]),
    of("dropbear", &["dropbear", "dbclient", "dropbearmulti"], &[Text("SSH-2.0-dropbear_{2}")]),
    of("freeradius", &["freeradius", "radiusd"], &[Text("FreeRADIUS Version {3},")]),
    of("kamailio", &["kamailio"], &[Text("\0kamailio {3} (")]),
    of("openssh", &["ssh", "sshd", "ssh-keyscan"], &[Text("\0OpenSSH_{2}")]),
    of("openvpn", &["openvpn"], &[Highest(3)]),
    of("proftpd", &["proftpd"], &[Text("\0ProFTPD Version {3}")]),
    of("rsync", &["rsync"], &[Highest(3)]),
    of("unbound", &["unbound", "unbound-*"], &[Text("\0unbound {3}\0")]),
    of("vsftpd", &["vsftpd"], &[Text("vsftpd: version {3}")]),
    // Tools.
    of("busybox", &["busybox", "busybox.*"], &[Text("BusyBox v{3} (")]),
    of("curl", &["curl"], &[Text("\0curl/{3}\0"), Text("curl {3} (")]),
    of("ffmpeg", &["ffmpeg", "ffprobe", "ffplay"], &[Text("%s version {2}")]),
    of("git", &["git", "git-*"], &[Text("git/{3}\0")]),
    of("gnupg", &["gpg", "gpg2"], &[Text("OpenPGP server {3} ready")]),
    of("jq", &["jq", "libjq.so*"], &[Text("\0jq-{2}\0"), Alone(2)]),
    of("nano", &["nano"], &[Text("\0GNU nano {2}\0")]),
    of("qemu", &["qemu-*"], &[Text("QEMU emulator version {3}")]),
    of("sudo", &["sudo", "sudoreplay", "cvtsudoers"], &[Highest(3)]),
    of("tcpdump", &["tcpdump"], &[Text("%s version {3}\n")]),
    of("tini", &["tini", "tini-static", "docker-init"], &[Text("tini version {3}")]),
    of("xz", &["xz", "lzma", "lzmainfo", "xzdec"], &[Text("(XZ Utils) {3}")]),
    of("zstd", &["zstd", "zstdmt"], &[Text("\0v{3}\0")]),
    // Libraries.
    of("bzip2", &["libbz2.so*"], &[Text("\0{3}, ")]),
    of(
        "curl",
        &["libcurl.so*", "libcurl-*.so*"],
        &[Text("libcurl/{3}\0"), Text("CLIENT libcurl {3}\r")],
    ),
    of("expat", &["libexpat*.so*"], &[Text("\0expat_{3}\0")]),
    of("ffmpeg", &["libav*.so*", "libsw*.so*"], &[Text("FFmpeg version {2}")]),
    of("glibc", &["libc.so.6", "libc-2.*.so"], &[Text(" stable release version {2}.\n")]),
    of("gnutls", &["libgnutls.so*"], &[Text("Enabled GnuTLS {3} logging")]),
    of("libarchive", &["libarchive.so*"], &[Text("\0libarchive {3}\0")]),
    of("libgcrypt", &["libgcrypt.so*"], &[Text("This is Libgcrypt {3} - ")]),
    of(
        "libjpeg-turbo",
        &["libjpeg.so*", "libturbojpeg.so*"],
        &[Text("libjpeg-turbo version {3} (")],
    ),
    of("libpng", &["libpng*.so*"], &[Text("libpng version {3}\n"), Text("libpng version {3} - ")]),
    of("libressl", &["openssl", "libssl.so*", "libcrypto.so*"], &[Text("\0LibreSSL {3}\0")]),
    of("libssh", &["libssh.so*"], &[Text("SSH-2.0-libssh_{3}")]),
    of("libssh2", &["libssh2.so*"], &[Text("SSH-2.0-libssh2_{3}")]),
    of("libtiff", &["libtiff.so*"], &[Text("LIBTIFF, Version {3}\n")]),
    of("libxml2", &["libxml2.so*"], &[FileName(3)]),
    of("lz4", &["liblz4.so*"], &[FileName(3)]),
    of("mbedtls", &["libmbedcrypto.so*"], &[Text("mbed TLS {3}\0"), Text("Mbed TLS {3}\0")]),
    of("musl", &["ld-musl-*.so*", "libc.musl-*.so*"], &[Alone(3)]),
    of(
        "nss",
        &["libnss3.so", "libfreebl*.so"],
        &[Text("Version: NSS {2} "), Text("Version: NSS {2}\0")],
    ),
    of(
        "openssl",
        &["openssl", "libssl.so*", "libcrypto.so*", "libssl-*.dll", "libcrypto-*.dll"],
        &[Text("\0OpenSSL {3} ")],
    ),
    of("wolfssl", &["libwolfssl.so*"], &[Text("wolfSSL {3}\0")]),
    of("xz", &["liblzma.so*"], &[Alone(3), FileName(3)]),
    of(
        "zlib",
        &["libz.so*", "zlib1.dll"],
        &[Text(" deflate {2} Copyright "), Text(" inflate {2} Copyright ")],
    ),
    of("zstd", &["libzstd.so*"], &[FileName(3)]),
];
