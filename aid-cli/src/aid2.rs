//! `aid aid2`: AiD2 messages as fields.

use std::process::ExitCode;

use aid2_proto::{DecodeOptions, codec};
use serde_json::{Value, json};

use crate::{args::Usage, json::Object, lines};

pub(crate) const CODEC: &str = "\
Lines:
  in   {\"message\":\"cmp_vehicle.RequestCSIMInfo.Response\",\"hex\":\"0801\"}
  out  {\"fields\":{\"csimErrorCode\":0,\"result\":1}}
  in   {\"message\":\"cmp_vehicle.RequestCSIMInfo.Response\",\"fields\":{\"result\":1}}
  out  {\"hex\":\"0801\"}
       {\"error\":\"…\"}                                                 in either case

  Messages are named `package.Message`, nested ones `package.Message.Response`. Fields have the
  names of Annex D; enums are numbers, also unknown ones; 64-bit integers are decimal strings. Out
  come all fields, but messages that are not set; what is absent in `fields` has its default, and
  defaults are not encoded. Nothing is refused for being empty. `hex` of more than 64 KiB, which no
  backend would read, is not decoded.";

pub(crate) fn codec() -> Result<ExitCode, Usage> {
    lines::answer_each(answer, |error| json!({"error": error}))
}

fn answer(line: &Object) -> Result<Value, String> {
    let message = line.text("message")?;
    let limit = DecodeOptions::default().max_payload;
    match (line.optional_text("hex")?, line.object("fields")?) {
        // A small payload can mean many fields: they would take a thousand times its size.
        (Some(hex), None) if hex.len() > 2 * limit => return Err(format!("hex: more than {limit} bytes")),
        (Some(hex), None) => {
            let fields = codec::from_hex(hex).and_then(|payload| codec::decode(message, &payload));
            fields.map(|fields| json!({"fields": fields}))
        }
        (None, Some(fields)) => {
            codec::encode(message, fields.members()).map(|payload| json!({"hex": codec::to_hex(&payload)}))
        }
        _ => return Err("expected either hex or fields".to_owned()),
    }
    .map_err(|error| error.to_string())
}
