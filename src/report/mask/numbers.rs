//! Numbers that name a person by their shape alone: id numbers, bank cards, phones. Each wants a check digit, a date
//! inside, or a number range, and borders on both sides, so that thread ids, epoch times, sizes and addresses survive.

use super::STARS;
use std::borrow::Cow;

pub(super) fn mask(words: &str) -> Cow<'_, str> {
    let bytes = words.as_bytes();
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(start) = next_digit(bytes, at) {
        let end = digits_end(bytes, start);
        match personal_number(bytes, start, end) {
            Some((from, to)) => {
                found.push((from, to));
                at = to.max(end);
            }
            None => at = end,
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(words);
    }
    let mut masked = String::with_capacity(words.len());
    let mut copied = 0;
    for (from, to) in found {
        masked.push_str(words.get(copied..from).unwrap_or_default());
        masked.push_str(STARS);
        copied = to;
    }
    masked.push_str(words.get(copied..).unwrap_or_default());
    Cow::Owned(masked)
}

fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    bytes
        .get(from..)?
        .iter()
        .position(u8::is_ascii_digit)
        .map(|at| from + at)
}

fn digits_end(bytes: &[u8], start: usize) -> usize {
    let tail = bytes.get(start..).unwrap_or_default();
    start + tail.iter().position(|b| !b.is_ascii_digit()).unwrap_or(tail.len())
}

/// The stretch to mask when the run of digits `start..end` begins a personal number.
fn personal_number(bytes: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    if joined_on_the_left(bytes, start) {
        return None;
    }
    let run = bytes.get(start..end)?;
    if run.len() == 17 && matches!(bytes.get(end), Some(b'X' | b'x')) && !word_at(bytes, end + 1) {
        return is_id_18(bytes.get(start..=end)?).then_some((start, end + 1));
    }
    if joined_on_the_right(bytes, end) {
        return None;
    }
    let alone = match run.len() {
        18 => is_id_18(run) || is_card(run),
        15 => is_id_15(run),
        16 | 17 | 19 => is_card(run),
        11 => is_mobile(run) && !is_a_size(bytes, start, end, run),
        13 => run.starts_with(b"86") && run.get(2..).is_some_and(is_mobile),
        _ => false,
    };
    if alone {
        return Some((start, end));
    }
    grouped(bytes, start, end)
}

/// A letter, digit, point or mark before it: part of an address, a hash, a decimal, a UUID, a lambda's name.
fn joined_on_the_left(bytes: &[u8], start: usize) -> bool {
    let before = |n: usize| start.checked_sub(n).and_then(|at| bytes.get(at)).copied();
    match before(1) {
        Some(b) if b.is_ascii_alphanumeric() => true,
        Some(b'_' | b'.' | b'@' | b'#' | b'$' | b'%') => true,
        Some(b'/') => before(2).is_some_and(|b| b.is_ascii_digit()),
        Some(b'-') => before(2).is_some_and(|b| b.is_ascii_alphanumeric()) && !ends_with_country(bytes, start),
        _ => false,
    }
}

/// `+86-` or `86-` before it.
fn ends_with_country(bytes: &[u8], start: usize) -> bool {
    let head = bytes.get(..start).unwrap_or_default();
    head.ends_with(b"86-") && !head.iter().rev().nth(3).is_some_and(u8::is_ascii_alphanumeric)
}

fn joined_on_the_right(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'.' | b'-') => word_at(bytes, end + 1) && bytes.get(end) == Some(&b'.'),
        _ => word_at(bytes, end),
    }
}

fn word_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// GB 11643: six digits of region, a date of birth, three of order, a check digit mod 11.
fn is_id_18(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    let sum: u32 = number
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = CHECK.get((sum % 11) as usize).copied();
    let last = number.last().map(u8::to_ascii_uppercase);
    let year = number_of(number.get(6..10));
    check == last && (1880..=2100).contains(&year) && is_region(number) && is_month_and_day(number.get(10..14))
}

/// The older form: a two-digit year, no check digit.
fn is_id_15(number: &[u8]) -> bool {
    is_region(number) && is_month_and_day(number.get(8..12))
}

/// GB/T 2260: the first two digits name a province.
fn is_region(number: &[u8]) -> bool {
    matches!(number_of(number.get(..2)), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83)
}

fn is_month_and_day(month_and_day: Option<&[u8]>) -> bool {
    let number = number_of(month_and_day);
    (1..=12).contains(&(number / 100)) && (1..=31).contains(&(number % 100))
}

fn number_of(digits: Option<&[u8]>) -> u32 {
    digits
        .unwrap_or_default()
        .iter()
        .fold(0, |n, d| n * 10 + u32::from(d.saturating_sub(b'0')))
}

/// A bank card: an issuer's range (ISO/IEC 7812; UnionPay 62 and its elders 9558 and 60) and Luhn's check digit.
fn is_card(number: &[u8]) -> bool {
    let two = number_of(number.get(..2));
    let issuer = match number.len() {
        16 => matches!(two, 35 | 40..=49 | 51..=55 | 62 | 22..=27),
        17 | 18 => two == 62,
        19 => matches!(two, 62 | 60) || number.starts_with(b"9558"),
        _ => false,
    };
    // a register or an address in hexadecimal may look like a card; its zeroes give it away
    issuer && !number.windows(6).any(|run| run == b"000000") && luhn(number)
}

fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let digit = u32::from(digit - b'0');
            let doubled = digit * 2;
            if i % 2 == 0 { digit } else { doubled / 10 + doubled % 10 }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// 13x … 19x, eleven digits.
fn is_mobile(number: &[u8]) -> bool {
    number.len() == 11 && number.first() == Some(&b'1') && matches!(number.get(1), Some(b'3'..=b'9'))
}

/// 16 GB is 17179869184, which could be a phone: a multiple of 1024, a unit behind it or a word for sizes before it.
fn is_a_size(bytes: &[u8], start: usize, end: usize, run: &[u8]) -> bool {
    let value = run.iter().fold(0_u64, |n, d| n * 10 + u64::from(d - b'0'));
    if value.is_multiple_of(1024) {
        return true;
    }
    let behind = bytes.get(end..).unwrap_or_default().trim_ascii_start();
    let unit = [
        &b"byte"[..],
        b"Byte",
        b"B ",
        b"KB",
        b"MB",
        b"ms",
        b"ns",
        b"us",
        b"micro",
        b"nano",
        b"milli",
    ];
    if unit.iter().any(|u| behind.starts_with(u)) || behind.starts_with("字节".as_bytes()) {
        return true;
    }
    let before = bytes.get(start.saturating_sub(24)..start).unwrap_or_default();
    let word_end = before.iter().rposition(u8::is_ascii_alphabetic).map_or(0, |at| at + 1);
    let word = before.get(..word_end).unwrap_or_default().to_ascii_lowercase();
    const SIZES: [&str; 18] = [
        "size",
        "bytes",
        "total",
        "used",
        "free",
        "max",
        "committed",
        "capacity",
        "reserved",
        "memory",
        "heap",
        "limit",
        "length",
        "offset",
        "allocated",
        "available",
        "rss",
        "ns",
    ];
    SIZES.iter().any(|size| word.ends_with(size.as_bytes()))
}

/// Numbers written in groups: landlines `0571-87654321`, mobiles `138-1234-5678`, cards `6222 0212 3456 7890`.
fn grouped(bytes: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let mut digits = bytes.get(start..end)?.to_vec();
    let mut lengths = vec![digits.len()];
    let mut stop = end;
    let mark = bytes.get(end).copied().filter(|b| matches!(b, b' ' | b'-'))?;
    while lengths.len() < 5 && bytes.get(stop) == Some(&mark) {
        let from = stop + 1;
        let to = digits_end(bytes, from);
        if to == from {
            break;
        }
        digits.extend_from_slice(bytes.get(from..to)?);
        lengths.push(to - from);
        stop = to;
    }
    if word_at(bytes, stop) || bytes.get(stop) == Some(&b'-') {
        return None;
    }
    let personal = match lengths.as_slice() {
        [3 | 4, 7 | 8] => mark == b'-' && digits.first() == Some(&b'0') && digits.get(1) != Some(&b'0'),
        [3, 4, 4] => is_mobile(&digits),
        [4, 4, 4, 4] | [4, 4, 4, 4, 1..=3] => is_card(&digits),
        _ => false,
    };
    personal.then_some((start, stop))
}
