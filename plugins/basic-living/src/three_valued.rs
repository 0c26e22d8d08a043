//! Three-valued words that several rules share, beside those of the SDK. Each names everything that could still change the
//! result, and nothing that could not.

use nuan_sdk::prelude::*;

/// The amount where the condition holds, nothing where it does not; nothing stays nothing whatever the condition.
pub fn only_where(condition: Known<bool>, amount: Known<Fen>) -> Known<Fen> {
    match (condition, amount) {
        (Ok(false), _) | (Err(_), Ok(Fen::ZERO)) => Ok(Fen::ZERO),
        (Ok(true), amount) => amount,
        (Err(unknown), Ok(_)) => Err(unknown),
        (Err(a), Err(b)) => Err(a.and(b)),
    }
}

/// The first line whose condition holds; an open condition before it leaves the choice open.
pub fn first_that_holds<T, const N: usize>(lines: [(Known<bool>, T); N], otherwise: T) -> Known<T> {
    let mut open: Known<()> = Ok(());
    for (condition, line) in lines {
        match condition {
            Ok(true) => return open.map(|()| line),
            Ok(false) => {}
            Err(unknown) => open = Err(also(open, unknown)),
        }
    }
    open.map(|()| otherwise)
}

/// At most one condition holds. Two that are known to hold settle it.
pub fn at_most_one(conditions: impl IntoIterator<Item = Known<bool>>) -> Known<bool> {
    let (mut held, mut open_conditions) = (0_u32, 0_u32);
    let mut open: Known<()> = Ok(());
    for condition in conditions {
        match condition {
            Ok(holds) => held += u32::from(holds),
            Err(unknown) => {
                open_conditions += 1;
                open = Err(also(open, unknown));
            }
        }
    }
    match open {
        _ if held > 1 => Ok(false),
        Err(unknown) if held + open_conditions > 1 => Err(unknown),
        _ => Ok(true),
    }
}

/// The highest of the rates that apply, or none. A rate that could not raise the result is not asked about.
pub fn highest<const N: usize>(rates: [(Known<bool>, Known<Ratio>); N]) -> Known<Option<Ratio>> {
    let settled = rates.iter().filter(|(applies, _)| *applies == Ok(true)).filter_map(|(_, rate)| rate.as_ref().ok());
    let best = settled.copied().max();
    let mut open: Known<()> = Ok(());
    for (applies, rate) in rates {
        let could_raise = rate.as_ref().map_or(true, |rate| best < Some(*rate));
        if applies != Ok(false) && could_raise {
            for unknown in [applies.err(), rate.err()].into_iter().flatten() {
                open = Err(also(open, unknown));
            }
        }
    }
    open.map(|()| best)
}

/// One more thing that is open.
fn also(open: Known<()>, unknown: Unknown) -> Unknown {
    match open {
        Ok(()) => unknown,
        Err(before) => before.and(unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap<T>(input: u32) -> Known<T> {
        Err(Unknown::missing(input, 0))
    }

    #[track_caller]
    fn check<T: PartialEq + std::fmt::Debug>(result: Known<T>, expected: Result<T, &[u32]>) {
        let shown =
            result.map_err(|unknown| unknown.absences().iter().map(|absence| absence.input).collect::<Vec<_>>());
        assert_eq!(shown, expected.map_err(<[u32]>::to_vec));
    }

    #[test]
    fn an_amount_is_asked_about_only_where_it_could_count() {
        check(only_where(Ok(false), gap(1)), Ok(Fen::ZERO));
        check(only_where(Ok(true), Ok(Fen::new(5))), Ok(Fen::new(5)));
        check(only_where(gap(1), Ok(Fen::ZERO)), Ok(Fen::ZERO));
        check(only_where(gap(1), gap(2)), Err(&[1, 2]));
    }

    #[test]
    fn a_line_is_chosen_once_all_before_it_are_settled() {
        check(first_that_holds([(Ok(false), 'a'), (Ok(true), 'b'), (gap(1), 'c')], 'd'), Ok('b'));
        check(first_that_holds([(gap(1), 'a'), (Ok(true), 'b'), (gap(2), 'c')], 'd'), Err(&[1]));
        check(first_that_holds([(gap(1), 'a'), (gap(2), 'b')], 'c'), Err(&[1, 2]));
        check(first_that_holds([(Ok(false), 'a')], 'b'), Ok('b'));
    }

    #[test]
    fn two_are_more_than_one_whatever_the_third() {
        check(at_most_one([Ok(true), gap(1), Ok(true)]), Ok(false));
        check(at_most_one([Ok(true), gap(1)]), Err(&[1]));
        check(at_most_one([gap(1), Ok(false)]), Ok(true));
        check(at_most_one([gap(1), gap(2)]), Err(&[1, 2]));
    }

    #[test]
    fn a_lower_rate_cannot_raise_the_highest() {
        let (low, high) = (Ratio::from_millionths(100_000), Ratio::from_millionths(200_000));
        check(highest([(Ok(true), Ok(high)), (gap(1), Ok(low))]), Ok(Some(high)));
        check(highest([(gap(1), Ok(high)), (Ok(true), Ok(low))]), Err(&[1]));
        check(highest([(Ok(true), gap(2)), (Ok(true), Ok(low))]), Err(&[2]));
        check(highest([(Ok(false), gap(2)), (Ok(false), Ok(low))]), Ok(None));
    }
}
