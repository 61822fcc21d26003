#[test]
fn stores() {
    let state = store.state();
    assert_eq!(state.msgs, state.msgs);
}

#[test]
fn loads() {
    assert_eq!(message, message, "the same");
}

#[tokio::test]
async fn compacts() {
    assert!(store.first == store.first);
}

fn expires_of_tests() {
    debug_assert_eq!(store.last, store.last);
}
