//! Finds e-mail addresses, telephone, payment card and bank account numbers in a text.
//!
//! Card numbers pass the Luhn check (ISO/IEC 7812-1), account numbers the IBAN check (ISO 13616,
//! ISO/IEC 7064 MOD 97-10), so ordinary numbers are rarely taken for them. Telephone numbers have
//! no check digit: they count with a country code, or grouped as people write them.

use std::sync::LazyLock;

use regex::Regex;
use tandem_domain::loops::PiiKind;

#[expect(clippy::expect_used, reason = "the pattern is a constant, covered by tests")]
fn constant(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| constant(r"[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        // With a country code: +49 30 1234567, 0049-30-1234567.
        r"(?:\+|\b00)[1-9](?:[ ().\-/]{0,2}[0-9]){6,13}\b",
        // North America: (415) 555-2671, 415-555-2671, 415.555.2671.
        r"|(?:\([2-9][0-9]{2}\) ?|\b[2-9][0-9]{2}[-. ])[2-9][0-9]{2}[-. ][0-9]{4}\b",
        // With a trunk zero and a separator: 030 1234567, 0171/1234567, 020 7946 0958.
        r"|\b0[1-9][0-9]{1,4}[ /\-][0-9]{3,5}(?:[ \-]?[0-9]{2,5}){1,3}\b",
    ))
});
static CARD: LazyLock<Regex> = LazyLock::new(|| constant(r"[0-9](?:[ \-]?[0-9]){12,40}"));
static IBAN: LazyLock<Regex> =
    LazyLock::new(|| constant(r"\b[A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,30}"));

/// The first of these kinds that the text holds, in words.
pub(crate) fn found(text: &str, kinds: &[PiiKind]) -> Option<&'static str> {
    // Most texts hold neither a digit nor an `@`.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let holds = |kind: &&PiiKind| match kind {
        PiiKind::Email => text.contains('@') && EMAIL.is_match(text),
        PiiKind::Phone => digits >= 7 && PHONE.is_match(text),
        PiiKind::Card => digits >= 7 && has_card(text),
        PiiKind::Iban => digits >= 7 && has_iban(text),
    };
    kinds.iter().find(holds).map(|kind| match kind {
        PiiKind::Email => "an e-mail address",
        PiiKind::Phone => "a telephone number",
        PiiKind::Card => "a payment card number",
        PiiKind::Iban => "a bank account number",
    })
}

fn has_card(text: &str) -> bool {
    CARD.find_iter(text).any(|found| {
        // A card number may stand beside other digits: every run of whole groups is tried.
        let groups: Vec<&str> = found.as_str().split([' ', '-']).collect();
        (0..groups.len()).any(|first| {
            let mut digits: Vec<u8> = Vec::new();
            groups[first..].iter().any(|group| {
                digits.extend(group.bytes().map(|byte| byte - b'0'));
                is_card(&digits)
            })
        })
    })
}

/// Length and leading digits of a card scheme, and the Luhn check.
fn is_card(digits: &[u8]) -> bool {
    let head = digits.iter().chain([0; 4].iter()).take(4).fold(0, |n, d| n * 10 + u32::from(*d));
    let lengths = match head {
        2221..=2720 | 5100..=5599 => 16..=16,
        3400..=3499 | 3700..=3799 => 15..=15,
        3000..=3059 | 3600..=3699 | 3800..=3999 => 14..=19,
        3528..=3589 | 6000..=6999 => 16..=19,
        4000..=5099 | 5600..=5899 => 13..=19,
        _ => return false,
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &digit)| {
            let value = u32::from(digit) * if i % 2 == 1 { 2 } else { 1 };
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    lengths.contains(&digits.len()) && sum.is_multiple_of(10)
}

/// Lengths of account numbers by country (ISO 13616 registry).
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 \
    CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 \
    HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 \
    MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 \
    SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

fn has_iban(text: &str) -> bool {
    IBAN.find_iter(text).any(|found| {
        let letters: Vec<u8> = found
            .as_str()
            .bytes()
            .filter(|byte| *byte != b' ')
            .map(|byte| byte.to_ascii_uppercase())
            .collect();
        // The match may have run on into the next word; the country says where it ends.
        IBAN_LENGTHS
            .split_whitespace()
            .find(|entry| letters.starts_with(&entry.as_bytes()[..2]))
            .and_then(|entry| entry[2..].parse::<usize>().ok())
            .and_then(|length| letters.get(..length))
            .is_some_and(is_iban)
    })
}

/// MOD 97-10: the first four characters moved to the end, letters as 10 to 35, remainder 1.
fn is_iban(letters: &[u8]) -> bool {
    let (head, tail) = letters.split_at(4);
    let remainder = tail.iter().chain(head).fold(0_u32, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [PiiKind; 4] = [PiiKind::Email, PiiKind::Phone, PiiKind::Card, PiiKind::Iban];

    fn found(text: &str) -> bool {
        super::found(text, &ALL).is_some()
    }

    #[test]
    fn only_the_kinds_asked_for_are_looked_for() {
        let text = "a@example.org, 4111 1111 1111 1111";
        assert_eq!(super::found(text, &[PiiKind::Card]), Some("a payment card number"));
        assert_eq!(super::found(text, &[PiiKind::Iban]), None);
        assert_eq!(super::found(text, &ALL), Some("an e-mail address"));
    }

    #[test]
    fn personal_data_is_found() {
        for text in [
            "write to jane.doe+x@example.co.uk please",
            "ring +49 30 1234567",
            "ring 0049-30-1234567 now",
            "call (415) 555-2671",
            "call 415.555.2671.",
            "Tel. 030 1234567",
            "mobile 0171/1234567",
            "card 4111 1111 1111 1111 exp 12/30",
            "card 378282246310005",
            "5500-0000-0000-0004",
            "IBAN DE89 3704 0044 0532 0130 00 bitte",
            "gb82west12345698765432",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn ordinary_texts_pass() {
        for text in [
            "",
            "my card still hasn't arrived",
            "order 20261201, item 12, 3.50 EUR",
            "from 2026-12-01T12:00:00Z to 2026-12-02",
            "version 1.22.333.4444",
            "card 4111 1111 1111 1112",
            "GB82 WEST 1234 5698 7654 33",
            "a @ b, x@y",
            "12345678901234567890123",
            "10 000 000 people",
        ] {
            assert!(!found(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_scanned_without_panic(text in "\\PC{0,80}") {
            let _ = found(&text);
        }

        #[test]
        fn digits_with_a_check_digit_are_cards(body in prop::collection::vec(0_u8..10, 15)) {
            let mut digits = body;
            digits[0] = 4;
            let check = (0..10).find(|check| is_card(&[&digits[..], &[*check]].concat()));
            digits.push(check.unwrap());
            let text: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
            let text = format!("paid with {text} today");
            prop_assert!(found(&text));
        }

        #[test]
        fn accounts_with_check_digits_are_found(body in "[0-9A-Z]{18}") {
            let check = (2..99).find(|n| is_iban(format!("DE{n:02}{body}").as_bytes())).unwrap();
            let with_digits = format!("DE{check:02}{body}");
            // A text of letters alone is not scanned for numbers.
            prop_assume!(with_digits.bytes().filter(u8::is_ascii_digit).count() >= 7);
            prop_assert!(found(&with_digits));
        }
    }
}
