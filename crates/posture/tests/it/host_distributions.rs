//! Roots laid out as distributions ship them: the same question finds its answer at other places.

use crate::host::{Tree, read, value};

/// Values of resources below a root with these files: address, path, expected.
fn check(name: &str, files: &[(&str, &str)], expected: &[(&str, &[&str], &str)]) {
    let tree = Tree::new(name, files);
    let (_, resources, problems) = read(&tree.snapshot());
    assert_eq!(problems, Vec::<String>::new(), "{name}");
    for (address, path, wanted) in expected {
        assert_eq!(value(&resources, address, path), *wanted, "{name}: {address} {path:?}");
    }
}

#[test]
fn rhel_9_takes_cryptography_from_a_drop_in_and_pam_from_authselect() {
    let files = [
        ("etc/os-release", "ID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\n"),
        ("var/lib/rpm/rpmdb.sqlite", ""),
        (
            "etc/ssh/sshd_config",
            "Include /etc/ssh/sshd_config.d/*.conf\n#PermitRootLogin prohibit-password\n",
        ),
        (
            "etc/ssh/sshd_config.d/50-redhat.conf",
            "Include /etc/crypto-policies/back-ends/opensshserver.config\nUsePAM yes\nX11Forwarding yes\n",
        ),
        ("etc/crypto-policies/config", "DEFAULT:SHA1\n"),
        ("etc/crypto-policies/back-ends/opensshserver.config", "Ciphers aes256-gcm@openssh.com\n"),
        ("etc/authselect/system-auth", "password requisite pam_pwquality.so minlen=14\n"),
        ("etc/pam.d/passwd", "password substack system-auth\n"),
    ];
    let tree = Tree::new("rhel9", &files);
    let link = tree.0.join("etc/pam.d/system-auth");
    std::os::unix::fs::symlink("/etc/authselect/system-auth", link).unwrap();
    let (_, resources, _) = read(&tree.snapshot());
    let check = |address: &str, path: &[&str], wanted: &str| {
        assert_eq!(value(&resources, address, path), wanted, "{address} {path:?}");
    };
    check("host", &["os", "family"], "rhel");
    check("host", &["os", "packages"], "rpm");
    check("host", &["os", "mac"], "selinux");
    check("sshd", &["ciphers"], "aes256-gcm@openssh.com");
    check("sshd", &["usepam"], "yes");
    check("sshd", &["permitrootlogin"], "prohibit-password");
    check("pwquality", &["minlen"], "14");
    check("crypto-policy", &["SHA1"], "true");
    check("crypto-policy", &["LEGACY"], "none");
}

#[test]
fn rhel_8_hands_cryptography_to_the_server_as_options_unless_somebody_said_no() {
    let policy =
        "CRYPTO_POLICY='-oCiphers=aes256-ctr -oMACs=hmac-sha2-256 -oGSSAPIKexAlgorithms=x'\n";
    let files = [
        ("etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.9\"\n"),
        ("etc/ssh/sshd_config", "Ciphers 3des-cbc\nPermitRootLogin yes\n"),
        ("etc/crypto-policies/back-ends/opensshserver.config", policy),
    ];
    check(
        "rhel8",
        &files,
        &[("sshd", &["ciphers"], "aes256-ctr"), ("sshd", &["macs"], "hmac-sha2-256")],
    );
    let mut own = files.to_vec();
    own.push(("etc/sysconfig/sshd", "CRYPTO_POLICY=\n"));
    check("rhel8-own", &own, &[("sshd", &["ciphers"], "3des-cbc"), ("sshd", &["macs"], "none")]);
}

#[test]
fn rhel_7_lets_root_in_where_nothing_is_written() {
    let config = ("etc/ssh/sshd_config", "#PermitRootLogin yes\n");
    for (name, release, expected) in [
        ("centos7", "ID=\"centos\"\nVERSION_ID=\"7\"\n", "yes"),
        (
            "tencent2",
            "ID=\"tencentos\"\nID_LIKE=\"rhel fedora centos\"\nVERSION_ID=\"2.4\"\n",
            "yes",
        ),
        ("tencent3", "ID=\"tencentos\"\nVERSION_ID=\"3.1\"\n", "prohibit-password"),
        ("amazon2", "ID=\"amzn\"\nVERSION_ID=\"2\"\n", "yes"),
        ("debian12", "ID=debian\nVERSION_ID=\"12\"\n", "prohibit-password"),
    ] {
        let files = [("etc/os-release", release), config];
        check(name, &files, &[("sshd", &["permitrootlogin"], expected)]);
    }
}

#[test]
fn suse_keeps_what_packages_bring_below_usr() {
    let files = [
        ("usr/lib/os-release", "ID=\"sles\"\nID_LIKE=\"suse\"\nVERSION_ID=\"16.0\"\n"),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", ""),
        (
            "usr/etc/ssh/sshd_config",
            "Include /etc/ssh/sshd_config.d/*.conf\nInclude /usr/etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n",
        ),
        ("usr/etc/ssh/sshd_config.d/40-suse.conf", "X11Forwarding yes\n"),
        ("etc/ssh/sshd_config.d/10-own.conf", "PermitRootLogin no\n"),
        ("usr/lib/pam.d/common-password", "password required pam_pwquality.so minlen=12\n"),
        ("usr/lib/pam.d/passwd", "password include common-password\n"),
        ("usr/lib/pam.d/sshd", "auth required pam_permit.so\n"),
        ("etc/pam.d/sshd", "auth required pam_faillock.so deny=4\n"),
    ];
    check(
        "sles16",
        &files,
        &[
            ("host", &["os", "family"], "suse"),
            ("host", &["os", "packages"], "rpm"),
            ("host", &["os", "mac"], "selinux"),
            ("sshd", &["permitrootlogin"], "no"),
            ("sshd", &["x11forwarding"], "yes"),
            ("sshd", &["usepam"], "yes"),
            ("pwquality", &["minlen"], "12"),
            ("faillock", &["deny"], "4"),
        ],
    );
}

#[test]
fn older_modules_of_pam_answer_the_same_questions() {
    let files = [
        ("etc/os-release", "ID=\"sles\"\nVERSION_ID=\"15.6\"\n"),
        ("etc/pam.d/common-password", "password requisite pam_cracklib.so minlen=10 dcredit=-1\n"),
        ("etc/pam.d/login", "auth required pam_tally2.so onerr=fail unlock_time=900\n"),
    ];
    check(
        "sles15",
        &files,
        &[
            ("host", &["os", "mac"], "apparmor"),
            ("cracklib", &["minlen"], "10"),
            ("cracklib", &["dcredit"], "-1"),
            ("cracklib", &["minclass"], "0"),
            // Without `deny` it counts and locks nobody.
            ("tally2", &["deny"], "0"),
            ("tally2", &["unlock_time"], "900"),
        ],
    );
}

#[test]
fn kylin_and_uos_are_known_by_their_packages() {
    let server = "NAME=\"Kylin Linux Advanced Server\"\nID=\"kylin\"\nVERSION_ID=\"V10\"\n";
    let desktop = "NAME=\"Kylin\"\nID=kylin\nID_LIKE=debian\nVERSION_ID=\"v10\"\n";
    let uos = "NAME=\"UnionTech OS Server 20\"\nID=\"uos\"\nVERSION_ID=\"20\"\n";
    let (rpm, deb) = (("var/lib/rpm/Packages", ""), ("var/lib/dpkg/status", ""));
    for (name, files, packages, mac) in [
        ("kylin-server", vec![("etc/os-release", server), rpm], "rpm", "selinux"),
        ("kylin-server-bare", vec![("etc/os-release", server)], "rpm", "selinux"),
        ("kylin-desktop", vec![("etc/os-release", desktop)], "deb", ""),
        ("uos-server", vec![("etc/os-release", uos), rpm], "rpm", "selinux"),
        ("uos-desktop", vec![("etc/os-release", uos), deb], "deb", ""),
        // Both tools are there, and nothing says which of them counts.
        ("uos-both", vec![("etc/os-release", uos), rpm, deb], "", ""),
    ] {
        check(
            name,
            &files,
            &[("host", &["os", "packages"], packages), ("host", &["os", "mac"], mac)],
        );
    }
}
