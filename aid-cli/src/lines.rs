//! Standard input and output, line by line.

use std::{
    io::{self, BufRead, BufReader, BufWriter, Write},
    process::ExitCode,
};

use serde_json::Value;

use crate::{
    args::Usage,
    json::{self, Object},
};

/// The longest line that is read, in bytes without the line feed. Nothing of a longer one is kept.
pub(crate) const MAX_LINE: usize = 1024 * 1024;

/// Answers every line of standard input with one of standard output: by `answer`, or by `refuse` where the line cannot
/// be used.
pub(crate) fn answer_each(
    answer: impl Fn(&Object) -> Result<Value, String>,
    refuse: impl Fn(String) -> Value,
) -> Result<ExitCode, Usage> {
    let mut input = BufReader::with_capacity(64 * 1024, io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut line = Vec::new();
    loop {
        let object = match next_object(&mut input, &mut line, &mut output) {
            Ok(Some(object)) => object,
            Ok(None) => break,
            Err(Failure::Input(error)) => return Err(input_failed(&error)),
            Err(Failure::Output(error)) => return output_failed(&error),
        };
        let value = object.and_then(|object| answer(&object)).unwrap_or_else(&refuse);
        if let Err(error) = writeln!(output, "{value}") {
            return output_failed(&error);
        }
    }
    match output.flush() {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => output_failed(&error),
    }
}

/// Hands over every line of standard input, or what is wrong with it, until `take` wants no more.
pub(crate) fn each(mut take: impl FnMut(Result<Object, String>) -> bool) -> Result<(), Usage> {
    let mut input = BufReader::with_capacity(64 * 1024, io::stdin().lock());
    let mut line = Vec::new();
    loop {
        match next_object(&mut input, &mut line, &mut io::sink()) {
            Ok(Some(object)) => {
                if !take(object) {
                    return Ok(());
                }
            }
            Ok(None) => return Ok(()),
            Err(Failure::Input(error) | Failure::Output(error)) => return Err(input_failed(&error)),
        }
    }
}

/// The answer to a line that cannot be used.
pub(crate) fn refused(error: String) -> Value {
    serde_json::json!({"ok": false, "error": error})
}

enum Line {
    Whole,
    TooLong,
    End,
}

enum Failure {
    Input(io::Error),
    Output(io::Error),
}

fn input_failed(error: &io::Error) -> Usage {
    Usage(format!("standard input: {error}"))
}

/// The next line as an object, or what is wrong with it; `None` at the end.
fn next_object(
    input: &mut BufReader<impl io::Read>,
    line: &mut Vec<u8>,
    output: &mut impl Write,
) -> Result<Option<Result<Object, String>>, Failure> {
    Ok(match next_line(input, line, output)? {
        Line::End => None,
        Line::Whole => Some(match json::behind_mark(line) {
            Some(line) => {
                complain("standard input: a byte order mark is read over (A-171)");
                Object::parse(line)
            }
            None => Object::parse(line),
        }),
        Line::TooLong => Some(Err(format!("longer than {MAX_LINE} bytes"))),
    })
}

/// Reads the next line into `line`. Before it waits for input it flushes `output`, so that whoever writes one line and
/// waits gets the answer.
fn next_line(
    input: &mut BufReader<impl io::Read>,
    line: &mut Vec<u8>,
    output: &mut impl Write,
) -> Result<Line, Failure> {
    line.clear();
    let (mut started, mut too_long) = (false, false);
    loop {
        if input.buffer().is_empty() {
            output.flush().map_err(Failure::Output)?;
        }
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Input(error)),
        };
        if available.is_empty() && !started {
            return Ok(Line::End);
        }
        started = true;
        let (piece, ended) = match available.iter().position(|byte| *byte == b'\n') {
            Some(at) => (available.get(..at).unwrap_or_default(), true),
            None => (available, available.is_empty()),
        };
        too_long |= line.len() + piece.len() > MAX_LINE;
        if !too_long {
            line.extend_from_slice(piece);
        }
        let consumed = piece.len() + usize::from(piece.len() < available.len());
        input.consume(consumed);
        if ended {
            return Ok(if too_long { Line::TooLong } else { Line::Whole });
        }
    }
}

/// Prints a text, a line or many, to standard output.
pub(crate) fn print(text: &str) -> ExitCode {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output_failed(&error).unwrap_or(ExitCode::from(2)),
    }
}

/// Whoever closes the pipe has read enough: that is no error.
pub(crate) fn output_failed(error: &io::Error) -> Result<ExitCode, Usage> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(Usage(format!("standard output: {error}")))
    }
}

/// One line on standard error, in one piece. Whether anybody reads it does not matter.
pub(crate) fn complain(text: &str) {
    drop(io::stderr().write_all(format!("aid: {text}\n").as_bytes()));
}
