pub struct FileStore;

impl FileStore {
    pub fn flush(&mut self) {
        // Every write goes to disk by itself.
    }

    pub fn do_nothing(&self) {}

    #[unsafe(no_mangle)]
    pub extern "C" fn begin() {}

    pub fn later(&self, done: impl Fn()) {
        run(|| {}, done);
    }
}

impl Observer for FileStore {
    fn on_completed(&mut self) {}
}

impl Drop for FileStore {
    fn drop(&mut self) {}
}

pub trait Watcher {
    fn on_read(&mut self) {}

    fn on_write(&mut self);
}

pub struct NullObserver;

impl NullObserver {
    pub fn on_next(&mut self, value: i32) {}
}

fn holds_when_it_compiles<T: Send>() {}

#[cfg(not(feature = "slow"))]
fn inject_delay() {}

fn main() {}

#[cfg(test)]
mod tests {
    struct Double;

    impl Double {
        fn called(&self) {}
    }
}
