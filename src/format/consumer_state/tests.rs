//! Tests of consumer states.

use proptest::prelude::*;

use super::*;
use crate::format::fuzz_state::fuzz_consumer_state;

fn states() -> impl Strategy<Value = ConsumerState> {
    let pair = || (0..1u64 << 40, 0..1u64 << 40).prop_map(|(consumer, stream)| SequencePair { consumer, stream });
    let pending = (any::<u64>(), -1i64 << 33..1i64 << 33)
        .prop_map(|(sequence, seconds)| Pending { sequence, timestamp_ns: seconds * SECOND_NS });
    let maps = (
        proptest::collection::btree_map(1..u64::MAX, pending, 0..20),
        proptest::collection::btree_map(1u64 << 41..u64::MAX, 1..u64::MAX, 0..20),
    );
    (pair(), pair(), maps).prop_map(|(delivered, ack_floor, (pending, redelivered))| ConsumerState {
        delivered,
        ack_floor,
        pending,
        redelivered,
    })
}

proptest! {
    #[test]
    fn a_state_survives_its_encoding(state in states(), now_ns in 0..i64::MAX) {
        prop_assert_eq!(ConsumerState::decode(&state.encode(now_ns)), Ok(state));
    }

    #[test]
    fn any_bytes_are_answered(mut bytes: Vec<u8>, version in 0..4u8) {
        if version > 0 {
            bytes.splice(..0, [MAGIC, version]);
        }
        fuzz_consumer_state(&bytes);
    }
}
