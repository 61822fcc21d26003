//! The cron fields of a schedule and the civil calendar under them: Go's `parseCron` with its exact domain.
//!
//! Six fields: second, minute, hour, day of month, month, day of week. Each is a list of ranges with steps; a field that is
//! only commas is an empty set. The next time is found by moving the largest field that does not match, over local times
//! that are computed as Go's `time.Date` computes them, gaps and overlaps included. The search ends after five years.

use super::pattern::Zone;

/// Marks a field that was given as a star, which decides how the two day fields combine.
const STAR: u64 = 1 << 63;
const SEARCH_YEARS: i64 = 5;

const MONTH_NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_NAMES: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The times that a pattern matches, a bit for each value of each field.
pub(super) struct Cron {
    second: u64,
    minute: u64,
    hour: u64,
    day: u64,
    month: u64,
    weekday: u64,
}

impl Cron {
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let fields: Vec<&str> = pattern.split_whitespace().collect();
        let [second, minute, hour, day, month, weekday] = fields.try_into().ok()?;
        Some(Self {
            second: parse_field(second, 0, 59, &[])?,
            minute: parse_field(minute, 0, 59, &[])?,
            hour: parse_field(hour, 0, 23, &[])?,
            day: parse_field(day, 1, 31, &[])?,
            month: parse_field(month, 1, 12, &MONTH_NAMES)?,
            weekday: parse_field(weekday, 0, 6, &DAY_NAMES)?,
        })
    }

    /// The first time after `ts_ns` that matches, in seconds since 1970; none within five years.
    pub(super) fn next(&self, zone: &dyn Zone, ts_ns: i64) -> Option<i64> {
        // Nothing can match an empty set of these, and walking five years second by second would only find that out.
        if [self.second, self.minute, self.hour, self.month].contains(&0) {
            return None;
        }
        let mut search = Search { unix_s: ts_ns.div_euclid(1_000_000_000) + 1, zone, truncated: false };
        let last_year = search.civil().year + SEARCH_YEARS;
        while search.civil().year <= last_year {
            if self.settle(&mut search) {
                return Some(search.unix_s);
            }
        }
        None
    }

    /// Moves to the next match; false when a larger field rolled over and everything must be looked at again.
    fn settle(&self, search: &mut Search<'_>) -> bool {
        while !has(self.month, search.civil().month) {
            search.truncate(|civil| Civil { day: 1, hour: 0, minute: 0, second: 0, ..civil });
            search.set(|civil| Civil { month: civil.month + 1, ..civil });
            if search.civil().month == 1 {
                return false;
            }
        }
        while !self.matches_day(search.civil()) {
            search.truncate(|civil| Civil { hour: 0, minute: 0, second: 0, ..civil });
            search.set(|civil| Civil { day: civil.day + 1, ..civil });
            if search.civil().day == 1 {
                return false;
            }
        }
        while !has(self.hour, search.civil().hour) {
            search.truncate(|civil| Civil { minute: 0, second: 0, ..civil });
            search.unix_s += 3_600;
            if search.civil().hour == 0 {
                return false;
            }
        }
        while !has(self.minute, search.civil().minute) {
            if !search.truncated {
                search.truncated = true;
                search.unix_s -= search.unix_s.rem_euclid(60);
            }
            search.unix_s += 60;
            if search.civil().minute == 0 {
                return false;
            }
        }
        while !has(self.second, search.civil().second) {
            search.truncated = true;
            search.unix_s += 1;
            if search.civil().second == 0 {
                return false;
            }
        }
        true
    }

    fn matches_day(&self, civil: Civil) -> bool {
        let (day, weekday) = (has(self.day, civil.day), has(self.weekday, civil.weekday()));
        if (self.day | self.weekday) & STAR != 0 { day && weekday } else { day || weekday }
    }
}

/// A moment on its way to the next match.
struct Search<'a> {
    unix_s: i64,
    zone: &'a dyn Zone,
    /// Whether the smaller fields were set to their beginning, which happens once.
    truncated: bool,
}

impl Search<'_> {
    fn civil(&self) -> Civil {
        Civil::from_local(self.unix_s.saturating_add(self.zone.offset_s(self.unix_s)))
    }

    fn truncate(&mut self, change: impl FnOnce(Civil) -> Civil) {
        if !self.truncated {
            self.truncated = true;
            self.set(change);
        }
    }

    /// Goes to a local time, whose offset is found in the way of Go's `time.Date`.
    fn set(&mut self, change: impl FnOnce(Civil) -> Civil) {
        let local_s = change(self.civil()).to_local();
        let guess = self.zone.offset_s(local_s);
        let offset_s = if guess == 0 { 0 } else { self.zone.offset_s(local_s - guess) };
        self.unix_s = local_s - offset_s;
    }
}

/// A date and a time of day. Fields out of range mean what they add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Civil {
    pub(super) fn from_local(local_s: i64) -> Self {
        let (days, rest) = (local_s.div_euclid(86_400), local_s.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Self { year, month, day, hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60 }
    }

    fn to_local(self) -> i64 {
        let months = self.month - 1;
        let (year, month) = (self.year + months.div_euclid(12), months.rem_euclid(12) + 1);
        let days = days_from_civil(year, month, 1) + self.day - 1;
        days * 86_400 + self.hour * 3_600 + self.minute * 60 + self.second
    }

    /// 0 is Sunday.
    fn weekday(self) -> i64 {
        (days_from_civil(self.year, self.month, self.day) + 4).rem_euclid(7)
    }
}

/// The days from 1 January 1970 to a date of the Gregorian calendar; years begin in March inside.
pub(super) const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// How many days a month has.
pub(super) const fn days_in_month(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1)
}

const fn has(bits: u64, value: i64) -> bool {
    bits & (1 << value) != 0
}

/// The union of a field's ranges; empty ones between commas are passed over.
fn parse_field(field: &str, min: u64, max: u64, names: &[&str]) -> Option<u64> {
    let ranges = field.split(',').filter(|range| !range.is_empty());
    ranges.map(|range| parse_range(range, min, max, names)).try_fold(0, |bits, range| Some(bits | range?))
}

/// `first [- last] [/ step]`; what follows a star and a hyphen is not looked at.
fn parse_range(range: &str, min: u64, max: u64, names: &[&str]) -> Option<u64> {
    let (bounds, step) = match range.split_once('/') {
        Some((_, step)) if step.contains('/') => return None,
        Some((bounds, step)) => (bounds, Some(parse_number(step)?)),
        None => (range, None),
    };
    let (first, last) = bounds.split_once('-').map_or((bounds, None), |(first, last)| (first, Some(last)));
    let is_star = first == "*" || first == "?";
    let (start, mut end) = if is_star {
        (min, max)
    } else {
        let start = parse_name(first, min, names)?;
        (start, last.map_or(Some(start), |last| parse_name(last, min, names))?)
    };
    if step.is_some() && last.is_none() {
        end = max;
    }
    let step = step.unwrap_or(1);
    if start < min || end > max || start > end || step == 0 {
        return None;
    }
    let star = if is_star && step == 1 { STAR } else { 0 };
    let mut bits = star;
    let mut value = start;
    while value <= end {
        bits |= 1 << value;
        value = value.saturating_add(step);
    }
    Some(bits)
}

/// A number or a name; names count from the field's minimum.
fn parse_name(text: &str, min: u64, names: &[&str]) -> Option<u64> {
    let lower: String = text.chars().map(simple_lowercase).collect();
    let named = names.iter().position(|name| *name == lower);
    named.map_or_else(|| parse_number(text), |at| Some(min + at as u64))
}

/// Go maps a character to one character; of those that Rust maps otherwise, the dotted I alone becomes a letter of a name.
fn simple_lowercase(c: char) -> char {
    if c == '\u{130}' { 'i' } else { c.to_lowercase().next().unwrap_or(c) }
}

fn parse_number(text: &str) -> Option<u64> {
    text.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok())
}
