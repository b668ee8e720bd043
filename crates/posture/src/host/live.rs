//! What only a running host can tell: command lines of the processes that baselines ask about, and the
//! settings of its kernel. Both are read from `/proc`; nothing is executed.

use std::collections::BTreeMap;

use crate::host::redact;
use crate::host::root::Root;
use crate::host::snapshot::ProcessFact;
use crate::host::sysctl::KNOWN;
use crate::host::wanted::PROCESSES;

/// Bytes of one command line, or of one setting.
const BYTES: u64 = 128 << 10;

/// Processes with a name that is asked about, by number.
pub(crate) fn processes(root: &Root, limit: usize) -> Vec<ProcessFact> {
    let mut numbers: Vec<u32> = root
        .list("/proc", limit)
        .unwrap_or_default()
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.into_iter().filter_map(|number| process(root, number)).collect()
}

fn process(root: &Root, number: u32) -> Option<ProcessFact> {
    let text = |name: &str| Some(root.read(&format!("/proc/{number}/{name}"), BYTES).ok()?.0);
    // The kernel cuts names after 15 bytes: the program itself tells the whole one.
    let line = text("cmdline")?;
    let words: Vec<String> = line
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    let words: Vec<String> = match words.as_slice() {
        [rest @ .., last] if last.is_empty() => rest.to_vec(),
        all => all.to_vec(),
    };
    // Some write one text over their words: `nginx: master process /usr/sbin/nginx`.
    let program = words.first()?.split([' ', ':']).next()?.rsplit('/').next()?.to_owned();
    if !PROCESSES.contains(&program.as_str()) {
        return None;
    }
    let status = text("status").map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let uid = status.as_deref().and_then(|status| {
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
        line.split_whitespace().next()?.parse().ok()
    });
    Some(ProcessFact { name: program, uid, arguments: redact::arguments(&words) })
}

/// The kernel's settings that are known to be asked about.
pub(crate) fn settings(root: &Root) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, _) in KNOWN {
        let path = format!("/proc/sys/{}", key.replace('.', "/"));
        if let Ok((bytes, _)) = root.read(&path, BYTES) {
            let text = String::from_utf8_lossy(&bytes).trim().to_owned();
            found.insert((*key).to_owned(), text);
        }
    }
    found
}

/// One word that the kernel says of itself.
pub(crate) fn word(root: &Root, path: &str) -> String {
    let read = root.read(path, BYTES).map(|(bytes, _)| bytes).unwrap_or_default();
    String::from_utf8_lossy(&read).trim().to_owned()
}
