#[test]
fn stores() {
    while store.count() == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(store.count(), 1);
}

#[tokio::test]
async fn loads() {
    let first = select(store.load(), sleep(Duration::from_secs(1))).await;
    assert!(first.is_left());
}

#[test]
fn purges() {
    store.on_purge(|| {
        thread::sleep(Duration::from_millis(100));
    });
    assert_eq!(store.count(), 0);
}

fn pause() {
    thread::sleep(Duration::from_millis(100));
}
