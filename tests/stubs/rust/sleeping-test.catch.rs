#[test]
fn stores() {
    store.start();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(store.count(), 1);
}

#[tokio::test]
async fn loads() {
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(store.count(), 1);
}

#[test]
fn purges() {
    if store.is_slow {
        std::thread::sleep(PAUSE);
    }
    assert_eq!(store.count(), 1);
}
