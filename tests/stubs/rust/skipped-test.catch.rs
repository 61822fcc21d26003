#[test]
#[ignore]
fn stores() {
    assert_eq!(store.count(), 1);
}

#[ignore = "it takes long"]
#[test]
fn loads() {
    assert_eq!(store.count(), 1);
}

#[tokio::test]
// It fails now and then.
#[ignore]
async fn purges() {
    assert_eq!(store.count(), 1);
}
