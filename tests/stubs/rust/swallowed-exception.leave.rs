#[test]
fn stores() {
    let stored = store.store_msg("foo").ok();
    assert_eq!(stored, Some(1));
}

#[test]
fn loads() {
    assert_eq!(store.count(), 1);
    std::fs::remove_dir_all("x").ok();
}

#[test]
fn opens() {
    assert!(store.open().ok().is_some());
    store.close().ok();
}

fn no_test() {
    store.open().ok();
}
