//! Cases beside the Go tests that they stand for: what a test executes of `filestore.go` and its cases together do not.

use super::model::{Coverage, Share};
use super::{Bits, TraceError};

/// A test's cases are listed when they miss more than this share of the statements that the test executes.
pub const TOLERATED_PERCENT: f64 = 5.0;

/// What the cases of a Go test leave out.
#[derive(Clone, Debug)]
pub struct Gap<'a> {
    /// The test.
    pub test: &'a str,
    /// The cases that stand for it.
    pub cases: &'a [String],
    /// The statements that are missed, out of those that the test executes.
    pub missed: Share,
    /// The blocks with them.
    pub blocks: Bits,
}

impl Gap<'_> {
    /// Whether more is missed than is tolerated.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.missed.percent() > TOLERATED_PERCENT && self.missed.of > 0
    }
}

impl Coverage {
    /// The gap of every test that was measured, the largest share first.
    pub fn gaps(&self) -> Result<Vec<Gap<'_>>, TraceError> {
        let mut gaps = Vec::new();
        for (test, hits) in &self.go_tests {
            let cases = self.cases_of_go_test(test)?;
            let blocks = hits.without(&self.union(cases));
            let covered = self.share_of_file(&blocks).covered;
            gaps.push(Gap { test, cases, missed: Share { covered, of: self.share_of_file(hits).covered }, blocks });
        }
        gaps.sort_by(|a, b| b.missed.percent().total_cmp(&a.missed.percent()).then_with(|| a.test.cmp(b.test)));
        Ok(gaps)
    }
}
