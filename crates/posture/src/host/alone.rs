//! Files of hosts that lie in a source tree or in an image: the file at hand is all that is known.

use panoply_base::{Limits, Parsed};

use crate::host::{
    accounts, audit, boot, containerd, docker, modules, mounts, nginx, pam, policy, sshd, sudoers,
    sysctl, units,
};
use crate::read;
use crate::resource::Resource;
use crate::sources::FileId;

/// What a file is, by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Sshd { partial: bool },
    Sysctl,
    Pam,
    Policy(&'static str),
    Passwd,
    Sudoers,
    Fstab,
    Modprobe,
    Audit,
    Unit,
    Crontab,
    Nginx,
    Docker,
    Containerd,
}

fn what(path: &str) -> Option<What> {
    let path = format!("/{}", path.trim_start_matches('/'));
    let (directory, name) = path.rsplit_once('/')?;
    let inside = |folder: &str| directory.ends_with(&format!("/{folder}"));
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let is_conf = ending == Some("conf");
    Some(match name {
        "sshd_config" => What::Sshd { partial: false },
        _ if inside("sshd_config.d") && is_conf => What::Sshd { partial: true },
        "sysctl.conf" => What::Sysctl,
        _ if inside("sysctl.d") && is_conf => What::Sysctl,
        _ if inside("pam.d") => What::Pam,
        "passwd" if inside("etc") => What::Passwd,
        "sudoers" => What::Sudoers,
        _ if inside("sudoers.d") => What::Sudoers,
        "fstab" => What::Fstab,
        _ if inside("modprobe.d") && is_conf => What::Modprobe,
        _ if ending == Some("rules") && (inside("audit/rules.d") || name == "audit.rules") => {
            What::Audit
        }
        _ if units::is_unit(name) && !name.contains(".service.") => What::Unit,
        "crontab" => What::Crontab,
        _ if inside("cron.d") => What::Crontab,
        "nginx.conf" => What::Nginx,
        _ if is_conf && is_nginx(directory) => What::Nginx,
        _ if inside("sites-available") || inside("sites-enabled") => What::Nginx,
        "daemon.json" => What::Docker,
        "config.toml" if directory.contains("containerd") => What::Containerd,
        _ => What::Policy(policy::kind_of(&path)?),
    })
}

fn is_nginx(directory: &str) -> bool {
    directory.split('/').any(|part| part.to_ascii_lowercase().contains("nginx"))
}

/// Whether a path is that of a file that is read here.
pub(crate) fn is_file(path: &str) -> bool {
    what(path).is_some()
}

/// What one file declares; `None` if it turns out to be something else.
pub(crate) fn alone(
    path: &str,
    text: &str,
    file: FileId,
    limits: &Limits,
) -> Option<Parsed<Vec<Resource>>> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let one = |resource| Some(Parsed::whole(vec![resource]));
    match what(path)? {
        What::Sshd { partial } => one(sshd::alone(text, file, partial)),
        What::Sysctl => one(sysctl::alone(text, file)),
        What::Pam => one(pam::alone(name, text, file)),
        What::Policy(kind) => one(policy::alone(kind, text, file)?),
        What::Passwd => Some(Parsed::whole(accounts::alone(text, file))),
        What::Sudoers => one(sudoers::alone(text, file)),
        What::Fstab => Some(Parsed::whole(mounts::alone(text, file))),
        What::Modprobe => one(modules::alone(text, file)),
        What::Audit => one(audit::alone(text, file)),
        What::Unit => one(units::alone(name, text, file)),
        What::Crontab => Some(Parsed::whole(boot::crontab(path, text, file, None, None))),
        What::Nginx => Some(Parsed::whole(nginx::alone(text, file))),
        What::Docker => match read::json(text, file, limits) {
            Ok(root) => root.as_map().is_some().then(|| docker::alone(&root, file)).and_then(one),
            Err(problem) => Some(Parsed::failed(problem)),
        },
        What::Containerd => match read::toml(text, file, limits) {
            Ok(root) => one(containerd::alone(&root, path, file)),
            Err(problem) => Some(Parsed::failed(problem)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_usual_places() {
        for path in [
            "roles/ssh/files/sshd_config",
            "etc/sysctl.d/99-x.conf",
            "docker/nginx/default.conf",
            "deploy/app.service",
            "docker/daemon.json",
            "etc/containerd/config.toml",
            "etc/security/pwquality.conf",
        ] {
            assert!(is_file(path), "{path}");
        }
        for path in ["src/passwd", "config.toml", "app.conf", "a.rules", "x/sshd_config.bak"] {
            assert!(!is_file(path), "{path}");
        }
    }
}
