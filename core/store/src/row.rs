//! Reading columns: text becomes an id, a date or an instant, and what does not is named with its column.

use std::error::Error;
use std::fmt::Display;
use std::str::FromStr;

use nuan_vocabulary::date::Date;
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::sealed::Sealed;

/// The text is not as the store writes such a value.
#[derive(Debug, thiserror::Error)]
#[error("the text is not as it was written")]
struct Rewritten;

/// The column's text, read as a `T`. Only the one way in which the store writes it counts.
pub(crate) fn parsed<T: FromStr<Err: Error + Send + Sync + 'static> + Display>(
    row: &AnyRow,
    column: &str,
) -> sqlx::Result<T> {
    read(column, text(row, column)?)
}

/// The column's text, read as a `T`, where there is one.
pub(crate) fn parsed_or_none<T: FromStr<Err: Error + Send + Sync + 'static> + Display>(
    row: &AnyRow,
    column: &str,
) -> sqlx::Result<Option<T>> {
    text_or_none(row, column)?.map(|text| read(column, text)).transpose()
}

/// The column's civil date.
pub(crate) fn civil_date(row: &AnyRow, column: &str) -> sqlx::Result<Date> {
    read_date(column, text(row, column)?)
}

/// The column's civil date, where there is one.
pub(crate) fn civil_date_or_none(row: &AnyRow, column: &str) -> sqlx::Result<Option<Date>> {
    text_or_none(row, column)?.map(|text| read_date(column, text)).transpose()
}

/// The column's text.
pub(crate) fn text<'r>(row: &'r AnyRow, column: &str) -> sqlx::Result<&'r str> {
    row.try_get(column)
}

/// The column's text, where there is one.
pub(crate) fn text_or_none<'r>(row: &'r AnyRow, column: &str) -> sqlx::Result<Option<&'r str>> {
    row.try_get(column)
}

/// The column's number.
pub(crate) fn integer(row: &AnyRow, column: &str) -> sqlx::Result<i64> {
    row.try_get(column)
}

/// The two columns of a sealed payload.
pub(crate) fn sealed(row: &AnyRow) -> sqlx::Result<Sealed> {
    Ok(Sealed { key_id: text(row, "key_id")?.to_owned(), ciphertext: blob(row, "ciphertext")?.to_owned() })
}

/// The two columns of the sealed payload of an outcome, where there is one.
pub(crate) fn outcome(row: &AnyRow) -> sqlx::Result<Option<Sealed>> {
    let Some(key_id) = text_or_none(row, "outcome_key_id")? else { return Ok(None) };
    Ok(Some(Sealed { key_id: key_id.to_owned(), ciphertext: blob(row, "outcome_ciphertext")?.to_owned() }))
}

/// The column's bytes.
pub(crate) fn blob<'r>(row: &'r AnyRow, column: &str) -> sqlx::Result<&'r [u8]> {
    row.try_get(column)
}

/// The column's bytes, where there are some.
pub(crate) fn blob_or_none<'r>(row: &'r AnyRow, column: &str) -> sqlx::Result<Option<&'r [u8]>> {
    row.try_get(column)
}

/// The column's bytes, of which there are always so many.
pub(crate) fn bytes<const N: usize>(row: &AnyRow, column: &str) -> sqlx::Result<[u8; N]> {
    blob(row, column)?.try_into().map_err(|error| unreadable(column, error))
}

/// The text as a `T`; only the one way in which the store writes it counts.
fn read<T: FromStr<Err: Error + Send + Sync + 'static> + Display>(column: &str, text: &str) -> sqlx::Result<T> {
    let value: T = text.parse().map_err(|error: T::Err| unreadable(column, error))?;
    if value.to_string() == text { Ok(value) } else { Err(unreadable(column, Rewritten)) }
}

fn read_date(column: &str, text: &str) -> sqlx::Result<Date> {
    let date = Date::parse(text).map_err(|error| unreadable(column, error))?;
    if date.to_string() == text { Ok(date) } else { Err(unreadable(column, Rewritten)) }
}

/// The error of a column that holds something else than it should.
fn unreadable(column: &str, error: impl Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}
