#[test]
fn stores() {
    assert_eq!(FileStore::open("x").unwrap().store_msg("foo"), 1);
}

#[test]
fn purges() {
    purged(3);
}

fn purged(count: u64) {
    if FileStore::open("x").unwrap().purge() != count {
        panic!("it was not purged");
    }
}

#[test]
fn is_that_of_another_module() {
    runs_the_store(1);
}

#[test]
#[should_panic(expected = "closed")]
fn refuses() {
    FileStore::closed().load(1);
}

#[test]
fn within() {
    each(|store| assert!(store.is_open()));
}

#[tokio::test]
async fn selects() {
    tokio::select! {
        found = store.next() => assert_eq!(found, 1),
        _ = store.closed() => {}
    }
}

#[test]
fn fails_as_it_should() {
    FileStore::open("").unwrap_err();
}

#[test]
fn has_a_macro_of_its_own() {
    same_as_go!(store, "foo");
}

#[test]
fn answers() -> Result<(), String> {
    if FileStore::open("x").is_err() {
        return Err("it was not opened".to_owned());
    }
    Ok(())
}

#[test_case(1 => 2)]
fn adds(one: u64) -> u64 {
    one + 1
}

fn no_test_at_all() {
    FileStore::open("x").unwrap();
}
