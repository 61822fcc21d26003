#[test]
fn stores() {
    assert_eq!(state.msgs, state.bytes);
}

#[test]
fn loads() {
    assert_eq!(store.next(), store.next());
}

#[test]
fn equality_is_reflexive() {
    assert_eq!(state, state);
}

#[test]
fn differs() {
    assert_ne!(first, first);
    assert!(store.first == store.last);
}
