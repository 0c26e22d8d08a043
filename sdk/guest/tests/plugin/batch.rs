//! Two households as the host would send them: the first is complete, the second knows little.

use nuan_sdk::vocabulary::columns::{Batch, Bitmap, Column, ColumnValues, Level};
use nuan_sdk::vocabulary::date::Date;

/// A column in which every row is known.
pub fn known(values: ColumnValues) -> Column {
    Column { values, known: None, none: None }
}

fn bits(byte: u8) -> Option<Bitmap> {
    Some(Bitmap::from_bytes(vec![byte]))
}

fn day(text: &str) -> i32 {
    Date::parse(text).unwrap().days()
}

/// Household 0: two members, one month of wage, no car. Household 1: no hukou given, one member, cars never listed.
pub fn two_households() -> Batch {
    let household = vec![
        Column { values: ColumnValues::Flag(vec![1, 0]), known: bits(0b01), none: None },
        Column { values: ColumnValues::Int32(vec![day("2024-06-01"), 0]), known: bits(0b11), none: bits(0b10) },
        known(ColumnValues::Code(vec![1, 1])),
        known(ColumnValues::Code(vec![1, 0])),
        known(ColumnValues::Code(vec![0, 1])),
        known(ColumnValues::Int64(vec![500_000, 500_000])),
        Column { values: ColumnValues::Int64(vec![3_000, 3_000]), known: bits(0b01), none: None },
    ];
    let member = vec![
        known(ColumnValues::Int64(vec![40, 5, 9])),
        known(ColumnValues::Code(vec![5, 1, 5])),
        Column { values: ColumnValues::Code(vec![99, 99, 6]), known: bits(0b011), none: bits(0b011) },
    ];
    let home = vec![known(ColumnValues::Int64(vec![6_000]))];
    let wage = vec![known(ColumnValues::Int64(vec![1_001]))];
    let vehicle = vec![known(ColumnValues::Int64(vec![]))];
    let level = |parent, offsets, listed, rows, columns| Level { parent, offsets, listed, rows, columns };
    Batch {
        as_of: Date::parse("2025-01-01").unwrap(),
        levels: vec![
            level(0, vec![], None, 2, household),
            level(0, vec![0, 2, 3], None, 3, member),
            level(0, vec![0, 1, 1], None, 1, home),
            level(1, vec![0, 1, 1, 1], None, 1, wage),
            level(0, vec![0, 0, 0], bits(0b01), 0, vehicle),
        ],
    }
}

/// A batch of the first household alone.
pub fn one_household() -> Batch {
    let mut batch = two_households();
    let rows = [1, 2, 1, 1, 0];
    let offsets = [vec![], vec![0, 2], vec![0, 1], vec![0, 1, 1], vec![0, 0]];
    for ((level, rows), offsets) in batch.levels.iter_mut().zip(rows).zip(offsets) {
        (level.rows, level.offsets) = (rows, offsets);
        let rows = usize::try_from(rows).unwrap();
        for column in &mut level.columns {
            match &mut column.values {
                ColumnValues::Int64(values) => values.truncate(rows),
                ColumnValues::Int32(values) => values.truncate(rows),
                ColumnValues::Code(values) => values.truncate(rows),
                ColumnValues::Flag(values) => values.truncate(rows),
                ColumnValues::Text(_) => {}
            }
        }
    }
    batch
}
