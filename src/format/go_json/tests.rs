//! JSON against Go's verdicts on recorded texts, and round trips.
//!
//! The recorded program decodes into a struct; the test does the same by hand, field by field, in the order in which Go
//! meets the members.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;

use super::*;

/// Recorded from Go; the file says how.
const VECTORS: &str = include_str!("../../../tests/data/format/json.txt");

/// What Go's program printed for the struct that the file describes.
fn read(bytes: &[u8]) -> Result<String, Box<dyn std::error::Error>> {
    let value = parse(bytes)?;
    if !matches!(value, GoValue::Object(_) | GoValue::Null) {
        return Err("not an object".into());
    }
    // Go decodes every occurrence in turn, so each must have the field's type.
    let (mut name, mut messages, mut unsigned) = ("-".to_owned(), -7, 0);
    let (mut float, mut sealed, mut created, mut subjects) = (0.0, false, None, Vec::new());
    for value in value.field("name") {
        name = value.as_text()?.map_or(name, str::to_owned);
    }
    for value in value.field("max_msgs") {
        messages = value.as_integer::<i64>()?.unwrap_or(messages);
    }
    for value in value.field("u") {
        unsigned = value.as_integer::<u64>()?.unwrap_or(unsigned);
    }
    for value in value.field("f") {
        float = value.as_float()?.unwrap_or(float);
    }
    for value in value.field("sealed") {
        sealed = value.as_bool()?.unwrap_or(sealed);
    }
    for value in value.field("created") {
        created = value.as_time()?;
    }
    for value in value.field("subjects") {
        let texts = value.as_list()?.unwrap_or_default().iter();
        let texts = texts.map(|text| Ok(text.as_text()?.unwrap_or_default().to_owned()));
        subjects = texts.collect::<Result<_, GoTypeError>>()?;
    }
    let created = created.map_or("zero".to_owned(), |time| time.to_string());
    let name = hex::encode(name);
    let subjects: Vec<_> = subjects.iter().map(|text| format!("{text:?}")).collect();
    let subjects = subjects.join(" ");
    Ok(format!("{name} {messages} {unsigned} {float} {sealed} {created} [{subjects}]"))
}

#[test]
fn reading_and_writing_equal_gos() {
    for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
        let (input, expected) = line.split_once(" | ").unwrap();
        match input.split_once(' ').unwrap() {
            ("read", bytes) => {
                let bytes = hex::decode(bytes).unwrap();
                let found = read(&bytes).unwrap_or_else(|_| "refused".to_owned());
                assert_eq!(found, expected, "{}", String::from_utf8_lossy(&bytes));
            }
            ("write", text) => {
                let text = String::from_utf8(hex::decode(text).unwrap()).unwrap();
                assert_eq!(to_vec(&text).unwrap(), expected.as_bytes(), "{text:?}");
            }
            ("time", unix_ns) => {
                let unix_ns = unix_ns.parse().unwrap();
                let expected = expected.trim_matches('"');
                assert_eq!(format_time(unix_ns), expected);
                assert_eq!(parse_time(expected), Some(Some(unix_ns)));
            }
            _ => panic!("{line}"),
        }
    }
}

#[test]
fn members_say_where_they_lie() {
    let text = br#" {"a": 1, "b":{"a":[2]} ,"a" : "x"} "#;
    let found = members(text).unwrap();
    let shown = |member: &Member| {
        let value = text.get(member.value.clone()).unwrap();
        (member.name.clone(), member.offset, value)
    };
    let found: Vec<_> = found.iter().map(shown).collect();
    let expected: [(&str, usize, &[u8]); 3] = [("a", 2, b"1"), ("b", 10, b"{\"a\":[2]}"), ("a", 25, b"\"x\"")];
    let expected = expected.map(|(name, offset, value)| (name.to_owned(), offset, value));
    assert_eq!(found, expected);
}

#[test]
fn the_last_value_that_is_not_null_counts() {
    let value = parse(br#"{"Name":"a","name":"b","NAME":null,"other":1}"#).unwrap();
    assert_eq!(value.last("name"), Some(&GoValue::Text("b".to_owned())));
    assert_eq!(value.field("name").count(), 3);
    assert_eq!(value.last("missing"), None);
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert_eq!(parse(nested(1_000).as_bytes()).err(), None);
    let error = parse(nested(1_001).as_bytes()).unwrap_err();
    assert_eq!(error.why, "nested too deep");
}

proptest! {
    #[test]
    fn what_is_written_is_read(texts: Vec<String>, number: i64, flag: bool) {
        let json = to_vec(&(&texts, number, flag)).unwrap();
        let texts = texts.into_iter().map(GoValue::Text).collect();
        let number = GoValue::Number(number.to_string());
        let expected = GoValue::List(vec![GoValue::List(texts), number, GoValue::Bool(flag)]);
        prop_assert_eq!(parse(&json), Ok(expected));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "[\\[\\]{}\":,a1tn\\\\u ]{0,40}") {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let ours = parse(input);
            // serde_json refuses bad UTF-8 and lone surrogates; apart from those it has the same grammar.
            let theirs = serde_json::from_slice::<serde_json::Value>(input);
            prop_assert!(ours.is_ok() || theirs.is_err(), "{:?}", input);
            prop_assert_eq!(members(input).is_ok(), ours.is_ok());
        }
    }

    #[test]
    fn times_round_trip(unix_ns: i64) {
        prop_assert_eq!(parse_time(&format_time(unix_ns)), Some(Some(unix_ns)));
    }
}
