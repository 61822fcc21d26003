//! The operations of the stream: opening and closing it, changing it, asking it.

use std::path::Path;

use super::{Answered, Case, Refusal, text};
use crate::format::cipher::StoreCipher;
use crate::format::compress::StoreCompression;
use crate::harness::protocol::{
    BlockInfo, FileConfig, Inspection, Int, KeyConfig, LoadedMsg, Lost, Op, Output, PendingMsg, SeqList, SimpleState,
    StateMsg, StreamConfigMsg, Time, Uint,
};
use crate::index::sublist::Sublist;
use crate::store::{
    self, CONSUMER_STOP_NS, FileStoreConfig, KeyGen, LostStreamData, Message, OpenKeys, Store, StoreInfo, StreamConfig,
    StreamState,
};

pub(super) fn answer(case: &mut Case, op: &Op) -> Answered {
    match op {
        Op::Open { dir, file, stream, created, key, old_key } => {
            case.close();
            if dir.is_empty() {
                return Err(Refusal::invalid("open without dir"));
            }
            let keys = OpenKeys { current: key.as_ref().map(key_gen), previous: old_key.as_ref().map(key_gen) };
            let config = stream_config(stream)?;
            let fcfg = file_config(file, dir)?;
            let created = store::Time::from_unix_nano(created.0.unwrap_or(case.now_ns()));
            case.store = Some(Store::open(case.env.clone(), fcfg, config, created, keys)?);
            Ok(Output::Nothing {})
        }
        Op::Stop {} => {
            let waits = case.store()?.consumers_to_wait_for();
            let stopped = case.store()?.stop();
            case.advance(CONSUMER_STOP_NS.saturating_mul(waits));
            stopped?;
            Ok(Output::Nothing {})
        }
        Op::Abandon {} => {
            // The Go adapter stops what it abandons, in the directory that nobody looks at any more. So do we, because the
            // clock moves and nonces are drawn meanwhile, and what follows a crash is to be comparable byte for byte.
            let waits = case.store()?.consumers_to_wait_for();
            let _of_no_consequence = case.store()?.stop();
            case.close();
            case.advance(CONSUMER_STOP_NS.saturating_mul(waits));
            Ok(Output::Nothing {})
        }
        _ => change(case.store()?, op),
    }
}

/// What changes the stream.
fn change(store: &mut Store, op: &Op) -> Answered {
    match op {
        Op::Delete { inline } => store.delete(*inline)?,
        Op::UpdateConfig { stream } => store.update_config(stream_config(stream)?)?,
        Op::StoreRawMsg { subject, hdr, msg, seq, ts, ttl, discard_new_check } => store.store_raw_msg(
            subject.as_bytes(),
            &hdr.0,
            &msg.0,
            seq.0,
            ts.0,
            ttl.map_or(0, |ttl| ttl.0),
            discard_new_check.unwrap_or_default(),
        )?,
        Op::SkipMsgs { seq, num } => store.skip_msgs(seq.0, num.0)?,
        Op::FlushAllPending {} => store.flush_all_pending()?,
        Op::Truncate { seq } => store.truncate(seq.0)?,
        Op::SyncDeleted { state } => store.sync_deleted_from(&state.0)?,
        Op::ResetState {} => store.reset_state(),
        Op::RegisterUpdates {} => store.register_storage_updates(),
        Op::RegisterRemoves {} => store.register_storage_remove_msg(),
        Op::RegisterProcess {} => store.register_process_msg(),
        _ => return change_and_tell(store, op),
    }
    Ok(Output::Nothing {})
}

/// What changes the stream and has something to say of it.
fn change_and_tell(store: &mut Store, op: &Op) -> Answered {
    let purged = |purged: u64| Output::Purged { purged: purged.into() };
    let skipped = |seq: u64| Output::Seq { seq: seq.into() };
    match op {
        Op::StoreMsg { subject, hdr, msg, ttl } => {
            let ttl = ttl.map_or(0, |ttl| ttl.0);
            let (seq, ts) = store.store_msg(subject.as_bytes(), &hdr.0, &msg.0, ttl)?;
            Ok(Output::Stored { seq: seq.into(), ts: ts.into() })
        }
        Op::SkipMsg { seq } => Ok(skipped(store.skip_msg(seq.0)?)),
        Op::SkipMsgNoInterest { seq } => Ok(skipped(store.skip_msg_no_interest(seq.0)?)),
        Op::RemoveMsg { seq } => Ok(Output::Removed { removed: store.remove_msg(seq.0)? }),
        Op::EraseMsg { seq } => Ok(Output::Removed { removed: store.erase_msg(seq.0)? }),
        Op::Purge {} => Ok(purged(store.purge()?)),
        Op::PurgeEx { subject, seq, keep } => Ok(purged(store.purge_ex(subject.as_bytes(), seq.0, keep.0)?)),
        Op::Compact { seq } => Ok(purged(store.compact(seq.0)?)),
        _ => load(store, op),
    }
}

/// What loads messages.
fn load(store: &mut Store, op: &Op) -> Answered {
    match op {
        Op::LoadMsg { seq } => Ok(Output::Message { msg: loaded(store.load_msg(seq.0)?) }),
        Op::LoadLastMsg { subject } => Ok(Output::Message { msg: loaded(store.load_last_msg(subject.as_bytes())?) }),
        Op::LoadNextMsg { filter, wc, start } => found(store.load_next_msg(filter.as_bytes(), *wc, start.0)?),
        Op::LoadPrevMsg { filter, wc, start } => found(store.load_prev_msg(filter.as_bytes(), *wc, start.0)?),
        Op::LoadNextMsgMulti { filters, start } => found(match filters {
            Some(filters) => store.load_next_msg_multi(&sublist(filters)?, start.0)?,
            None => store.load_next_msg(b"", false, start.0)?,
        }),
        Op::LoadPrevMsgMulti { filters, start } => found(match filters {
            Some(filters) => store.load_prev_msg_multi(&sublist(filters)?, start.0)?,
            None => store.load_prev_msg(b"", false, start.0)?,
        }),
        Op::MultiLastMsgs { filters, min_seq, max_seq, max_allowed, stop_after } => {
            let mut msgs = Vec::new();
            let filters = bytes(filters);
            let (total, valid_through) =
                store.multi_last_msgs(&filters, min_seq.0, max_seq.0, max_allowed.0, |message, pending| {
                    msgs.push(PendingMsg { msg: loaded(message), pending: pending.into() });
                    stop_after.is_none_or(|most| (msgs.len() as u64) < most.0)
                })?;
            Ok(Output::LastMsgs { msgs, total: total.into(), valid_through: valid_through.into() })
        }
        _ => count(store, op),
    }
}

/// What counts messages and names sequences.
fn count(store: &mut Store, op: &Op) -> Answered {
    match op {
        Op::GetSeqFromTime { ts } => {
            let ts = ts.0.map_or(store::Time::ZERO, store::Time::from_unix_nano);
            Ok(Output::Seq { seq: store.get_seq_from_time(ts.unix_nano()).into() })
        }
        Op::FilteredState { seq, subject } => {
            let state = store.filtered_state(seq.0, subject.as_bytes())?;
            Ok(Output::Filtered(simple_state(state)))
        }
        Op::SubjectsState { filter } => {
            let states = store.subjects_state(filter.as_bytes()).into_iter();
            Ok(Output::SubjectsState {
                subjects: states.map(|(subject, state)| (text(subject), simple_state(state))).collect(),
            })
        }
        Op::SubjectsTotals { filter } => {
            let totals = store.subjects_totals(filter.as_bytes()).into_iter();
            Ok(Output::SubjectsTotals {
                subjects: totals.map(|(subject, total)| (text(subject), total.into())).collect(),
            })
        }
        Op::AllLastSeqs {} => Ok(seqs(store.all_last_seqs()?)),
        Op::MultiLastSeqs { filters, max_seq, max_allowed } => {
            let filters = bytes(filters);
            Ok(seqs(store.multi_last_seqs(&filters, max_seq.0, max_allowed.0)?))
        }
        Op::SubjectForSeq { seq } => Ok(Output::Subject { subject: text(store.subject_for_seq(seq.0)?) }),
        Op::NumPending { seq, filter, last_per_subject } => {
            pending(store.num_pending(seq.0, filter.as_bytes(), *last_per_subject)?)
        }
        Op::NumPendingMulti { seq, filters, last_per_subject } => {
            let filters = filters.as_ref().map(|filters| sublist(filters)).transpose()?;
            pending(store.num_pending_multi(seq.0, filters.as_ref(), *last_per_subject)?)
        }
        _ => describe(store, op),
    }
}

/// What the store says of itself.
fn describe(store: &mut Store, op: &Op) -> Answered {
    match op {
        Op::State {} => Ok(Output::State { state: state_message(store.state()?, true) }),
        Op::FastState {} => Ok(Output::State { state: state_message(store.fast_state(), false) }),
        Op::EncodedStreamState { failed } => {
            let failed = failed.map_or(0, |failed| failed.0);
            Ok(Output::Encoded { state: store.encoded_stream_state(failed).into() })
        }
        Op::Type {} => Ok(Output::Type { storage: "file".to_owned() }),
        Op::Utilization {} => {
            let (total, reported) = store.utilization();
            Ok(Output::Utilization { total: total.into(), reported: reported.into() })
        }
        Op::Inspect {} => Ok(Output::Inspection(inspection(store.inspect()))),
        _ => Err(Refusal::Unsupported(op.name().to_owned())),
    }
}

fn key_gen(key: &KeyConfig) -> KeyGen {
    KeyGen::new(key.secret.0.clone(), key.prefix.clone().into_bytes())
}

fn stream_config(config: &StreamConfigMsg) -> Result<StreamConfig, Refusal> {
    let value = serde_json::Value::Object(config.0.clone());
    StreamConfig::from_go_json(&value).map_err(|error| Refusal::invalid(error.to_string()))
}

fn file_config(config: &FileConfig, dir: &str) -> Result<FileStoreConfig, Refusal> {
    let int = |value: Option<Int>| value.map_or(0, |value| value.0);
    Ok(FileStoreConfig {
        store_dir: Path::new(dir).to_path_buf(),
        block_size: config.block_size.map_or(0, |size| size.0),
        cache_expire_ns: int(config.cache_expire),
        subject_state_expire_ns: int(config.subject_state_expire),
        sync_interval_ns: int(config.sync_interval),
        sync_always: config.sync_always.unwrap_or_default(),
        async_flush: config.async_flush.unwrap_or_default(),
        cipher: cipher(config.cipher.as_deref())?,
        compression: compression(config.compression.as_deref())?,
    })
}

/// A cipher that does not exist goes by its number, and a store refuses it like none.
fn cipher(name: Option<&str>) -> Result<StoreCipher, Refusal> {
    match name {
        None | Some("" | "none") => Ok(StoreCipher::NoCipher),
        Some("chacha") => Ok(StoreCipher::ChaCha),
        Some("aes") => Ok(StoreCipher::Aes),
        Some(number) => number
            .parse()
            .map(|number| StoreCipher::from_number(number).unwrap_or(StoreCipher::NoCipher))
            .map_err(|_| Refusal::invalid(format!("cipher {number:?}"))),
    }
}

fn compression(name: Option<&str>) -> Result<StoreCompression, Refusal> {
    match name {
        None | Some("" | "none") => Ok(StoreCompression::None),
        Some("s2") => Ok(StoreCompression::S2),
        Some(number) => match number.parse().map(StoreCompression::from_number) {
            Ok(Some(known)) => Ok(known),
            Ok(None) => Err(Refusal::Unsupported(format!("compression {number}"))),
            Err(_) => Err(Refusal::invalid(format!("compression {number:?}"))),
        },
    }
}

fn sublist(filters: &[String]) -> Result<Sublist, Refusal> {
    let mut sublist = Sublist::new();
    for filter in filters {
        sublist.insert(filter.as_bytes()).map_err(|error| Refusal::invalid(format!("filter {filter:?}: {error}")))?;
    }
    Ok(sublist)
}

fn bytes(filters: &[String]) -> Vec<Vec<u8>> {
    filters.iter().map(|filter| filter.clone().into_bytes()).collect()
}

fn loaded(message: Message) -> LoadedMsg {
    LoadedMsg {
        subject: text(message.subject),
        seq: message.seq.into(),
        ts: message.ts.into(),
        hdr: message.hdr.into(),
        msg: message.msg.into(),
    }
}

fn found((message, skip): (Message, u64)) -> Answered {
    Ok(Output::Found { msg: loaded(message), skip: skip.into() })
}

fn pending((total, valid_through): (u64, u64)) -> Answered {
    Ok(Output::Pending { total: total.into(), valid_through: valid_through.into() })
}

fn seqs(seqs: Vec<u64>) -> Output {
    Output::Seqs { seqs: seqs.into_iter().map(Uint).collect() }
}

fn simple_state(state: store::SimpleState) -> SimpleState {
    SimpleState { msgs: state.msgs.into(), first: state.first.into(), last: state.last.into() }
}

fn time(time: store::Time) -> Time {
    Time((!time.is_zero()).then(|| time.unix_nano()))
}

fn lost(lost: LostStreamData) -> Lost {
    Lost { msgs: SeqList::from_seqs(lost.msgs), bytes: lost.bytes.into() }
}

fn state_message(state: StreamState, whole: bool) -> StateMsg {
    StateMsg {
        msgs: state.msgs.into(),
        bytes: state.bytes.into(),
        first_seq: state.first_seq.into(),
        first_time: time(state.first_time),
        last_seq: state.last_seq.into(),
        last_time: time(state.last_time),
        num_subjects: state.num_subjects.into(),
        num_deleted: state.num_deleted.into(),
        deleted: SeqList::from_seqs(state.deleted),
        lost: state.lost.filter(|_| whole).map(lost),
        consumers: (state.consumers as u64).into(),
    }
}

fn inspection(info: StoreInfo) -> Inspection {
    let blocks: Vec<BlockInfo> = info.blocks.into_iter().map(block).collect();
    Inspection {
        lost: info.lost.map(lost),
        dirty: info.dirty.into(),
        cache_loads: info.cache_loads.into(),
        cache_size: info.cache_size.into(),
        dmap_entries: info.deleted_entries.into(),
        num_msg_blocks: (blocks.len() as u64).into(),
        blocks,
    }
}

fn block(info: store::BlockInfo) -> BlockInfo {
    BlockInfo {
        index: u64::from(info.index).into(),
        first_seq: info.first.0.into(),
        first_ts: info.first.1.into(),
        last_seq: info.last.0.into(),
        last_ts: info.last.1.into(),
        msgs: info.msgs.into(),
        bytes: info.bytes.into(),
        rbytes: info.raw_bytes.into(),
        deleted: SeqList::from_seqs(info.deleted),
        ttls: info.ttls.into(),
        schedules: info.schedules.into(),
        cached: info.cached,
        closed: info.closed,
    }
}
