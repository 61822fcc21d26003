//! Go's variable-length integers, with Go's exact verdicts (`encoding/binary` Uvarint and Varint).
//!
//! Seven bits a byte, least significant first; the high bit says that another byte follows. Overlong forms are accepted.
//! Both readers answer `(value, n)`: `n > 0` is the number of bytes read, `n == 0` means that the input ended too early, and
//! `n < 0` that the value needs more than 64 bits, after `-n` bytes.

/// The longest encoding of a 64-bit integer.
pub const MAX_VARINT_LEN64: usize = 10;

/// Reads an unsigned integer.
#[inline]
pub fn uvarint(bytes: &[u8]) -> (u64, isize) {
    // Most are small.
    if let [byte @ ..0x80, ..] = bytes {
        return (u64::from(*byte), 1);
    }
    longer_uvarint(bytes)
}

fn longer_uvarint(bytes: &[u8]) -> (u64, isize) {
    let mut value = 0u64;
    let mut read = 0isize;
    for &byte in bytes {
        if read == MAX_VARINT_LEN64 as isize {
            return (0, -(read + 1));
        }
        let shift = 7 * read;
        read += 1;
        if byte < 0x80 {
            if read == MAX_VARINT_LEN64 as isize && byte > 1 {
                return (0, -read);
            }
            return (value | (u64::from(byte) << shift), read);
        }
        value |= u64::from(byte & 0x7f) << shift;
    }
    (0, 0)
}

/// Reads a signed integer in zigzag form.
pub fn varint(bytes: &[u8]) -> (i64, isize) {
    let (value, read) = uvarint(bytes);
    ((value >> 1) as i64 ^ -((value & 1) as i64), read)
}

/// Appends an unsigned integer.
pub fn append_uvarint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed integer in zigzag form.
pub fn append_varint(out: &mut Vec<u8>, value: i64) {
    append_uvarint(out, ((value << 1) ^ (value >> 63)) as u64);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(hex_bytes: &str, expected: (u64, isize), expected_signed: (i64, isize)) {
        let bytes = hex::decode(hex_bytes).unwrap_or_default();
        assert_eq!(uvarint(&bytes), expected, "{hex_bytes}");
        assert_eq!(varint(&bytes), expected_signed, "{hex_bytes}");
    }

    /// Recorded from Go 1.26.8's encoding/binary.
    #[test]
    fn answers_equal_gos() {
        check("", (0, 0), (0, 0));
        check("00", (0, 1), (0, 1));
        check("01", (1, 1), (-1, 1));
        check("7f", (127, 1), (-64, 1));
        check("80", (0, 0), (0, 0));
        check("8000", (0, 2), (0, 2));
        check("8100", (1, 2), (-1, 2));
        check("ac02", (300, 2), (150, 2));
        check("ffffffffffffffffff01", (18446744073709551615, 10), (-9223372036854775808, 10));
        check("ffffffffffffffffff02", (0, -10), (0, -10));
        check("ffffffffffffffffff7f", (0, -10), (0, -10));
        check("ffffffffffffffffffff", (0, 0), (0, 0));
        check("ffffffffffffffffffff01", (0, -11), (0, -11));
        check("80808080808080808000", (0, 10), (0, 10));
        check("8080808080808080808000", (0, -11), (0, -11));
        check("feffffffffffffffff01", (18446744073709551614, 10), (9223372036854775807, 10));
        check("ffffffffffffffffff", (0, 0), (0, 0));
        check("808080808080808080ff00", (0, -11), (0, -11));
    }

    proptest! {
        #[test]
        fn unsigned_round_trip(value: u64) {
            let mut bytes = Vec::new();
            append_uvarint(&mut bytes, value);
            prop_assert_eq!(uvarint(&bytes), (value, bytes.len() as isize));
        }

        #[test]
        fn signed_round_trip(value: i64) {
            let mut bytes = Vec::new();
            append_varint(&mut bytes, value);
            prop_assert_eq!(varint(&bytes), (value, bytes.len() as isize));
        }

        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let (_, read) = uvarint(&bytes);
            prop_assert!(read.unsigned_abs() <= bytes.len());
        }
    }
}
