//! Every cataloguer: which one, which of its names, then the file, and further files behind marks.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::{Input, answers};
use panoply_packages::{Cataloguer, FileInput, Pattern, Reads};

/// A path that the cataloguer would be asked about.
fn path_for(cataloguer: &Cataloguer, choice: u8) -> String {
    let pattern = cataloguer.patterns[usize::from(choice) % cataloguer.patterns.len()];
    match pattern {
        Pattern::Name(name) => format!("app/{name}"),
        Pattern::Suffix(end) => format!("app/some-1.2{end}"),
        Pattern::Framed(start, end) => format!("app/{start}some{end}"),
        Pattern::Path(path) => path.to_owned(),
        Pattern::In(directory, end) => format!("{directory}/some{end}"),
        Pattern::Below(directory, name) => format!("{directory}/some/{name}"),
        Pattern::Sniff(_) => "usr/bin/some".to_owned(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let count = panoply_packages::all().count();
    let index = usize::from(input.byte()) % count;
    let cataloguer = panoply_packages::all().nth(index).expect("it is below the count");
    let choice = input.byte();
    let limits = answers::limits(choice & 0x80 != 0);
    let first = path_for(cataloguer, choice & 0x7f);
    let mut files = vec![(first, input.rest())];
    if matches!(cataloguer.reads, Reads::Together(_)) {
        let parts = input.parts();
        files[0].1 = parts[0];
        for part in &parts[1..] {
            let mut part = Input::new(part);
            files.push((path_for(cataloguer, part.byte()), part.rest()));
        }
    }
    let files: Vec<FileInput<'_>> =
        files.iter().map(|(path, bytes)| FileInput { path, bytes }).collect();
    let found = answers::catalogue(cataloguer, &files, &limits);
    // Catalogues end up in reports, so the same bytes have to say the same thing.
    if bytes.len() < 512 {
        assert_eq!(found, answers::catalogue(cataloguer, &files, &limits), "{}", cataloguer.name);
    }
    answers::check_settled(found);
});
