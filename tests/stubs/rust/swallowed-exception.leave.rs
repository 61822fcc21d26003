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

#[tokio::test]
async fn tells() {
    store.on_close(move || {
        store.flush().ok();
    });
    sender.send(1).await.ok();
    assert!(store.is_open());
}

fn no_test() {
    store.open().ok();
}
