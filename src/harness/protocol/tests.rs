//! Tests of the protocol's types: what goes over the wire, what is refused, and that document and schemas agree.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use super::*;

fn parse(op: &Op, line: &str) -> Result<Answer, String> {
    Answer::parse("7", op, line).map_err(|diagnosis| format!("{}: {diagnosis}", diagnosis.name()))
}

#[test]
fn every_operation_and_class_is_named_in_the_document() {
    let document = include_str!("../../../docs/protocol.md");
    for name in Op::NAMES.iter().chain(ErrorClass::NAMES) {
        let named = [format!("`{name}`"), format!("`{name} {{")].iter().any(|text| document.contains(text));
        assert!(named, "docs/protocol.md does not name `{name}`");
    }
}

#[test]
fn checked_in_schemas_are_those_of_the_types() {
    let write = std::env::var_os("BLKSPEC_WRITE_SCHEMAS").is_some();
    for (path, schema) in [(REQUEST_SCHEMA_PATH, request_schema()), (ANSWER_SCHEMA_PATH, answer_schema())] {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        if write {
            std::fs::write(&file, &schema).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap();
        assert!(found == schema, "{path} is stale: run this test with BLKSPEC_WRITE_SCHEMAS=1");
    }
}

#[test]
fn a_request_is_one_flat_object_and_reads_back() {
    let op = Op::StoreMsg { subject: "foo".into(), hdr: Bytes::default(), msg: b"hello".to_vec().into(), ttl: None };
    let request = Request { id: "7".into(), op };
    let line = serde_json::to_string(&request).unwrap();
    assert_eq!(line, r#"{"id":"7","op":"store_msg","subject":"foo","msg":"aGVsbG8="}"#);
    assert_eq!(Request::parse(&line).unwrap(), request);
}

#[test]
fn integers_keep_64_bits_and_one_spelling() {
    for text in ["0", "18446744073709551615", "9007199254740993"] {
        assert_eq!(text.parse::<Uint>().unwrap().to_string(), text);
    }
    for text in ["", "+1", "-1", "1.0", "1e3", " 1", "18446744073709551616"] {
        assert!(text.parse::<Uint>().is_err(), "{text:?} is not a Uint");
    }
    for text in ["-9223372036854775808", "9223372036854775807"] {
        assert_eq!(text.parse::<Int>().unwrap().to_string(), text);
    }
    for text in ["", "+1", "-", "9223372036854775808"] {
        assert!(text.parse::<Int>().is_err(), "{text:?} is not an Int");
    }
}

#[test]
fn sequence_lists_are_merged_and_must_ascend() {
    let list: SeqList = serde_json::from_str(r#"["2","3","5-9","11-18446744073709551615"]"#).unwrap();
    assert_eq!(serde_json::to_string(&list).unwrap(), r#"["2-3","5-9","11-18446744073709551615"]"#);
    assert_eq!(list.count(), (1 << 64) - 11 + 2 + 5);
    assert_eq!(list.iter().take(4).collect::<Vec<_>>(), [2, 3, 5, 6]);
    assert_eq!(SeqList::from_seqs([9, 2, 3, 3]).to_string(), "[2-3 9]");
    for json in [r#"["5-2"]"#, r#"["2","2"]"#, r#"["3","1"]"#, r#"["1-"]"#, "[1]", r#"["-1"]"#] {
        assert!(serde_json::from_str::<SeqList>(json).is_err(), "{json} is not a list of sequences");
    }
}

#[test]
fn answers_are_read_by_the_kind_of_their_operation() {
    let op = Op::LoadMsg { seq: Uint(1) };
    let answer = parse(&op, r#"{"id":"7","result":{"msg":{"subject":"a","seq":"1","ts":"-5"}},"later":1}"#).unwrap();
    let msg =
        LoadedMsg { subject: "a".into(), seq: Uint(1), ts: Int(-5), hdr: Bytes::default(), msg: Bytes::default() };
    assert_eq!(answer.outcome, Outcome::Result(Output::Message { msg }));

    let line = r#"{"id":"7","error":{"class":"deleted_msg","text":"x"},"events":[{"event":"remove_msg","seq":"3"}]}"#;
    let answer = parse(&op, line).unwrap();
    assert_eq!(answer.outcome, Outcome::Error(OpError { class: ErrorClass::DeletedMsg, text: "x".into() }));
    assert_eq!(answer.events, [Event::RemoveMsg { seq: Uint(3) }]);
    assert_eq!(serde_json::to_string(&answer).unwrap(), line);

    let answer = parse(&op, r#"{"id":"7","error":{"class":"brand_new"}}"#).unwrap();
    let class = ErrorClass::Unlisted("brand_new".into());
    assert_eq!(answer.outcome, Outcome::Error(OpError { class, text: String::new() }));
}

#[test]
fn a_consumer_state_reads_back_with_integers_as_keys() {
    let json = r#"{"state":{"delivered":{"consumer":"2","stream":"5"},"ack_floor":{"consumer":"0","stream":"0"},"pending":{"18446744073709551615":{"sequence":"1","ts":"-1"}},"redelivered":{"5":"2"}}}"#;
    let output = Output::parse(OutputKind::ConsumerState, json).unwrap();
    assert_eq!(serde_json::to_string(&output).unwrap(), json);
    assert_eq!(output.kind(), OutputKind::ConsumerState);
}

#[test]
fn zero_times_are_null_or_absent_where_optional() {
    let open = |created| Op::Open {
        dir: "d".into(),
        file: FileConfig::default(),
        stream: StreamConfigMsg::default(),
        created,
        key: None,
        old_key: None,
    };
    let json = serde_json::to_string(&open(Time::ZERO)).unwrap();
    assert_eq!(json, r#"{"op":"open","dir":"d","file":{},"stream":{}}"#);
    assert_eq!(serde_json::from_str::<Op>(&json).unwrap(), open(Time::ZERO));
    let json = serde_json::to_string(&open(Time::at(EPOCH_NS))).unwrap();
    assert_eq!(serde_json::from_str::<Op>(&json).unwrap(), open(Time::at(EPOCH_NS)));
    assert_eq!(serde_json::from_str::<Time>("null").unwrap(), Time::ZERO);
}

#[test]
fn bad_requests_are_answered() {
    let answer = |line: &str| serde_json::to_string(&Request::parse(line).unwrap_err().answer).unwrap();
    insta::assert_snapshot!(
        [
            r#"{"id":"1","op":"frobnicate"}"#,
            r#"{"id":"1","op":"skip_msg"}"#,
            r#"{"id":"1","op":"skip_msg","seq":5}"#,
            r#"{"id":"1","op":"consumer_open","name":"c","config":{"backoff":[1]}}"#,
            r#"{"id":1,"op":"state"}"#,
            r#"{"id":"1"}"#,
            "[1]",
            "{",
        ]
        .map(answer)
        .join("\n"),
        @r##"
        {"id":"1","unsupported":"frobnicate"}
        {"id":"1","error":{"class":"invalid_argument","text":"skip_msg: missing field `seq`"}}
        {"id":"1","error":{"class":"invalid_argument","text":"skip_msg: invalid type: integer `5`, expected a decimal string from \"0\" to \"18446744073709551615\" (integers never travel as JSON numbers, which many libraries round)"}}
        {"id":"1","error":{"class":"invalid_argument","text":"consumer_open: backoff[0] is a JSON number; integers travel as decimal strings"}}
        {"id":"","error":{"class":"invalid_argument","text":"a request has an \"id\", which is a string"}}
        {"id":"1","error":{"class":"invalid_argument","text":"a request has an \"op\", which is a string"}}
        {"id":"","error":{"class":"invalid_argument","text":"a request is a JSON object"}}
        {"id":"","error":{"class":"invalid_argument","text":"not JSON: EOF while parsing an object at line 1 column 1"}}
        "##
    );
}

#[test]
fn every_broken_answer_has_its_diagnosis() {
    let op = Op::State {};
    let diagnosis = |line: &str| parse(&op, line).unwrap_err();
    insta::assert_snapshot!(
        [
            "ready",
            "[\"7\"]",
            r#"{"id":"7","result":{"#,
            r#"{"result":{}}"#,
            r#"{"id":"8","result":{}}"#,
            r#"{"id":7,"result":{}}"#,
            r#"{"id":"7"}"#,
            r#"{"id":"7","result":{},"unsupported":"x"}"#,
            r#"{"id":"7","result":"ok"}"#,
            r#"{"id":"7","result":{"state":{"msgs":9007199254740993}}}"#,
            r#"{"id":"7","result":{"state":{"msgs":1.8446744073709552e19}}}"#,
            r#"{"id":"7","result":{"state":{"msgs":"1","deleted":[5]}}}"#,
            r#"{"id":"7","result":{"state":{"msgs":"one"}}}"#,
            r#"{"id":"7","result":{"state":{"msgs":"1"}}}"#,
            r#"{"id":"7","error":"no"}"#,
            r#"{"id":"7","unsupported":1}"#,
            r#"{"id":"7","unsupported":"x","events":[{"event":"remove_msg","seq":1}]}"#,
        ]
        .map(diagnosis)
        .join("\n"),
        @r##"
        chatter: stdout carries a line that is not an answer: "ready"
        chatter: stdout carries a line that is not an answer: "[\"7\"]"
        bad_json: an answer is not valid JSON (EOF while parsing an object at line 1 column 20): {"id":"7","result":{
        missing_id: an answer has no "id": {"result":{}}
        wrong_id: the answer to id "7" carries the id "8"
        wrong_id: the answer to id "7" carries the id 7
        shape: an answer has not the shape of its operation: an answer has exactly one of "result", "unsupported" and "error"
        shape: an answer has not the shape of its operation: an answer has exactly one of "result", "unsupported" and "error"
        shape: an answer has not the shape of its operation: the result of state must be an object, not "ok"
        json_number: the integer result.state.msgs came as the JSON number 9007199254740993 instead of a decimal string
        json_number: the integer result.state.msgs came as the JSON number 1.8446744073709552e19 instead of a decimal string
        json_number: the integer result.state.deleted[0] came as the JSON number 5 instead of a decimal string
        shape: an answer has not the shape of its operation: result.state.msgs: "one" is not a decimal string from "0" to "18446744073709551615" (integers never travel as JSON numbers, which many libraries round)
        shape: an answer has not the shape of its operation: result.state: missing field `bytes`
        shape: an answer has not the shape of its operation: error: invalid type: string "no", expected struct OpError
        shape: an answer has not the shape of its operation: unsupported: invalid type: integer `1`, expected a string
        json_number: the integer events[0] came as the JSON number 1 instead of a decimal string
        "##
    );
}

/// `adapters/go/testdata/session.*` uses every operation; the answers were recorded from nats-server v2.14.9.
#[test]
fn a_recorded_session_of_the_go_store_is_read_whole() {
    let requests = include_str!("../../../adapters/go/testdata/session.in");
    let answers = include_str!("../../../adapters/go/testdata/session.out");
    let mut used = std::collections::BTreeSet::new();
    let mut read = 0;
    let requests = requests.lines().filter(|line| line.starts_with('{'));
    for (line, recorded) in requests.zip(answers.lines()) {
        let Ok(request) = Request::parse(line) else {
            continue;
        };
        used.insert(request.op.name());
        let answer = Answer::parse(&request.id, &request.op, recorded)
            .unwrap_or_else(|diagnosis| panic!("{line}\n{recorded}\n{diagnosis}"));
        let ours = serde_json::to_string(&answer).unwrap();
        assert_eq!(Answer::parse(&request.id, &request.op, &ours).unwrap(), answer, "{line}");
        read += 1;
    }
    let unused: Vec<_> = Op::NAMES.iter().filter(|name| !used.contains(*name)).collect();
    assert_eq!((read > 100, unused), (true, vec![&"no_such_operation"]));
}
