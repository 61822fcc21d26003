#[test]
fn stores() {
    assert!(store.is_open());
}

#[test]
fn fails() {
    if store.load(1).is_some() {
        assert!(false, "it is still there");
    }
    assert_eq!(store.load(1), None);
}

#[test]
fn counts() {
    assert_eq!(1, store.count());
}

#[test]
fn says() {
    assert_eq!("true", store.text);
    assert_ne!(1, store.count());
}

#[test]
fn either() {
    assert!(store.is(1) || store.is(2));
}
