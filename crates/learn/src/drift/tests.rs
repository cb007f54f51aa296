//! The detectors of streams against river 0.26.1 on the same deterministic streams.

use super::adwin::{Adwin, AdwinOptions};
use super::ddm::{Ddm, DdmOptions, DdmState};
use super::page_hinkley::{PageHinkley, PageHinkleyOptions};

/// The linear congruential generator of the C standard's example, as numbers in `[0, 1)`.
fn lcg(seed: u64) -> impl Iterator<Item = f64> {
    let next = |x: &u64| Some((x * 1_103_515_245 + 12_345) % (1 << 31));
    std::iter::successors(Some(seed), next).skip(1).map(|x| x as f64 / f64::from(1_u32 << 31))
}

/// `n` errors whose rate changes from `before` to `after` at `change`.
fn errors(seed: u64, before: f64, after: f64, n: usize, change: usize) -> Vec<bool> {
    lcg(seed)
        .take(n)
        .enumerate()
        .map(|(i, u)| u < if i < change { before } else { after })
        .collect()
}

fn numbers(errors: &[bool]) -> impl Iterator<Item = f64> {
    errors.iter().map(|&e| f64::from(u8::from(e)))
}

/// Where the first change is found, and the width of the window after it.
fn adwin(values: impl Iterator<Item = f64>) -> Option<(usize, u64)> {
    let mut adwin = Adwin::new(AdwinOptions::default()).unwrap();
    values.enumerate().find(|(_, x)| adwin.add(*x).unwrap()).map(|(i, _)| (i, adwin.width()))
}

fn page_hinkley(values: impl Iterator<Item = f64>, threshold: f64) -> Vec<usize> {
    let options = PageHinkleyOptions { threshold, ..PageHinkleyOptions::default() };
    let mut test = PageHinkley::new(options).unwrap();
    values.enumerate().filter(|(_, x)| test.add(*x).unwrap()).map(|(i, _)| i).collect()
}

fn ddm(errors: &[bool]) -> Vec<usize> {
    let mut ddm = Ddm::new(DdmOptions::default()).unwrap();
    let drift = |(_, e): &(usize, &bool)| ddm.add(**e) == DdmState::Drift;
    errors.iter().enumerate().filter(drift).map(|(i, _)| i).collect()
}

#[test]
fn the_reference_stream() {
    let stream = errors(42, 0.1, 0.3, 2000, 1000);
    assert_eq!(adwin(numbers(&stream)).map(|a| a.0), Some(1119));
    assert_eq!(page_hinkley(numbers(&stream), 50.0), [1307]);
    assert_eq!(ddm(&stream), [91, 226, 1081]);
}

#[test]
fn streams_of_errors_alarm_where_rivers_do() {
    type Case<'a> = (u64, f64, f64, Option<(usize, u64)>, &'a [usize], &'a [usize]);
    let cases: [Case<'_>; 8] = [
        (1, 0.1, 0.3, Some((2111, 704)), &[2206], &[56, 274, 2111]),
        (2, 0.1, 0.2, Some((2207, 1184)), &[2461], &[2253]),
        (3, 0.5, 0.4, Some((2591, 2080)), &[2480, 4273], &[]),
        (4, 0.05, 0.5, Some((2047, 512)), &[2111, 4051], &[43, 166, 2037]),
        (5, 0.3, 0.3, None, &[], &[75]),
        (6, 0.2, 0.25, None, &[2776], &[]),
        (7, 0.9, 0.6, Some((2079, 480)), &[2161], &[]),
        (8, 0.02, 0.06, Some((2527, 2272)), &[3620], &[2418, 2453]),
    ];
    for (seed, before, after, of_adwin, of_page_hinkley, of_ddm) in cases {
        let stream = errors(seed, before, after, 6000, 2000);
        assert_eq!(adwin(numbers(&stream)), of_adwin, "{seed}");
        assert_eq!(page_hinkley(numbers(&stream), 50.0), of_page_hinkley, "{seed}");
        assert_eq!(ddm(&stream), of_ddm, "{seed}");
    }
}

#[test]
fn streams_of_numbers_alarm_where_rivers_do() {
    let cases: [(u64, (usize, u64), &[usize]); 8] = [
        (1, (2335, 928), &[2194]),
        (2, (2399, 1376), &[2181, 4605]),
        (3, (2303, 1792), &[2172, 3647, 5302]),
        (4, (2239, 1472), &[2167, 3624]),
        (5, (2239, 960), &[1209, 2128, 4223]),
        (6, (2495, 2240), &[2307, 3227]),
        (7, (2367, 1856), &[2202, 4376]),
        (8, (2399, 2144), &[1341, 2214]),
    ];
    for (seed, of_adwin, of_page_hinkley) in cases {
        let stream: Vec<f64> = lcg(seed)
            .take(6000)
            .enumerate()
            .map(|(i, u)| if i < 2000 { u } else { 1.2 * u })
            .collect();
        assert_eq!(adwin(stream.iter().copied()), Some(of_adwin), "{seed}");
        assert_eq!(page_hinkley(stream.iter().copied(), 20.0), of_page_hinkley, "{seed}");
    }
}
