//! The operations of consumers. A consumer that was stopped or deleted stays reachable by its name, because what it
//! answers then is behaviour, too.

use super::{Answered, Case, Refusal};
use crate::harness::protocol::{
    ConsumerConfigMsg, ConsumerPending, ConsumerStateMsg, ErrorClass, Op, Output, SequencePair, Time,
};
use crate::store::{self, CONSUMER_STOP_NS, ConsumerConfig, ConsumerId, ConsumerState, ConsumerStore, Pending};

pub(super) fn answer(case: &mut Case, op: &Op) -> Answered {
    match op {
        Op::ConsumerOpen { name, created, config } => open(case, name, *created, config)?,
        Op::AddConsumer { consumer } => {
            let id = id_of(case, consumer)?;
            case.store()?.add_consumer(id);
        }
        Op::RemoveConsumer { consumer } => {
            let id = id_of(case, consumer)?;
            case.store()?.remove_consumer(id);
        }
        Op::ConsumerStop { consumer } => {
            let waits = find(case, consumer)?.waits_for_flusher();
            find(case, consumer)?.stop()?;
            if waits {
                case.advance(CONSUMER_STOP_NS);
            }
        }
        _ => return update(case, op),
    }
    Ok(Output::Nothing {})
}

/// The operations that change a consumer and answer nothing.
fn update(case: &mut Case, op: &Op) -> Answered {
    match op {
        Op::ConsumerSetStarting { consumer, seq } => find(case, consumer)?.set_starting(seq.0)?,
        Op::ConsumerUpdateStarting { consumer, seq } => {
            find(case, consumer)?.update_starting(seq.0);
        }
        Op::ConsumerReset { consumer, seq } => find(case, consumer)?.reset(seq.0)?,
        Op::ConsumerUpdateDelivered { consumer, dseq, sseq, dc, ts } => {
            find(case, consumer)?.update_delivered(dseq.0, sseq.0, dc.0, ts.0)?
        }
        Op::ConsumerUpdateAcks { consumer, dseq, sseq } => find(case, consumer)?.update_acks(dseq.0, sseq.0)?,
        Op::ConsumerRemoveRedeliveredBelow { consumer, seq } => {
            find(case, consumer)?.remove_redelivered_below(seq.0);
        }
        Op::ConsumerUpdateConfig { consumer, config } => {
            let mut consumer = find(case, consumer)?;
            consumer.update_config(config_of(config)?)?;
        }
        Op::ConsumerUpdate { consumer, state } => find(case, consumer)?.update(state_of(state))?,
        Op::ConsumerForceUpdate { consumer, state } => {
            find(case, consumer)?.force_update(state_of(state))?;
        }
        Op::ConsumerDelete { consumer } => find(case, consumer)?.delete()?,
        Op::ConsumerStreamDelete { consumer } => find(case, consumer)?.stream_delete()?,
        _ => return query(case, op),
    }
    Ok(Output::Nothing {})
}

fn query(case: &mut Case, op: &Op) -> Answered {
    match op {
        Op::ConsumerHasState { consumer } => Ok(Output::HasState { has_state: find(case, consumer)?.has_state() }),
        Op::ConsumerState { consumer } | Op::ConsumerBorrowState { consumer } => {
            Ok(Output::ConsumerState { state: state_message(&find(case, consumer)?.state()?) })
        }
        Op::ConsumerEncodedState { consumer } => {
            Ok(Output::Encoded { state: find(case, consumer)?.encoded_state()?.into() })
        }
        Op::ConsumerType { consumer } => {
            let storage = if find(case, consumer)?.is_memory() { "memory" } else { "file" };
            Ok(Output::Type { storage: storage.to_owned() })
        }
        _ => Err(Refusal::Unsupported(op.name().to_owned())),
    }
}

fn open(case: &mut Case, name: &str, created: Time, config: &ConsumerConfigMsg) -> Result<(), Refusal> {
    let created = created.0.unwrap_or(case.now_ns());
    let store = case.store()?;
    let config = config_of(config)?;
    let id = store.consumer_store(name, store::Time::from_unix_nano(created), config)?;
    case.consumers.insert(name.to_owned(), id);
    Ok(())
}

fn id_of(case: &Case, name: &str) -> Result<ConsumerId, Refusal> {
    let found = case.consumers.get(name).copied();
    found.ok_or_else(|| Refusal::new(ErrorClass::NoConsumer, format!("no consumer {name} is open")))
}

fn find<'a>(case: &'a mut Case, name: &str) -> Result<ConsumerStore<'a>, Refusal> {
    let id = id_of(case, name)?;
    let found = case.store()?.consumer(id);
    found.ok_or_else(|| Refusal::new(ErrorClass::NoConsumer, format!("no consumer {name} is open")))
}

fn config_of(config: &ConsumerConfigMsg) -> Result<ConsumerConfig, Refusal> {
    let value = serde_json::Value::Object(config.0.clone());
    ConsumerConfig::from_go_json(&value).map_err(|error| Refusal::invalid(error.to_string()))
}

fn state_of(message: &ConsumerStateMsg) -> ConsumerState {
    let pair = |pair: SequencePair| store::SequencePair { consumer: pair.consumer.0, stream: pair.stream.0 };
    let pending = message.pending.iter().map(|(seq, pending)| {
        let pending = Pending { sequence: pending.sequence.0, timestamp_ns: pending.ts.0 };
        (seq.0, pending)
    });
    let redelivered = message.redelivered.iter();
    ConsumerState {
        delivered: pair(message.delivered),
        ack_floor: pair(message.ack_floor),
        pending: pending.collect(),
        redelivered: redelivered.map(|(seq, count)| (seq.0, count.0)).collect(),
    }
}

/// A consumer's state as it travels.
pub(super) fn state_message(state: &ConsumerState) -> ConsumerStateMsg {
    let pair = |pair: store::SequencePair| SequencePair { consumer: pair.consumer.into(), stream: pair.stream.into() };
    let pending = state.pending.iter().map(|(seq, pending)| {
        let pending = ConsumerPending { sequence: pending.sequence.into(), ts: pending.timestamp_ns.into() };
        ((*seq).into(), pending)
    });
    let redelivered = state.redelivered.iter();
    ConsumerStateMsg {
        delivered: pair(state.delivered),
        ack_floor: pair(state.ack_floor),
        pending: pending.collect(),
        redelivered: redelivered.map(|(seq, count)| ((*seq).into(), (*count).into())).collect(),
    }
}
