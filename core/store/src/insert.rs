//! Inserts of many rows: sixteen to a statement, the rest one by one. PostgreSQL takes the tables of a bulk load column by
//! column, a whole batch in one statement.
//!
//! The texts are made by the compiler, so that no SQL is ever composed at run time. Sixteen rows were measured best on
//! SQLite, whose driver looks up each `$n` among all the others. On PostgreSQL a statement costs more than its rows.

use std::borrow::Cow;
use std::pin::Pin;

use sqlx::AnyConnection;
use sqlx::any::{Any, AnyArguments};
use sqlx::query::Query;

/// A statement with the values bound so far.
pub(crate) type AnyQuery<'q> = Query<'q, Any, AnyArguments>;

/// A future whose type is erased, without which the compiler cannot tell that it may move between threads.
type Inserting<'a> = Pin<Box<dyn Future<Output = sqlx::Result<()>> + Send + 'a>>;

const ROWS: usize = 16;
const ROOM: usize = 1_280;

/// One insert in the two lengths it is run in.
pub(crate) struct Insert {
    pub one: &'static str,
    pub sixteen: &'static str,
}

/// The insert of rows with so many columns: `insert_rows!("insert into audit_leaf (county, seq)", 2)`.
macro_rules! insert_rows {
    ($insert:literal, $columns:literal) => {{
        const ONE: &[u8] = &$crate::insert::with_values($insert, $columns, 1);
        const SIXTEEN: &[u8] = &$crate::insert::with_values($insert, $columns, 16);
        $crate::insert::Insert { one: $crate::insert::text(ONE), sixteen: $crate::insert::text(SIXTEEN) }
    }};
}
pub(crate) use insert_rows;

impl Insert {
    /// Inserts all rows; `bind` binds the columns of one row in their order.
    pub fn all<'a, R: Sync>(
        &'a self,
        connection: &'a mut AnyConnection,
        rows: &'a [R],
        bind: for<'q> fn(AnyQuery<'q>, &'q R) -> AnyQuery<'q>,
    ) -> Inserting<'a> {
        Box::pin(async move {
            let (chunks, rest) = rows.as_chunks::<ROWS>();
            for chunk in chunks {
                chunk.iter().fold(sqlx::query(self.sixteen), bind).execute(&mut *connection).await?;
            }
            for row in rest {
                bind(sqlx::query(self.one), row).execute(&mut *connection).await?;
            }
            Ok(())
        })
    }
}

/// An insert that a bulk load uses: in the same form everywhere but on PostgreSQL.
pub(crate) struct BulkInsert {
    pub rows: Insert,
    /// Takes every column as one text, a line a row; then where each payload begins, how long it is, and all payloads.
    pub columns: &'static str,
}

/// The columns of a row as texts, and its payload.
pub(crate) type Texts<'q, const N: usize> = ([Cow<'q, str>; N], &'q [u8]);

/// Where PostgreSQL begins to gain.
const MANY: usize = 64;

impl BulkInsert {
    /// Inserts all rows; `bind` binds the columns of one row in their order, `split` gives them as texts and one payload. An
    /// absent text is empty.
    pub fn all<'a, R: Sync, const N: usize>(
        &'a self,
        connection: &'a mut AnyConnection,
        rows: &'a [R],
        bind: for<'q> fn(AnyQuery<'q>, &'q R) -> AnyQuery<'q>,
        split: for<'q> fn(&'q R) -> Texts<'q, N>,
    ) -> Inserting<'a> {
        let is_bulk = rows.len() >= MANY && connection.backend_name() == "PostgreSQL";
        match is_bulk.then(|| Columns::of(rows, split)).flatten() {
            Some(columns) => Box::pin(async move {
                columns.bind(sqlx::query(self.columns)).execute(connection).await?;
                Ok(())
            }),
            None => self.rows.all(connection, rows, bind),
        }
    }
}

/// The values of many rows, column by column: sqlx's `Any` binds no arrays, so a column is one text that PostgreSQL takes apart.
struct Columns<const N: usize> {
    texts: [String; N],
    starts: String,
    lengths: String,
    payloads: Vec<u8>,
}

impl<const N: usize> Columns<N> {
    /// `None`: a value has a line break, and would be taken for two.
    fn of<'a, R>(rows: &'a [R], split: fn(&'a R) -> Texts<'a, N>) -> Option<Self> {
        let mut columns = Self {
            texts: [const { String::new() }; N],
            starts: String::new(),
            lengths: String::new(),
            payloads: Vec::new(),
        };
        for (number, row) in rows.iter().enumerate() {
            let (values, payload) = split(row);
            if values.iter().any(|value| value.contains('\n')) {
                return None;
            }
            let line = if number == 0 { "" } else { "\n" };
            for (text, value) in columns.texts.iter_mut().zip(values) {
                text.push_str(line);
                text.push_str(&value);
            }
            let start = (columns.payloads.len() + 1).to_string();
            for (text, value) in [(&mut columns.starts, start), (&mut columns.lengths, payload.len().to_string())] {
                text.push_str(line);
                text.push_str(&value);
            }
            columns.payloads.extend_from_slice(payload);
        }
        Some(columns)
    }

    fn bind(self, query: AnyQuery<'static>) -> AnyQuery<'static> {
        let query = self.texts.into_iter().fold(query, Query::bind);
        query.bind(self.starts).bind(self.lengths).bind(self.payloads)
    }
}

/// `insert`, followed by `values ($1, $2), ($3, $4)` and blanks. A text that does not fit fails to compile.
pub(crate) const fn with_values(insert: &str, columns: usize, rows: usize) -> [u8; ROOM] {
    let mut text = [b' '; ROOM];
    let mut rest = write(&mut text, insert.as_bytes());
    let mut n = 1;
    while n <= columns * rows {
        let before: &[u8] = match (n, n % columns) {
            (1, _) => b"\nvalues ($",
            (_, 1) => b"),\n($",
            _ => b", $",
        };
        rest = write(write(rest, before), digits(&mut [0; 3], n));
        n += 1;
    }
    write(rest, b")");
    text
}

/// The text without the blanks at its end.
pub(crate) const fn text(padded: &[u8]) -> &str {
    match std::str::from_utf8(padded.trim_ascii_end()) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Writes at the start of `text` and returns what remains of it.
const fn write<'t>(text: &'t mut [u8], piece: &[u8]) -> &'t mut [u8] {
    let (place, rest) = text.split_at_mut(piece.len());
    place.copy_from_slice(piece);
    rest
}

/// A number below a thousand as text.
const fn digits(room: &mut [u8; 3], number: usize) -> &[u8] {
    *room = [digit(number.div_euclid(100)), digit(number.div_euclid(10)), digit(number)];
    let zeros = match number {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    room.split_at(zeros).1
}

const fn digit(number: usize) -> u8 {
    b'0' + (number % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: Insert = insert_rows!("insert into pair (a, b)", 2);

    #[test]
    fn the_compiler_writes_the_statements() {
        assert_eq!(PAIRS.one, "insert into pair (a, b)\nvalues ($1, $2)");
        assert!(PAIRS.sixteen.starts_with("insert into pair (a, b)\nvalues ($1, $2),\n($3, $4),\n($5, $6)"));
        assert!(PAIRS.sixteen.ends_with(",\n($31, $32)"));
        assert!(text(&with_values("", 9, 16)).ends_with("($136, $137, $138, $139, $140, $141, $142, $143, $144)"));
    }

    #[test]
    fn rows_are_put_down_column_by_column() {
        let split = |row: &'static (&str, &[u8])| -> ([Cow<'static, str>; 2], &'static [u8]) {
            ([row.0.into(), row.1.len().to_string().into()], row.1)
        };
        const ROWS: [(&str, &[u8]); 3] = [("a", b"xyz"), ("", b""), ("暖", b"\0\n")];
        let columns = Columns::of(&ROWS, split).unwrap();
        assert_eq!(columns.texts, ["a\n\n暖", "3\n0\n2"]);
        assert_eq!((columns.starts.as_str(), columns.lengths.as_str()), ("1\n4\n4", "3\n0\n2"));
        assert_eq!(columns.payloads, b"xyz\0\n");
        const BROKEN: [(&str, &[u8]); 1] = [("a\nb", b"")];
        assert!(Columns::of(&BROKEN, split).is_none(), "a value of two lines");
    }
}
