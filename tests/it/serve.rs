//! `serve` over a port: what a session looks like on the wire, and how it ends.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use blkspec::harness::port::Port;
use blkspec::harness::serve::serve;

use super::broken_adapter;
use super::toy_port::ToyPort;

super::trials![a_session_on_the_wire, a_torn_request_ends_the_session, a_dead_port_ends_the_session];

fn session(port: &mut dyn Port, input: &str) -> String {
    let mut output = Vec::new();
    let end = serve(port, input.as_bytes(), &mut output);
    let end = end.map_or_else(|error| format!("ended: {error}"), |()| "ended well".to_owned());
    String::from_utf8(output).unwrap() + &end
}

fn a_session_on_the_wire() {
    let input = r#"{"id":"0","op":"now"}
{"id":"1","op":"start","version":2}
{"id":"2","op":"start","version":1}
{"id":"3","op":"begin","case":"a"}
{"id":"4","op":"advance","ns":"1"}
{"id":"5","op":"state"}
{"id":"6","op":"inspect"}
{"id":"7","op":"no_such_operation"}
{"id":"8","op":"frobnicate"}
{"id":"9","op":"load_msg","seq":1}
not json
"#;
    insta::assert_snapshot!(session(&mut ToyPort::default(), input), @r##"
    {"id":"0","error":{"class":"invalid_argument","text":"a session begins with start"}}
    {"id":"1","error":{"class":"invalid_argument","text":"this adapter speaks version 1 of the protocol, not 2"}}
    {"id":"2","result":{"adapter":"toy-adapter","port":"toy","port_version":"1","language":"rust","clock":"virtual","capabilities":["stream","pure"],"settings":["none/none"]}}
    {"id":"3","result":{"now":"946684800000000000"}}
    {"id":"4","result":{"now":"946684800000000001"}}
    {"id":"5","error":{"class":"no_store","text":"open first"}}
    {"id":"6","unsupported":"inspect"}
    {"id":"7","unsupported":"no_such_operation"}
    {"id":"8","unsupported":"frobnicate"}
    {"id":"9","error":{"class":"invalid_argument","text":"load_msg: invalid type: integer `1`, expected a decimal string from \"0\" to \"18446744073709551615\" (integers never travel as JSON numbers, which many libraries round)"}}
    {"id":"","error":{"class":"invalid_argument","text":"not JSON: expected ident at line 1 column 2"}}
    ended well
    "##);
}

fn a_torn_request_ends_the_session() {
    let found = session(&mut ToyPort::default(), r#"{"id":"1","op":"st"#);
    assert_eq!(found, "ended: the input ends in the middle of a request");
}

fn a_dead_port_ends_the_session() {
    let input = "{\"id\":\"1\",\"op\":\"start\",\"version\":1}\n{\"id\":\"2\",\"op\":\"advance\",\"ns\":\"1\"}\n";
    let found = session(&mut broken_adapter::port("dies"), input);
    let end = found.lines().last().unwrap();
    assert_eq!(end, "ended: the port's process ended (exit status: 3 without an answer)");
}
