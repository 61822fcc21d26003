//! The operations of consumers, with a rough model of what each has been delivered.

use super::Generator;

/// A consumer as the generator sees it.
#[derive(Clone, Debug)]
pub(super) struct Consumer {
    name: String,
    words: String,
    delivered: u64,
    stream: u64,
    acked: u64,
    /// Pairs of consumer and stream sequence that may wait for an acknowledgement.
    pending: Vec<(u64, u64)>,
}

impl Generator {
    pub(super) fn consumer(&mut self) {
        let count = self.consumers.len();
        if count == 0 || (count < 3 && self.random.chance(6)) {
            self.consumer_open(count);
            return;
        }
        let at = self.random.index(count);
        match self.random.below(20) {
            0..=6 => self.consumer_delivered(at),
            7..=11 => self.consumer_acks(at),
            12 => self.consumer_update(at),
            _ => self.consumer_other(at),
        }
    }

    fn consumer_open(&mut self, number: usize) {
        let name = format!("c{}", number + 1);
        let policy = self.random.one(&["explicit", "explicit", "explicit", "all", "none"]);
        let mut words = format!("durable_name={name} ack_policy={policy}");
        if self.random.chance(40) {
            words.push_str(&format!(" max_deliver={}", self.random.between(1, 4)));
        }
        if self.random.chance(15) {
            words.push_str(" replay_policy=original");
        }
        if self.random.chance(6) {
            words.push_str(" mem_storage");
        }
        if self.random.chance(10) {
            words.push_str(" deliver_policy=by_start_sequence opt_start_seq=5");
        }
        self.push(format!("consumer {name} open {words}"));
        self.consumers.push(Consumer { name, words, delivered: 0, stream: 0, acked: 0, pending: Vec::new() });
    }

    /// Nothing was delivered to anybody in a store that is new.
    pub(super) fn forget_consumers(&mut self) {
        for consumer in &mut self.consumers {
            (consumer.delivered, consumer.stream, consumer.acked) = (0, 0, 0);
            consumer.pending.clear();
        }
    }

    /// Most consumers are opened again after the store was.
    pub(super) fn reopen_consumers(&mut self) {
        for at in 0..self.consumers.len() {
            if self.random.chance(85)
                && let Some(consumer) = self.consumers.get(at).cloned()
            {
                self.push(format!("consumer {} open {}", consumer.name, consumer.words));
                if self.random.chance(60) {
                    self.push(format!("consumer {} state", consumer.name));
                }
            }
        }
    }

    fn consumer_delivered(&mut self, at: usize) {
        let again = self.random.chance(25);
        let (odd, now) = (self.random.chance(6), self.now_ms);
        let (gap, pick, seq) = (self.random.one(&[1, 1, 1, 2, 5]), self.random.index(8), self.seq());
        let dc = if again { self.random.between(2, 5) } else { 1 };
        let Some(consumer) = self.consumers.get_mut(at) else {
            return;
        };
        consumer.delivered += 1;
        let stream = if again {
            consumer.pending.get(pick).map_or(consumer.stream, |(_, stream)| *stream)
        } else if odd {
            seq
        } else {
            consumer.stream += gap;
            consumer.stream
        };
        consumer.pending.push((consumer.delivered, stream));
        let command = format!("consumer {} delivered {} {stream} {dc} ts=@{now}ms", consumer.name, consumer.delivered);
        self.push(command);
    }

    fn consumer_acks(&mut self, at: usize) {
        let (nonsense, pick) = (self.random.chance(10), self.random.index(6));
        let seq = self.seq();
        let Some(consumer) = self.consumers.get_mut(at) else {
            return;
        };
        let (dseq, sseq) = if nonsense || consumer.pending.is_empty() {
            (seq, seq)
        } else {
            let pick = pick.min(consumer.pending.len() - 1);
            consumer.pending.remove(pick)
        };
        consumer.acked = consumer.acked.max(dseq);
        let command = format!("consumer {} acks {dseq} {sseq}", consumer.name);
        self.push(command);
    }

    /// A whole state, as a follower is given one; sometimes one that is refused.
    fn consumer_update(&mut self, at: usize) {
        let ahead = self.random.between(0, 5);
        let command = self.random.one(&["update", "update", "force-update"]);
        let (now, times) = (self.now_ms, self.random.between(1, 4));
        let low = self.random.chance(20);
        let Some(consumer) = self.consumers.get_mut(at) else {
            return;
        };
        let (delivered, stream) = (consumer.delivered + ahead, consumer.stream + ahead);
        let floor = if low { 0 } else { ahead.min(2) };
        let (ack_consumer, ack_stream) = (floor.min(delivered), floor.min(stream));
        let mut text = format!("consumer {} {command} delivered={delivered}/{stream}", consumer.name);
        text.push_str(&format!(" ack_floor={ack_consumer}/{ack_stream}"));
        if stream > ack_stream && delivered > ack_consumer {
            text.push_str(&format!(" pending=[{stream}:{delivered}@{now}ms] redelivered=[{stream}:{times}]"));
        }
        (consumer.delivered, consumer.stream) = (delivered, stream);
        consumer.pending = vec![(delivered, stream)];
        self.push(text);
    }

    fn consumer_other(&mut self, at: usize) {
        let seq = self.seq();
        let Some(consumer) = self.consumers.get(at) else {
            return;
        };
        let (name, words) = (consumer.name.clone(), consumer.words.clone());
        let verb = match self.random.below(30) {
            0 => format!("set-starting {seq}"),
            1 => format!("update-starting {seq}"),
            2 => format!("reset {seq}"),
            3..=5 => format!("remove-redelivered-below {seq}"),
            6 => "has-state".to_owned(),
            7 => {
                let change =
                    self.random.one(&["description=changed", "max_deliver=7", "ack_policy=none", "ack_policy=all"]);
                let key = change.split_inclusive('=').next().unwrap_or_default();
                let kept: Vec<&str> = words.split(' ').filter(|word| !word.starts_with(key)).collect();
                format!("update-config {} {change}", kept.join(" "))
            }
            8 => "type".to_owned(),
            9 | 10 => "borrow-state".to_owned(),
            11..=13 => "encoded-state".to_owned(),
            14 => {
                self.push(format!("consumer {name} stop"));
                format!("open {words}")
            }
            15 if self.random.chance(40) => self.random.one(&["delete", "stream-delete", "stop"]).to_owned(),
            16 if self.random.chance(50) && self.random.chance(50) => "add".to_owned(),
            // Off the list and left running it would write whenever it likes into a file that a successor has by then, even
            // while that one is stopped: no server does that.
            16 => {
                self.push(format!("consumer {name} remove"));
                "stop".to_owned()
            }
            _ => "state".to_owned(),
        };
        self.push(format!("consumer {name} {verb}"));
    }
}
