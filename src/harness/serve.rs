//! A port behind the adapter protocol: reads requests, asks the port, writes answers.
//!
//! Any [`Port`] will do; `blkspec serve` puts the reference here, so that the protocol, the process layer and the corpus
//! are tested against a known store. Requests are answered once each, in order; answers are held back while more
//! requests are already in the buffer. A port that fails for good ends the session, as a crash of an adapter would.

use std::io::{self, BufRead, BufReader, Read, Write};

use super::port::{Port, PortFailure};
use super::process::LINE_LIMIT;
use super::protocol::{Answer, ErrorClass, Op, OpError, Outcome, Output, Request, VERSION};

/// Why a session ended before its input did.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The port cannot go on.
    #[error("{0}")]
    Port(PortFailure),
    /// A request longer than an adapter must take.
    #[error("a request is longer than {LINE_LIMIT} bytes")]
    Oversize,
    /// The input ended in the middle of a line.
    #[error("the input ends in the middle of a request")]
    Torn,
    /// Reading or writing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Serves `port` until the input ends.
pub fn serve(port: &mut dyn Port, input: impl Read, mut output: impl Write) -> Result<(), ServeError> {
    let mut input = BufReader::with_capacity(64 << 10, input);
    let mut session = Session { port, started: false };
    let mut line = Vec::new();
    loop {
        line.clear();
        input.by_ref().take(LINE_LIMIT as u64 + 1).read_until(b'\n', &mut line)?;
        match line.pop() {
            None => return Ok(output.flush()?),
            Some(b'\n') => {}
            Some(_) if line.len() >= LINE_LIMIT => return Err(ServeError::Oversize),
            Some(_) => return Err(ServeError::Torn),
        }
        let answer = session.answer(&line)?;
        serde_json::to_writer(&mut output, &answer).map_err(io::Error::from)?;
        output.write_all(b"\n")?;
        // A sender that pipelines reads later anyway; a single request is answered at once.
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
    }
}

struct Session<'a> {
    port: &'a mut dyn Port,
    started: bool,
}

impl Session<'_> {
    fn answer(&mut self, line: &[u8]) -> Result<Answer, ServeError> {
        let request = match Request::parse(&String::from_utf8_lossy(line)) {
            Ok(request) => request,
            Err(bad) => return Ok(*bad.answer),
        };
        let (outcome, events) = match &request.op {
            Op::Start { version } if *version != VERSION => {
                (invalid(&format!("this adapter speaks version {VERSION} of the protocol, not {version}")), Vec::new())
            }
            Op::Start { .. } => {
                let started = self.port.start().map_err(ServeError::Port)?;
                self.started = true;
                (Outcome::Result(Output::Started(started)), Vec::new())
            }
            _ if !self.started => (invalid("a session begins with start"), Vec::new()),
            op => {
                let reply = self.port.call(op).map_err(ServeError::Port)?;
                (reply.outcome, reply.events)
            }
        };
        Ok(Answer { id: request.id, outcome, events })
    }
}

fn invalid(text: &str) -> Outcome {
    Outcome::Error(OpError { class: ErrorClass::InvalidArgument, text: text.to_owned() })
}
