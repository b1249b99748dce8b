//! The fields of a cron expression, as EventBridge Scheduler documents them, in the way that croner reads them.
//!
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based>. About ranges that wrap (`FRI-MON`) and the
//! last weekday of a month (`6L`) it says nothing; Quartz, whose expressions these are, has both, and here they mean what they mean
//! there.

/// A field: what it is called, its least and greatest value, and the names of its values from the least on.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const FIELDS: [Field; 6] = [
    Field { name: "minutes", least: 0, most: 59, names: &[] },
    Field { name: "hours", least: 0, most: 23, names: &[] },
    Field { name: "day of month", least: 1, most: 31, names: &[] },
    Field { name: "month", least: 1, most: 12, names: &MONTHS },
    Field { name: "day of week", least: 1, most: 7, names: &DAYS },
    Field { name: "year", least: 1970, most: 2199, names: &[] },
];
const DAY: usize = 2;
const WEEKDAY: usize = 4;

/// The expression with its ranges in order and its days by number.
pub(super) fn normalized(expression: &str) -> Result<String, String> {
    let parts: Vec<&str> = expression.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err("cron needs six fields: minutes, hours, day of month, month, day of week, year".to_owned());
    }
    if (parts[DAY] == "?") == (parts[WEEKDAY] == "?") {
        return Err("one of day of month and day of week must be ?".to_owned());
    }
    let fields = FIELDS.iter().zip(&parts).enumerate();
    let fields = fields.map(|(index, (field, part))| {
        field.read(index, part).ok_or_else(|| format!("{part:?} is not understood as {}", field.name))
    });
    Ok(fields.collect::<Result<Vec<_>, _>>()?.join(" "))
}

impl Field {
    fn read(&self, index: usize, part: &str) -> Option<String> {
        match index {
            DAY | WEEKDAY if part == "?" => return Some("?".to_owned()),
            // The last day of a week is Saturday.
            WEEKDAY if part == "L" => return Some(self.most.to_string()),
            WEEKDAY if part.contains('#') => return self.numbered(part),
            _ => {}
        }
        let items: Option<Vec<String>> = part.split(',').map(|item| self.item(index, item)).collect();
        Some(items?.join(","))
    }

    /// `3#2` is the second Tuesday, and stands alone.
    fn numbered(&self, part: &str) -> Option<String> {
        let (day, number) = part.split_once('#')?;
        let number = digits(number).filter(|number| (1..=5).contains(number))?;
        Some(format!("{}#{number}", self.value(day)?))
    }

    fn item(&self, index: usize, item: &str) -> Option<String> {
        if index == DAY && (item == "L" || item == "LW") {
            return Some(item.to_owned());
        }
        // The weekday that is nearest to a day, and the last of a month's Fridays.
        for (of, letter) in [(DAY, 'W'), (WEEKDAY, 'L')] {
            if let Some(day) = item.strip_suffix(letter).filter(|_| index == of) {
                return Some(format!("{}{letter}", self.value(day)?));
            }
        }
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(digits(step).filter(|step| (1..=self.most).contains(step))?)),
            None => (item, None),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None if range == "*" => (self.least, self.most),
            None => (self.value(range)?, if step.is_some() { self.most } else { self.value(range)? }),
        };
        let all: Vec<u32> = if first <= last {
            (first..=last).collect()
        } else {
            (first..=self.most).chain(self.least..=last).collect()
        };
        if range == "*" && step.is_none() {
            return Some("*".to_owned());
        }
        let step = step.and_then(|step| step.try_into().ok()).unwrap_or(1);
        Some(all.into_iter().step_by(step).map(|value| value.to_string()).collect::<Vec<_>>().join(","))
    }

    /// A number in its range, or a name.
    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = named.and_then(|index| u32::try_from(index).ok()).map(|index| self.least + index);
        named.or_else(|| digits(text)).filter(|value| (self.least..=self.most).contains(value))
    }
}

/// A number of digits alone: a sign is none of it.
fn digits(text: &str) -> Option<u32> {
    text.chars().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
