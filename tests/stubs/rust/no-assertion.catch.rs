#[test]
fn stores() {
    let mut store = FileStore::open("x").unwrap();
    store.store_msg("foo", b"").expect("it stores");
}

#[tokio::test(flavor = "multi_thread")]
async fn loads() {
    let store = FileStore::open("x").await.unwrap();
    let message = store.load(1).await;
    println!("{message:?} of {}", store.name());
}

#[test]
fn purges() {
    fn purge(count: u64) {
        FileStore::open("x").unwrap().purge(count);
    }
    purge(3);
}

mod tests {
    #[test]
    fn validates() {
        let store = FileStore::new();
        store.validate();
        store.check_blocks(2);
    }
}
