#[test]
fn stores() {
    store.store_msg("foo").ok();
    assert_eq!(store.count(), 1);
}

#[tokio::test]
async fn loads() {
    store.load(1).await.ok();
    assert_eq!(store.count(), 1);
}

#[test]
fn opens() {
    if store.is_slow {
        store.open().ok();
    }
    assert!(store.is_open());
}
