//! Numbers about a value: entropy, classes of characters, runs.

/// Shannon entropy in bits per byte.
pub(crate) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = value.len().max(1) as f32;
    let share = |count: u32| count as f32 / total;
    counts.iter().filter(|n| **n > 0).map(|n| -share(*n) * share(*n).log2()).sum()
}

/// Number of different bytes.
pub(crate) fn distinct(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in value {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// Length of the longest run in which each byte is its predecessor plus `step`.
pub(crate) fn longest_run(value: &[u8], step: u8) -> usize {
    let (mut longest, mut current) = (1, 1);
    for [before, after] in value.array_windows::<2>() {
        let goes_on = before.wrapping_add(step) == *after && after.is_ascii_alphanumeric();
        current = if goes_on { current + 1 } else { 1 };
        longest = longest.max(current);
    }
    longest.min(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_zero_for_one_letter_and_two_for_four() {
        assert!(entropy(b"aaaa") < 0.001 && entropy(b"") < 0.001);
        assert!((entropy(b"abcd") - 2.0).abs() < 0.001);
    }

    #[test]
    fn runs_count_steps_of_letters_and_digits() {
        assert_eq!(longest_run(b"xxabcdz", 1), 4);
        assert_eq!(longest_run(b"a----b", 0), 1);
        assert_eq!(longest_run(b"a1111b", 0), 4);
        assert_eq!(longest_run(b"", 0), 0);
    }
}
