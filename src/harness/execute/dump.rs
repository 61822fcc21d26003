//! What a file of a store means, decrypted and decompressed, without anything that chance or an implementation decides.
//!
//! A block is shown record by record, with the noise of erased messages left out; states by their meaning, in a fixed order.
//! Checksums are judged, not shown. The bytes themselves are for `blkspec inspect`.

use super::delete_blocks;
use super::plain::{Keys, block_index};
use crate::env::FsResult;
use crate::format::checksum::Hasher64;
use crate::format::hash_wheel::HashWheel;
use crate::format::key::{MIN_META_KEY_LEN, consumer_context, stream_context};
use crate::format::record::{RecordView, Records};
use crate::format::schedule::MsgScheduling;
use crate::format::stream_state::{FullState, unframe};
use crate::format::{DecodeError, cipher::BoxKey, meta};
use crate::harness::answer::{self, Context};
use crate::harness::case::quantity::print_time;
use crate::harness::protocol::SeqList;

/// The lines for the file `relative`, which holds `bytes`.
pub(super) fn dump(keys: &Keys<'_>, relative: &str, bytes: Vec<u8>, context: Context) -> FsResult<Vec<String>> {
    if let Some(index) = block_index(relative) {
        return Ok(match keys.block(index, bytes)? {
            Some(records) => block(&records, &Hasher64::for_block(&keys.stream_name(), index), context),
            None => one("undecodable"),
        });
    }
    let (folder, name) = relative.rsplit_once('/').unwrap_or(("", relative));
    Ok(match name {
        "index.db" => stream_state(keys, &bytes, context)?,
        "meta.inf" => sealed(keys, folder, &bytes)?,
        "meta.sum" => one(format!("sum {}", judged_sum(keys, folder, &bytes)?)),
        "o.dat" => match opened(keys, folder, &bytes)? {
            Some(plain) => delete_blocks::describe(&plain, context),
            None => one("undecodable: the key does not open it"),
        },
        "thw.db" => wheel(&bytes, context),
        "sched.db" => schedules(&bytes, context),
        name if name.ends_with(".key") => one(format!("key file of {} bytes", bytes.len())),
        _ => one(answer::payload(&bytes)),
    })
}

fn one(line: impl Into<String>) -> Vec<String> {
    vec![line.into()]
}

fn undecodable(error: DecodeError) -> String {
    format!("undecodable: {error}")
}

fn fold(lines: Vec<String>) -> Vec<String> {
    match lines.is_empty() {
        true => one("empty"),
        false => answer::group(&lines.into_iter().map(|line| vec![line]).collect::<Vec<_>>()),
    }
}

fn block(bytes: &[u8], hasher: &Hasher64, context: Context) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, record) in Records::new(bytes) {
        lines.push(match record {
            Ok(record) => format!("at {at}: {}", record_text(record, hasher, context)),
            Err(fault) => undecodable(fault.at(at)),
        });
    }
    fold(lines)
}

fn record_text(record: RecordView<'_>, hasher: &Hasher64, context: Context) -> String {
    let header = record.header;
    let time = if header.timestamp == 0 { None } else { Some(header.timestamp) };
    let time = time.map(|ns| format!(" {}", print_time(Some(ns), context.start_ns))).unwrap_or_default();
    let mut text = format!("{} bytes seq {}{time}", header.len(), header.sequence());
    if header.is_tombstone() {
        text.push_str(" tombstone");
    }
    if header.is_erased() {
        text.push_str(" erased");
    }
    if !record.subject.is_empty() {
        text.push_str(&format!(" {}", answer::subject(&String::from_utf8_lossy(record.subject))));
    }
    match record.split() {
        None => text.push_str(&format!(" headers of {} bytes that do not fit", record.headers_len)),
        Some(_) if header.is_erased() || header.is_tombstone() => {}
        Some((headers, message)) => {
            if header.has_headers() {
                text.push_str(&format!(" hdr {}", answer::payload(headers)));
            }
            text.push_str(&format!(" {}", answer::payload(message)));
        }
    }
    if !record.verify(hasher) {
        text.push_str(" bad checksum");
    }
    text
}

/// The box key of the stream, or of the consumer whose folder this is; nothing without encryption.
fn box_key(keys: &Keys<'_>, folder: &str) -> FsResult<Option<BoxKey>> {
    let stream = keys.stream_name();
    let (file, key_context) = match folder.strip_prefix("obs/") {
        Some(consumer) => (format!("{folder}/meta.key"), consumer_context(&stream, consumer)),
        None => ("meta.key".to_owned(), stream_context(&stream)),
    };
    Ok(keys.asset_key(&file, &key_context, MIN_META_KEY_LEN)?.and_then(|key| key.box_key().ok()))
}

/// `bytes` of a sealed file opened, or themselves where nothing is sealed.
fn opened(keys: &Keys<'_>, folder: &str, bytes: &[u8]) -> FsResult<Option<Vec<u8>>> {
    Ok(match box_key(keys, folder)? {
        None => Some(bytes.to_vec()),
        Some(key) => key.open(bytes).ok(),
    })
}

fn sealed(keys: &Keys<'_>, folder: &str, bytes: &[u8]) -> FsResult<Vec<String>> {
    Ok(match opened(keys, folder, bytes)? {
        Some(plain) => one(match std::str::from_utf8(&plain) {
            Ok(json) if !json.contains('\n') => format!("json {json}"),
            _ => answer::payload(&plain),
        }),
        None => one("undecodable: the key does not open it"),
    })
}

/// Whether `meta.sum` belongs to the `meta.inf` beside it.
fn judged_sum(keys: &Keys<'_>, folder: &str, sum: &[u8]) -> FsResult<&'static str> {
    let stream = keys.stream_name();
    let hasher = match folder.strip_prefix("obs/") {
        Some(consumer) => Hasher64::for_consumer(&stream, consumer),
        None => Hasher64::for_stream(&stream),
    };
    let path = if folder.is_empty() { "meta.inf".to_owned() } else { format!("{folder}/meta.inf") };
    let inf = keys.read(&path)?;
    Ok(match inf {
        Some(inf) if meta::sum_matches(&hasher, &inf, sum) => "right",
        Some(_) => "wrong",
        None => "without meta.inf",
    })
}

fn stream_state(keys: &Keys<'_>, bytes: &[u8], context: Context) -> FsResult<Vec<String>> {
    let (content, hash) = match unframe(bytes) {
        Ok(parts) => parts,
        Err(error) => return Ok(one(undecodable(error))),
    };
    let right = Hasher64::for_stream(&keys.stream_name()).hash(content) == hash;
    let mut lines = if right { Vec::new() } else { one("bad checksum") };
    let Some(body) = opened(keys, "", content)? else {
        lines.push("undecodable: the key does not open it".to_owned());
        return Ok(lines);
    };
    match FullState::decode(&body) {
        Ok(state) => lines.extend(full_state(&state, context)),
        Err(error) => lines.push(undecodable(error)),
    }
    Ok(lines)
}

fn full_state(state: &FullState, context: Context) -> Vec<String> {
    let place = |seq: u64, ts: i64| match ts {
        0 => seq.to_string(),
        _ => format!("{seq}{}", print_time(Some(ts), context.start_ns)),
    };
    let head = &state.head;
    let mut lines = one(format!(
        "version {}  msgs {}  bytes {}  first {}  last {}  last block {}",
        state.version,
        head.msgs,
        head.bytes,
        place(head.first_seq, head.first_ts),
        place(head.last_seq, head.last_ts),
        state.last_block
    ));
    let mut subjects: Vec<String> = state
        .subjects
        .iter()
        .map(|s| {
            let subject = answer::subject(&s.subject);
            format!("subject {subject}  total {}  blocks {} to {}", s.total, s.first_block, s.last_block)
        })
        .collect();
    subjects.sort();
    if !subjects.is_empty() {
        lines.extend(fold(subjects));
    }
    let blocks: Vec<String> = state
        .blocks
        .iter()
        .map(|block| {
            let facts = &block.facts;
            let mut line = format!(
                "block {}  bytes {}  first {}  last {}  deleted {} {}",
                facts.index,
                facts.bytes,
                place(facts.first_seq, facts.first_ts),
                place(facts.last_seq, facts.last_ts),
                block.num_deleted,
                SeqList::from_seqs(&block.deleted)
            );
            if facts.ttls > 0 || facts.schedules > 0 {
                line.push_str(&format!("  ttls {}  schedules {}", facts.ttls, facts.schedules));
            }
            line
        })
        .collect();
    if !blocks.is_empty() {
        lines.extend(fold(blocks));
    }
    lines
}

fn wheel(bytes: &[u8], context: Context) -> Vec<String> {
    match HashWheel::decode(bytes) {
        Err(error) => one(undecodable(error)),
        Ok((wheel, stamp)) => {
            let mut entries: Vec<(u64, i64)> = wheel.entries().map(|entry| (entry.seq, entry.expires_ns)).collect();
            entries.sort_unstable();
            let mut lines = one(format!("stamp {stamp}  entries {}", entries.len()));
            let entries: Vec<String> = entries
                .iter()
                .map(|(seq, ns)| format!("seq {seq} expires {}", print_time(Some(*ns), context.start_ns)))
                .collect();
            if !entries.is_empty() {
                lines.extend(fold(entries));
            }
            lines
        }
    }
}

fn schedules(bytes: &[u8], context: Context) -> Vec<String> {
    match MsgScheduling::decode(bytes) {
        Err(error) => one(undecodable(error)),
        Ok((scheduling, stamp)) => {
            let mut lines = one(format!("stamp {stamp}  schedules {}", scheduling.len()));
            let mut entries: Vec<String> = scheduling
                .iter()
                .map(|(subject, schedule)| {
                    let subject = answer::subject(&String::from_utf8_lossy(subject));
                    let fires = print_time(Some(schedule.fires_ns), context.start_ns);
                    format!("{subject} seq {} fires {fires}", schedule.seq)
                })
                .collect();
            entries.sort();
            if !entries.is_empty() {
                lines.extend(fold(entries));
            }
            lines
        }
    }
}
