//! `traceparent` of W3C Trace Context.

use aid_types::TraceParent;

const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn read(text: &str) -> Option<String> {
    text.parse::<TraceParent>().ok().map(|read| read.to_string())
}

//
#[test]
fn what_is_well_formed_is_passed_on_in_the_version_that_we_know() {
    let same = ["00", "01", "02", "03"].map(|flags| format!("{}{flags}", &EXAMPLE[..53]));
    for text in same {
        assert_eq!(read(&text).as_deref(), Some(&*text));
    }
    // Flags that nobody has declared yet, and versions to come with more behind.
    for text in [
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fd",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-the-future-holds",
    ] {
        assert_eq!(read(text).as_deref(), Some(EXAMPLE), "{text}");
    }
    let read: TraceParent = EXAMPLE.parse().unwrap();
    assert_eq!(
        (read.trace_id() >> 96, read.parent_id()),
        (0x4bf9_2f35, 0x00f0_67aa_0ba9_02b7)
    );
    assert!(read.is_sampled());
    assert_eq!(read.child(0), read);
}

//
#[test]
fn what_is_not_is_none() {
    for text in [
        "",
        "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0\u{e9}",
    ] {
        assert_eq!(read(text), None, "{text:?}");
    }
}
