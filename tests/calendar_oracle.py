#!/usr/bin/env python3
"""The calendar as Python's datetime has it, one JSON row a line: what, what it is asked, and what must come out.

Nothing of Nuan's code stands behind it. Ages count full years (周岁), reached on the birthday itself; who was born on 29 February
turns a year older on 1 March of a common year. Periods are half-open. China keeps UTC+8."""
import calendar
import json
from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# Local midnights that Asia/Shanghai never had: a clock that turns a birth into an instant stumbles here.
LOST_MIDNIGHTS = ["1919-04-13", "1940-06-01", "1941-03-15", "1942-01-31", "1946-05-15", "1947-04-15", "1948-05-01", "1949-05-01"]


def row(what, expected, **asked):
    print(json.dumps({"what": what, **asked, "expected": expected}))


def birthday(birth, years):
    """The day on which so many years are full."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def age(birth, on):
    years = on.year - birth.year
    return years if on >= birthday(birth, years) else years - 1


def ages():
    births = [date(2008, 2, 29), date(2000, 2, 29), date(1904, 2, 29), date(1999, 12, 31), date(2001, 1, 1), date(1972, 3, 1),
              date(1960, 2, 28), *map(date.fromisoformat, LOST_MIDNIGHTS)]
    for birth in births:
        for years in (1, 14, 16, 18, 60):
            for on in (birthday(birth, years) - DAY, birthday(birth, years), birthday(birth, years) + DAY):
                row("age", age(birth, on), birth=str(birth), on=str(on))
        row("age", 0, birth=str(birth), on=str(birth))
        row("age", -1, birth=str(birth), on=str(birth - DAY))
    for lost in LOST_MIDNIGHTS:
        row("age", age(date(1900, 5, 1), date.fromisoformat(lost)), birth="1900-05-01", on=lost)


def months():
    """The first day of the next month, and the last day of this one."""
    for year in (1900, 2000, 2023, 2024):
        for month in range(1, 13):
            last = date(year, month, calendar.monthrange(year, month)[1])
            for day in (last, last.replace(day=15)):
                row("first of the next month", str(last + DAY), day=str(day))
            row("last of the month", str(last), day=str(last.replace(day=1)))


def periods():
    for since, until in (("2024-02-01", "2024-03-01"), ("2023-12-31", "2024-01-01"), ("2021-09-01", None)):
        start = date.fromisoformat(since)
        end = date.fromisoformat(until) if until else start + 1000 * DAY
        for day in (start - DAY, start, start + DAY, end - DAY, end, end + DAY):
            row("in the period", start <= day and (until is None or day < end), since=since, until=until, day=str(day))


def windows():
    """Twelve months before the month of a day: the first of them, and the first day after them."""
    for day in (date(2024, 2, 29), date(2024, 1, 31), date(2023, 12, 1), date(2025, 3, 1), date(2022, 9, 30)):
        row("twelve months before", [str(day.replace(year=day.year - 1, day=1)), str(day.replace(day=1))], day=str(day))


def expiry():
    """What is kept for five years is full on the same day five years later, and not a day before."""
    for since in (date(2020, 2, 29), date(2019, 3, 1), date(2021, 12, 31), date(2020, 6, 15)):
        end = birthday(since, 5)
        for on in (end - DAY, end, end + DAY):
            row("five years are over", on >= end, since=str(since), on=str(on))


def today():
    """The date in China at an instant."""
    for midnight in (datetime(2023, 1, 1), datetime(2024, 2, 29), datetime(2024, 3, 1), datetime(2024, 12, 31), datetime(2025, 7, 1)):
        for moment in (midnight - SECOND, midnight, midnight + SECOND, midnight.replace(hour=7, minute=59, second=59),
                       midnight.replace(hour=8), midnight.replace(hour=23, minute=59, second=59)):
            instant = moment.replace(tzinfo=CHINA).astimezone(timezone.utc)
            row("today", str(moment.date()), at=instant.strftime("%Y-%m-%dT%H:%M:%SZ"))


def real():
    for year in (1900, 1999, 2000, 2023, 2024, 2100):
        for day in (28, 29, 30):
            text = f"{year}-02-{day}"
            row("is a date", day <= calendar.monthrange(year, 2)[1], text=text)
    for text in ("2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00"):
        row("is a date", False, text=text)
    for lost in LOST_MIDNIGHTS:
        row("is a date", True, text=lost)


for part in (ages, months, periods, windows, expiry, today, real):
    part()
