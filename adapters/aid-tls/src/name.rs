//! Distinguished names as text.

use std::fmt::Write as _;

use x509_parser::{
    asn1_rs::Oid,
    x509::{AttributeTypeAndValue, X509Name},
};

/// The name as RFC 4514 writes it: the most specific part first, and what would be read as punctuation escaped, so that
/// different names have different texts.
pub(crate) fn text(name: &X509Name<'_>) -> String {
    let mut text = String::new();
    let parts: Vec<_> = name.iter_rdn().collect();
    for (index, part) in parts.into_iter().rev().enumerate() {
        if index > 0 {
            text.push(',');
        }
        for (index, attribute) in part.iter().enumerate() {
            if index > 0 {
                text.push('+');
            }
            write_attribute(&mut text, attribute);
        }
    }
    text
}

fn write_attribute(text: &mut String, attribute: &AttributeTypeAndValue<'_>) {
    match (short_name(attribute.attr_type()), attribute.as_str()) {
        (Some(name), Ok(value)) => {
            text.push_str(name);
            text.push('=');
            write_value(text, value);
        }
        // What has no name of its own, or is no text, is written as its octets.
        _ => {
            text.push_str(&attribute.attr_type().to_id_string());
            text.push_str("=#");
            for byte in attribute.attr_value().data {
                push_hex(text, *byte);
            }
        }
    }
}

fn write_value(text: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (index, c) in value.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => text.extend(['\\', c]),
            ' ' if index == 0 || index == last => text.push_str("\\ "),
            '#' if index == 0 => text.push_str("\\#"),
            _ if c.is_control() => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    text.push('\\');
                    push_hex(text, byte);
                }
            }
            _ => text.push(c),
        }
    }
}

fn push_hex(text: &mut String, byte: u8) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{byte:02X}");
}

/// The names of RFC 4514, section 3, and those that openssl adds.
fn short_name(oid: &Oid<'_>) -> Option<&'static str> {
    Some(match oid.to_id_string().as_str() {
        "2.5.4.3" => "CN",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}
