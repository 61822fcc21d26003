#[test]
fn stores() {
    assert_eq!(store.ignore(), 1);
}

#[test]
#[cfg_attr(miri, ignore)]
fn loads() {
    assert_eq!(store.count(), 1);
}

#[test]
#[cfg(unix)]
fn purges() {
    assert_eq!(store.skip(1), 1);
}

#[derive(Debug)]
struct A {
    ignore: bool,
}

#[test]
fn compacts() {
    if !is_linux() {
        return;
    }
    assert_eq!(store.count(), 1);
}
