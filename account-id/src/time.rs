//! The times of a payload.

use std::iter::repeat;

use crate::{Claim, Tolerated, json::Value, tolerated::Deviations};

/// Above it a time is in milliseconds: the seconds of the year 5138, the milliseconds of March 1973.
pub(crate) const LAST_SECOND: u64 = 100_000_000_000;

/// The whole seconds that `value` stands for, whichever way it is written; what was unusual is added to `deviations`.
#[inline]
pub(crate) fn read(claim: Claim, value: Value<'_>, deviations: &mut Deviations) -> Option<u64> {
    let number = match value {
        Value::Number(written) => match decimal(written) {
            Some(number) => number,
            None => scaled(written, claim, deviations)?,
        },
        Value::Text(text) => {
            deviations.add(Tolerated::TextNumber(claim));
            let mut buffer = [0; 40];
            let written = text.short(&mut buffer)?;
            match decimal(written) {
                Some(number) => number,
                // A program that writes exponents writes numbers.
                None if written.contains(['e', 'E']) => return None,
                None => scaled(written, claim, deviations)?,
            }
        }
        Value::Other => return None,
    };
    if number > LAST_SECOND {
        deviations.add(Tolerated::Milliseconds(claim));
        Some(number / 1000)
    } else {
        Some(number)
    }
}

/// Decimal digits alone, without a leading zero: no sign, no fraction, no exponent.
fn decimal(digits: &str) -> Option<u64> {
    match digits.as_bytes() {
        [b'0', _, ..] | [b'+', ..] => None,
        _ => digits.parse().ok(),
    }
}

/// A number with a fraction or an exponent, without what stands behind the point.
///
/// An exponent is the mark of a number that was rounded to the digits of a float. In `iat` and `nbf` that does no harm; an
/// `exp` must not end later than its signer meant.
#[cold]
fn scaled(written: &str, claim: Claim, deviations: &mut Deviations) -> Option<u64> {
    let (mantissa, exponent) = match written.split_once(['e', 'E']) {
        Some(_) if claim == Claim::Exp => return None,
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (written, 0),
    };
    deviations.add(if mantissa.len() == written.len() {
        Tolerated::Fraction(claim)
    } else {
        Tolerated::Exponent(claim)
    });
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) || !digits(whole) || !digits(fraction) {
        return None;
    }
    // Where the point is, counted from the first digit. No number of 64 bits has more than 20 digits before it.
    let point = i64::try_from(whole.len()).ok()? + i64::from(exponent);
    let point = usize::try_from(point.max(0)).ok().filter(|point| *point <= 20)?;
    whole
        .bytes()
        .chain(fraction.bytes())
        .chain(repeat(b'0'))
        .take(point)
        .try_fold(0_u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
}
