//! Cutting and joining: rows of every level move along, and a batch in pieces gives the outputs of the whole.

use nuan_vocabulary::date::Date;

use super::*;

/// Three households with 1, 0 and 2 members; vehicles stand before the members' list that they belong to.
fn batch() -> Batch {
    let text = |texts: &[&str]| {
        let mut column = TextColumn::default();
        texts.iter().for_each(|text| column.push(text));
        ColumnValues::Text(column)
    };
    let column = |values, known: Option<u8>| Column {
        values,
        known: known.map(|bits| Bitmap::from_bytes(vec![bits])),
        none: None,
    };
    let household = Level {
        parent: 0,
        offsets: Vec::new(),
        listed: None,
        rows: 3,
        columns: vec![
            column(ColumnValues::Int64(vec![10, 20, 30]), Some(0b101)),
            column(text(&["甲", "", "丙丙"]), None),
        ],
    };
    let vehicle = Level {
        parent: 2,
        offsets: vec![0, 2, 2, 3],
        listed: Some(Bitmap::from_bytes(vec![0b110])),
        rows: 3,
        columns: vec![column(ColumnValues::Int32(vec![1, 2, 3]), Some(0b011))],
    };
    let member = Level {
        parent: 0,
        offsets: vec![0, 1, 1, 3],
        listed: Some(Bitmap::from_bytes(vec![0b011])),
        rows: 3,
        columns: vec![column(ColumnValues::Code(vec![7, 8, 9]), None)],
    };
    Batch { as_of: Date::from_days(0), levels: vec![household, vehicle, member] }
}

fn shape() -> Shape {
    let output = |level, value_type| OutputShape { level, value_type };
    // Inputs: two household columns, the vehicles', the members', then the three lists.
    Shape { outputs: vec![output(0, ValueType::Money), output(1, ValueType::Date)], inputs: vec![0, 0, 1, 2, 0, 2, 0] }
}

#[test]
fn a_slice_is_the_batch_of_its_households() {
    assert_eq!(slice(&batch(), 0..3), batch());
    let last = slice(&batch(), 2..3);
    assert_eq!(rows(&last), [1, 1, 2]);
    assert_eq!(last.levels[2].offsets, [0, 2]);
    assert_eq!(last.levels[1].offsets, [0, 0, 1]);
    assert_eq!(last.levels[1].columns[0].values, ColumnValues::Int32(vec![3]));
    assert!(!last.levels[1].columns[0].is_known(0));
    assert_eq!(last.levels[2].listed, Some(Bitmap::from_bytes(vec![0])));
    assert_eq!(last.levels[1].listed, Some(Bitmap::from_bytes(vec![0b11])));
    let ColumnValues::Text(text) = &last.levels[0].columns[1].values else { panic!("no text") };
    assert_eq!(text.get(0), Some("丙丙"));
    assert_eq!(rows(&slice(&batch(), 1..2)), [1, 0, 0]);
}

#[test]
fn each_household_has_its_rows() {
    assert_eq!(row_ranges(&batch(), 2..3), [2..3, 2..3, 1..3]);
    assert_eq!(first_rows(&batch()), [vec![0, 1, 2, 3], vec![0, 2, 2, 3], vec![0, 1, 1, 3]]);
}

#[test]
fn false_offsets_stay_within_the_level() {
    let mut forged = batch();
    forged.levels[1].offsets = vec![0, 9, 1, 2];
    assert!(row_ranges(&forged, 0..1)[1].end <= 3);
    forged.levels[2].parent = 2;
    assert_eq!(rows(&slice(&forged, 0..1)), [1, 0, 0]);
}

/// A rule that looks at nothing but its own household: twice the amount, and the vehicles' numbers, unknown where they are.
fn rule(batch: &Batch) -> Outputs {
    let [household, vehicle, _] = batch.levels.as_slice() else { panic!("three levels") };
    let ColumnValues::Int64(amounts) = &household.columns[0].values else { panic!("amounts") };
    let twice = Column {
        values: ColumnValues::Int64(amounts.iter().map(|amount| amount * 2).collect()),
        known: household.columns[0].known.clone(),
        none: None,
    };
    let mut missing = Vec::new();
    for (output, column, input) in [(0, &household.columns[0], 0), (1, &vehicle.columns[0], 2)] {
        let unknown = (0..column.values.rows()).filter(|row| !column.is_known(*row));
        for row in unknown.map(|row| u32::try_from(row).unwrap()) {
            missing.push(Gap { output, row, missing: vec![Absence { input, row }], causes: Vec::new() });
        }
    }
    Outputs { columns: vec![twice, vehicle.columns[0].clone()], missing }
}

#[test]
fn a_batch_in_pieces_gives_the_outputs_of_the_whole() {
    let batch = batch();
    let whole = rule(&batch);
    for cuts in [vec![0, 3], vec![0, 1, 3], vec![0, 2, 3], vec![0, 1, 2, 3]] {
        let pieces = cuts.windows(2).map(|cut| slice(&batch, cut[0]..cut[1]));
        let pieces = pieces.map(|part| Piece { rows: rows(&part), outputs: Some(rule(&part)) });
        let joined = concat(&shape(), pieces.collect());
        assert_eq!(joined.missing, whole.missing, "{cuts:?}");
        assert_eq!(joined.columns[0].values, whole.columns[0].values);
        assert_eq!(
            joined.columns[1],
            Column { known: Some(Bitmap::from_bytes(vec![0b011])), ..whole.columns[1].clone() }
        );
    }
}

#[test]
fn a_piece_without_outputs_is_unknown() {
    let batch = batch();
    let pieces = vec![
        Piece { rows: rows(&slice(&batch, 0..1)), outputs: None },
        Piece { rows: rows(&slice(&batch, 1..3)), outputs: Some(rule(&slice(&batch, 1..3))) },
    ];
    let joined = concat(&shape(), pieces);
    assert_eq!(joined.columns[0].values, ColumnValues::Int64(vec![0, 40, 60]));
    assert_eq!(joined.columns[0].known, Some(Bitmap::from_bytes(vec![0b100])));
    assert_eq!(joined.columns[1].values, ColumnValues::Int32(vec![0, 0, 3]));
    assert_eq!(
        joined.missing[0],
        Gap { output: 0, row: 1, missing: vec![Absence { input: 0, row: 1 }], causes: vec![] }
    );
}
