//! Checks as users write them: read, packed, and run on their own tests.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_base::Limits;
use panoply_fuzz::text;
use panoply_posture::check::{sources_of, try_case};
use panoply_posture::{CheckBody, Checks};
use panoply_rules::{pack, rule};

fuzz_target!(|bytes: &[u8]| {
    let text = text(bytes);
    let Ok(Some(read)) = rule::parse::<CheckBody>(&text, &Limits::TINY) else { return };
    rule::check(&read, "some");
    let mut bare = read.clone();
    bare.tests.clear();
    // What was read once can be packed, and the pack says the same.
    let packed = pack::encode([("some.yaml", &*text)]).expect("it was read above");
    let unpacked = pack::decode::<CheckBody>(&packed).expect("just packed");
    assert_eq!(unpacked, [bare.clone()]);
    Checks::new(vec![bare]).verify();
    for case in read.tests.iter().take(4) {
        assert!(sources_of(&read, case).iter().count() > 0, "a test has an input");
        try_case(&read, case);
    }
});
