//! Bytes and names as text: quoted with escapes, long ones by length and fingerprint.

use std::fmt::Write as _;

/// The longest payload that is shown in full.
const SHOWN_BYTES: usize = 40;

/// `bytes` in quotes, with the escapes that cases read.
#[must_use]
pub fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0' => out.push_str("\\0"),
                plain if !plain.is_control() => out.push(plain),
                control => escape(&mut out, control.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        escape(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn escape(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// A payload: in quotes up to 40 bytes, beyond that its length and CRC-32.
#[must_use]
pub fn payload(bytes: &[u8]) -> String {
    if bytes.len() <= SHOWN_BYTES {
        quoted(bytes)
    } else {
        format!("len={} crc32={:08x}", bytes.len(), crc32fast::hash(bytes))
    }
}

/// A subject or name: bare where it reads back as one word, in quotes otherwise, by length and CRC-32 when very long.
#[must_use]
pub fn subject(text: &str) -> String {
    const LONGEST: usize = 200;
    let plain = |c: char| c.is_alphanumeric() || "._-$*>/:+~@".contains(c);
    if text.len() > LONGEST {
        format!("len={} crc32={:08x}", text.len(), crc32fast::hash(text.as_bytes()))
    } else if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        quoted(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_have_one_text() {
        assert_eq!(quoted(b"a\"\\\n\r\t\0\x01\xff\xc3"), r#""a\"\\\n\r\t\0\x01\xff\xc3""#);
        assert_eq!(quoted("grün".as_bytes()), "\"grün\"");
        assert_eq!(payload(&[b'x'; 40]), format!("\"{}\"", "x".repeat(40)));
        // CRC-32 (IEEE) of 41 bytes `x`, from Python's zlib.crc32.
        assert_eq!(payload(&[b'x'; 41]), "len=41 crc32=31a5feee");
        assert_eq!(subject("foo.*.>"), "foo.*.>");
        assert_eq!(subject("a b"), "\"a b\"");
        assert_eq!(subject(""), "\"\"");
    }
}
