//! KEV, EPSS and Vulnrichment, as they come from the network.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::Input;
use panoply_vulns::{epss, kev, vulnrichment};

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    match input.byte() % 3 {
        0 => drop(kev::parse(input.rest())),
        1 => {
            let read = epss::parse(input.rest());
            assert!(read.problems.len() <= 101);
            for score in read.value.scores {
                assert!((0.0..=1.0).contains(&score.epss) && score.epss.is_finite());
                assert!((0.0..=1.0).contains(&score.percentile));
            }
        }
        _ => drop(vulnrichment::parse(input.rest())),
    }
});
