//! `docs/aid2-mqtt.asyncapi.yaml` says what the code says.

use std::fmt::Write as _;

use aid_types::TraceParent;
use aid2_proto::binding::{CONTENT_TYPE, EXCHANGES, Exchange, SEQUENCE_PROPERTY, Side, Topics};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/aid2-mqtt.asyncapi.yaml");

/// `RequestCSIMInfo.Response` as the key of a component.
fn id(name: &str) -> String {
    name.replace('.', "")
}

fn package(to: Side) -> &'static str {
    match to {
        Side::Cmp => "cmp_backend",
        Side::Vehicle => "cmp_vehicle",
    }
}

/// Name, receiver, expiry and the exchange of every message and response.
fn messages() -> impl Iterator<Item = (&'static str, Side, &'static Exchange)> {
    EXCHANGES.iter().flat_map(|exchange| {
        let response = exchange
            .response
            .map(|response| (response, exchange.to.other(), exchange));
        [Some((exchange.name, exchange.to, exchange)), response]
            .into_iter()
            .flatten()
    })
}

fn render() -> String {
    let root = Topics::default().root().to_owned();
    let mut yaml = String::new();
    macro_rules! line { ($($arg:tt)*) => { writeln!(yaml, $($arg)*).unwrap() } }
    line!("# Made from the table of exchanges in aid2-proto; a test compares. After a change of the table:");
    line!("# UPDATE_ASYNCAPI=1 cargo test -p aid2-proto asyncapi");
    line!("asyncapi: 3.0.0");
    line!("info:");
    line!("  title: AiD2 over MQTT 5");
    line!("  version: 1.0.0");
    line!("  description: >-");
    line!(
        "    Messages between vehicles and the CMP backend. The rules are in aid2-mqtt-binding.md; the title of a message is"
    );
    line!("    its type in the .proto files of aid2-proto.");
    line!("defaultContentType: {CONTENT_TYPE}");
    line!("servers:");
    line!("  broker:");
    line!("    host: broker.example:8883");
    line!("    protocol: secure-mqtt");
    line!("    protocolVersion: '5.0'");
    line!("    security:");
    line!("      - $ref: '#/components/securitySchemes/certificate'");
    line!("channels:");
    for (name, to, _) in messages() {
        line!("  {}:", id(name));
        line!("    address: {root}/{{vin}}/{}/{name}", to.as_str());
        line!("    parameters:");
        line!("      vin:");
        line!("        $ref: '#/components/parameters/vin'");
        line!("    messages:");
        line!("      {}:", id(name));
        line!("        $ref: '#/components/messages/{}'", id(name));
    }
    line!("operations:");
    for exchange in EXCHANGES {
        let sender = exchange.to.other().as_str();
        line!("  {sender}Sends{}:", exchange.name);
        line!("    action: send");
        line!("    channel:");
        line!("      $ref: '#/channels/{}'", exchange.name);
        line!("    bindings:");
        line!("      mqtt:");
        line!("        qos: 1");
        line!("        retain: false");
        if let Some(expiry) = exchange.expiry {
            line!("        messageExpiryInterval: {expiry}");
        }
        line!("        bindingVersion: 0.2.0");
        if let Some(response) = exchange.response {
            line!("    reply:");
            line!("      channel:");
            line!("        $ref: '#/channels/{}'", id(response));
        }
    }
    line!("components:");
    line!("  securitySchemes:");
    line!("    certificate:");
    line!("      type: X509");
    line!("      description: The common name of a vehicle's certificate is its VIN.");
    line!("  parameters:");
    line!("    vin:");
    line!("      description: The vehicle, 17 of [A-Za-z0-9._-]. Equal to requestId.vehicleID in the payload.");
    line!("  correlationIds:");
    line!("    requestTimestamp:");
    line!("      description: MQTT Correlation Data, requestId.timestamp in decimal digits.");
    line!("      location: $message.header#/correlationData");
    line!("  messages:");
    for (name, to, exchange) in messages() {
        // A response is nested in its request, and so of the request's package.
        line!("    {}:", id(name));
        line!("      name: {name}");
        line!("      title: {}.{name}", package(exchange.to));
        line!("      contentType: {CONTENT_TYPE}");
        if exchange.response.is_some() {
            line!("      correlationId:");
            line!("        $ref: '#/components/correlationIds/requestTimestamp'");
        }
        line!("      headers:");
        line!("        type: object");
        line!("        properties:");
        if to == Side::Cmp {
            line!("          {SEQUENCE_PROPERTY}:");
            line!("            type: string");
            line!("            pattern: '^[0-9a-f]{{16}}/[0-9]{{1,20}}$'");
        }
        line!("          {}:", TraceParent::NAME);
        line!("            type: string");
        line!("            pattern: '^[0-9a-f]{{2}}-[0-9a-f]{{32}}-[0-9a-f]{{16}}-[0-9a-f]{{2}}'");
        line!("            description: W3C Trace Context of what the message follows from, for logs alone.");
        if let Some(response) = exchange.response {
            line!("      bindings:");
            line!("        mqtt:");
            if name == exchange.name {
                let back = exchange.to.other().as_str();
                line!("          responseTopic: {root}/{{vin}}/{back}/{response}");
            }
            line!("          correlationData:");
            line!("            type: string");
            line!("            pattern: '^[0-9]{{1,20}}$'");
            line!("          bindingVersion: 0.2.0");
        }
    }
    yaml
}

#[test]
fn the_asyncapi_description_is_in_step_with_the_code() {
    let expected = render();
    if std::env::var_os("UPDATE_ASYNCAPI").is_some() {
        std::fs::write(PATH, &expected).unwrap();
    }
    let found = std::fs::read_to_string(PATH).unwrap();
    assert!(
        found == expected,
        "docs/aid2-mqtt.asyncapi.yaml is out of step: run this test with UPDATE_ASYNCAPI=1"
    );
}

#[test]
fn the_binding_document_has_the_table_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/aid2-mqtt-binding.md");
    let document = std::fs::read_to_string(path).unwrap();
    for exchange in EXCHANGES {
        let response = exchange
            .response
            .map_or("–".to_owned(), |response| format!("`{response}`"));
        let expiry = exchange.expiry.map_or("none".to_owned(), |expiry| expiry.to_string());
        let row = format!(
            "| `{}` | `{}` | {response} | {expiry} |",
            exchange.name,
            exchange.to.as_str()
        );
        assert!(document.contains(&row), "the document lacks the row {row}");
    }
}
