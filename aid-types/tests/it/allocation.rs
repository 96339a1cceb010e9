//! Reading an identifier whose form is fixed allocates nothing, whether it is accepted or refused, and neither does copying,
//! comparing or writing it.

use std::fmt::Write as _;

use aid_types::*;

/// Room for the text of any of them, without heap.
struct Room {
    bytes: [u8; 64],
    used: usize,
}

impl std::fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.bytes[self.used..][..text.len()].copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}

#[track_caller]
fn without_heap<T: Identifier + Copy + PartialEq + std::fmt::Display>(right: &[&str], wrong: &[&str]) {
    for (texts, expected) in [(right, true), (wrong, false)] {
        for text in texts {
            let mut accepted = false;
            let info = allocation_counter::measure(|| {
                let read = text.parse::<T>();
                if let Ok(id) = read {
                    let mut room = Room {
                        bytes: [0; 64],
                        used: 0,
                    };
                    write!(room, "{id}").unwrap();
                    accepted = T::try_from_bytes(&room.bytes[..room.used]) == Some(id);
                    let _ = id.tolerated();
                }
            });
            assert_eq!((accepted, info.count_total), (expected, 0), "{} {text}", T::WHAT);
        }
    }
}

/// Reads what was written.
trait FromBytes: Sized {
    fn try_from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl<T: Identifier> FromBytes for T {
    fn try_from_bytes(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
}

const UUIDS: [&[&str]; 2] = [
    &[
        "25bca1e2-338f-11d6-ac61-9e71138fd521",
        "25BCA1E2-338F-11D6-AC61-9E71138FD521",
    ],
    &[
        "",
        "25bca1e2-338f-11d6-ac61-9e71138fd52g",
        "25bca1e2338f11d6ac619e71138fd521",
    ],
];

#[test]
fn identifiers_of_a_fixed_form_need_no_heap() {
    let code = "1$smdp.example.com$04386-AGYFT-A74Y8-3F815";
    let heap = allocation_counter::measure(|| assert!(code.parse::<ActivationCode>().is_ok()));
    assert_eq!(heap.count_total, 1, "the counting works");

    without_heap::<Iccid>(
        &[
            "8944500805172032953",
            "894450080517203295",
            "8944500805172032953F",
            "89860a00000000000000",
        ],
        &["", "8944500805172032", "894450080517203295-", "894450080517203295É"],
    );
    without_heap::<Eid>(
        &["89049032000001000000000831934057"],
        &["", "8904903200000100000000083193405x"],
    );
    without_heap::<MspToken>(UUIDS[0], UUIDS[1]);
    without_heap::<CmpRequestId>(UUIDS[0], UUIDS[1]);
    without_heap::<CorrelationId>(UUIDS[0], UUIDS[1]);
    without_heap::<ActivationCodeRequestId>(UUIDS[0], UUIDS[1]);
    without_heap::<Imei>(
        &["354178036859789", "35417803685978", "3541780368597890"],
        &["", "35417803685978x"],
    );
    without_heap::<Vin>(&["WBAUX11030A334483", "test_vehicle-0001"], &["", "+/WBAUX11030A3344"]);
    without_heap::<Mcc>(&["262"], &["", "26", "26x"]);
    without_heap::<Mnc>(&["01", "001"], &["", "1", "0x"]);
}
