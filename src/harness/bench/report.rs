//! The figures of a run: every round of either side, their medians, and the ratio, as a table and as JSON.

use std::fmt;

use serde::Serialize;

use super::workload::Figures;

/// The figures of all rows.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// How many rounds every row had.
    pub rounds: usize,
    /// The rows, in order.
    pub rows: Vec<RowReport>,
}

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct RowReport {
    /// Its name.
    pub name: String,
    /// The operations in a round.
    pub operations: u64,
    /// The figures of the Go store.
    pub go: SideReport,
    /// The figures of the reference.
    pub reference: SideReport,
}

/// What one side needed in every round.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SideReport {
    /// The measured time in nanoseconds.
    pub ns: Vec<u64>,
    /// The processor time meanwhile in nanoseconds, in all threads.
    pub cpu_ns: Vec<u64>,
    /// The peak memory in bytes.
    pub peak_bytes: Vec<u64>,
}

impl SideReport {
    pub(super) fn add(&mut self, figures: &Figures) {
        self.ns.push(figures.ns.0);
        self.cpu_ns.push(figures.cpu_ns.0);
        self.peak_bytes.push(figures.peak_bytes.0);
    }

    /// The median of the times.
    pub fn median_ns(&self) -> u64 {
        median(&self.ns)
    }

    /// The median of the processor times.
    pub fn median_cpu_ns(&self) -> u64 {
        median(&self.cpu_ns)
    }

    /// The median of the peaks.
    pub fn median_peak_bytes(&self) -> u64 {
        median(&self.peak_bytes)
    }
}

impl RowReport {
    /// How many times faster the reference is than Go.
    pub fn ratio(&self) -> f64 {
        quotient(self.go.median_ns(), self.reference.median_ns())
    }

    /// How many times less processor time the reference needs than Go.
    pub fn cpu_ratio(&self) -> f64 {
        quotient(self.go.median_cpu_ns(), self.reference.median_cpu_ns())
    }

    /// The memory of the reference as a part of Go's.
    pub fn memory_ratio(&self) -> f64 {
        quotient(self.reference.median_peak_bytes(), self.go.median_peak_bytes())
    }
}

fn quotient(of: u64, by: u64) -> f64 {
    of as f64 / (by.max(1)) as f64
}

/// The middle one; of an even number the mean of the two in the middle.
fn median(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { at(middle) } else { at(middle.wrapping_sub(1)).midpoint(at(middle)) }
}

/// A time per operation with three digits and a unit.
fn per_operation(ns: u64, operations: u64) -> String {
    let ns = quotient(ns, operations);
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, cells: [&str; 9]| {
            let [name, operations, go, reference, ratio, cpu, go_peak, reference_peak, memory] = cells;
            writeln!(
                f,
                "{name:<34} {operations:>9} {go:>10} {reference:>10} {ratio:>7} {cpu:>7} {go_peak:>11} {reference_peak:>11} {memory:>7}"
            )
        };
        line(f, ["", "ops", "go", "reference", "ratio", "cpu", "go peak", "ref. peak", "memory"])?;
        for row in &self.rows {
            let (go, reference) = (&row.go, &row.reference);
            line(
                f,
                [
                    &row.name,
                    &row.operations.to_string(),
                    &per_operation(go.median_ns(), row.operations),
                    &per_operation(reference.median_ns(), row.operations),
                    &format!("{:.2}x", row.ratio()),
                    &format!("{:.2}x", row.cpu_ratio()),
                    &mebibytes(go.median_peak_bytes()),
                    &mebibytes(reference.median_peak_bytes()),
                    &format!("{:.2}x", row.memory_ratio()),
                ],
            )?;
        }
        let rounds = self.rounds;
        writeln!(f, "time per operation and peak resident memory, medians of {rounds} alternating rounds")?;
        f.write_str("ratio and cpu (processor time of all threads): go / reference, more is better; memory: reference / go, less is better\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!([median(&[]), median(&[7]), median(&[9, 1, 4]), median(&[8, 2, 4, 100])], [0, 7, 4, 6]);
    }

    #[test]
    fn a_table() {
        let side = |ns: u64, cpu_ns: u64, peak: u64| SideReport {
            ns: vec![ns],
            cpu_ns: vec![cpu_ns],
            peak_bytes: vec![peak << 20],
        };
        let row = RowReport {
            name: "store".to_owned(),
            operations: 1000,
            go: side(2_000_000, 2_700_000, 40),
            reference: side(950_500, 900_000, 20),
        };
        assert_eq!((row.ratio() * 100.0).round() as i64, 210);
        let text = Report { rounds: 1, rows: vec![row] }.to_string();
        let lines: Vec<String> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let expected = [
            "ops go reference ratio cpu go peak ref. peak memory",
            "store 1000 2.00 µs 950 ns 2.10x 3.00x 40.0 MiB 20.0 MiB 0.50x",
            "time per operation and peak resident memory, medians of 1 alternating rounds",
            "ratio and cpu (processor time of all threads): go / reference, more is better; memory: reference / go, less is better",
        ];
        assert_eq!(lines, expected);
    }
}
