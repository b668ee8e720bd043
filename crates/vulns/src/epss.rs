//! Reads the daily scores of FIRST's Exploit Prediction Scoring System: CSV with the model and the
//! date in a comment on the first line.

use panoply_base::{Parsed, Problem};

/// One CVE's score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    pub cve: String,
    /// Chance of being exploited within 30 days, from 0 to 1.
    pub epss: f32,
    /// Share of CVEs with an equal or lower score, from 0 to 1.
    pub percentile: f32,
}

/// All scores of one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// `v2025.03.14`; empty where the file does not say.
    pub model: String,
    /// RFC 3339, or empty.
    pub date: String,
    pub scores: Vec<Score>,
}

/// Problems kept of one file; a file of another kind would have one per line.
const MOST_PROBLEMS: usize = 100;

pub fn parse(bytes: &[u8]) -> Parsed<Scores> {
    let mut parsed = Parsed::whole(Scores::default());
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if let Ok(comment) = std::str::from_utf8(first)
        && let Some(comment) = comment.trim().strip_prefix('#')
    {
        for pair in comment.split(',') {
            match pair.split_once(':') {
                Some(("model_version", model)) => model.clone_into(&mut parsed.value.model),
                Some(("score_date", date)) => date.clone_into(&mut parsed.value.date),
                _ => {}
            }
        }
    }
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(bytes);
    let column = |name: &str, reader: &mut csv::Reader<&[u8]>| {
        reader.byte_headers().ok().and_then(|h| h.iter().position(|field| field == name.as_bytes()))
    };
    let columns = ["cve", "epss", "percentile"].map(|name| column(name, &mut reader));
    let [Some(cve), Some(epss), Some(percentile)] = columns else {
        return Parsed::failed(Problem::whole("no columns `cve`, `epss` and `percentile`"));
    };
    for record in reader.byte_records() {
        let score = record.as_ref().ok().and_then(|record| {
            let text = |index| record.get(index).and_then(|field| std::str::from_utf8(field).ok());
            let share =
                |index| text(index)?.parse().ok().filter(|share: &f32| (0.0..=1.0).contains(share));
            let cve = text(cve).filter(|cve| crate::enrichment::cve_number(cve).is_some())?;
            Some(Score { cve: cve.to_owned(), epss: share(epss)?, percentile: share(percentile)? })
        });
        match (score, &record) {
            (Some(score), _) => parsed.value.scores.push(score),
            (None, _) if parsed.problems.len() >= MOST_PROBLEMS => {}
            (None, Ok(record)) => {
                let line = record.position().map_or(0, csv::Position::line);
                parsed.problems.push(Problem::line(line as u32, "no CVE id or no score"));
            }
            (None, Err(error)) => parsed.problems.push(Problem::whole(error.to_string())),
        }
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_makes_no_sense_does_not_hide_the_next() {
        let text = "#model_version:v2025.03.14,score_date:2025-07-05T00:00:00+0000\r\n\
            cve,epss,percentile\r\nCVE-1999-0103,0.48591,0.97619\r\nCVE-1,2\r\n\
            CVE-2000-0001,nan,0.1\r\nCVE-2021-44228,0.94,1\r\n";
        let parsed = parse(text.as_bytes());
        assert_eq!(parsed.value.model, "v2025.03.14");
        assert_eq!(parsed.value.date, "2025-07-05T00:00:00+0000");
        let found: Vec<_> =
            parsed.value.scores.iter().map(|s| (s.cve.as_str(), s.epss, s.percentile)).collect();
        assert_eq!(found, [("CVE-1999-0103", 0.48591, 0.97619), ("CVE-2021-44228", 0.94, 1.0)]);
        assert_eq!(parsed.problems.len(), 2);
    }

    #[test]
    fn what_is_no_score_file_says_so() {
        for broken in ["", "frob", "\0\0\0", "{\"a\": 1}"] {
            assert_eq!(parse(broken.as_bytes()).problems.len(), 1, "{broken}");
        }
    }
}
