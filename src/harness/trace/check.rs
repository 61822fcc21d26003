//! Two measurements beside each other: the one that is checked in, and one made now.

use super::Bits;
use super::model::Coverage;

impl Coverage {
    /// What `now` says otherwise, a line each; nothing when both agree but for unsteady blocks.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        if self.blocks != now.blocks || self.functions != now.functions {
            let (blocks, others) = (self.blocks.len(), now.blocks.len());
            return vec![format!(
                "the blocks of filestore.go are others: {blocks} by {}, {others} by {}",
                self.go, now.go
            )];
        }
        let mut found = Vec::new();
        for (name, case) in &now.cases {
            let Some(known) = self.cases.get(name) else { continue };
            for (verb, bits) in [
                ("no longer executes", known.hits.without(&case.hits)),
                ("executes besides", case.hits.without(&known.hits)),
            ] {
                let bits = bits.without(&self.unsteady);
                if !bits.is_empty() {
                    found.push(format!("{name} {verb} {}", self.places(&bits)));
                }
            }
        }
        found
    }

    /// Where blocks are: `fileStore.StoreMsg L12 L15-17`.
    #[must_use]
    pub fn places(&self, bits: &Bits) -> String {
        let mut words = Vec::new();
        let mut last = "";
        for at in bits.iter() {
            let (Some(block), Some(function)) = (self.blocks.get(at), self.function_of(at)) else { continue };
            if function.name != last {
                words.push(function.name.clone());
                last = &function.name;
            }
            let (first, end) = (block.begin.0, block.end.0);
            words.push(if first == end { format!("L{first}") } else { format!("L{first}-{end}") });
        }
        words.join(" ")
    }
}
