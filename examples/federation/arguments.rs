//! The command line.

use std::{fs, path::PathBuf};

use aid2_mqtt::BrokerUrl;

pub(crate) const HELP: &str = "\
federation [--broker mqtts://HOST[:PORT] --broker-ca PEM --broker-cert PEM --broker-key PEM]
           [--database sqlite:FILE | --database postgres://USER@HOST/NAME]

  --broker   carry AiD2 over this MQTT 5 broker. mqtt:// without certificates is for this machine
             only. Without --broker one runs in this process, over TLS, and every party has a
             certificate of its own.
  --broker-cert, --broker-key
             what all parties show the broker; or two folders, or one, with a NAME.pem and a
             NAME.key for each: `cmp-backend`, and the vehicles by their VINs.
             examples/mosquitto/certificates makes them
  --database where CMP and MSP keep what they know, instead of in memory: in two SQLite files,
             FILE-cmp and FILE-msp; or in the schemas federation_cmp and federation_msp of a
             PostgreSQL, without TLS and so on this machine only, in a build with
             `--features postgres`. What a run before has left of its users is forgotten
";

/// What is asked for.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) url: Option<BrokerUrl>,
    pub(crate) ca: Option<Vec<u8>>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) database: Option<String>,
}

impl Arguments {
    /// Errors are for the user.
    pub(crate) fn parse(arguments: Vec<String>) -> Result<Self, String> {
        let (mut parsed, mut arguments) = (Self::default(), arguments.into_iter());
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--broker" => parsed.url = Some(value()?.parse().map_err(|error| format!("{name}: {error}"))?),
                "--broker-ca" => {
                    let ca = fs::read(value()?).map_err(|error| format!("{name}: {error}"))?;
                    parsed.ca = Some(ca);
                }
                "--broker-cert" => parsed.certificate = Some(value()?.into()),
                "--broker-key" => parsed.key = Some(value()?.into()),
                "--database" => parsed.database = Some(value()?),
                _ => return Err(format!("no such option: {name}")),
            }
        }
        Ok(parsed)
    }
}
