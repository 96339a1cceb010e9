//! `aid conformance`: our own sides pass, and a side with a planted deviation does not.

use std::sync::{Arc, Mutex};

use account_id::{NewAccountId, SecretKey};
use aid_conformance::{
    HttpClient, Options, Profile, Report, Role, Selection, Verdict,
    aid_types::http::{
        bytes::Bytes,
        http::{HeaderName, Request, Response, Uri},
    },
};
use aid1_reqwest::{ReqwestTransport, TransportError, TransportOptions};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    states::OTHER_ICCID,
    tool::{EID, File, ICCID, SECRET, Server, run, seed},
};

const DEVIATIONS: &str = include_str!("deviations.json");

/// Ids by their numbers.
fn ids(kind: u128, count: u128) -> Vec<String> {
    (1..=count)
        .map(|number| Uuid::from_u128(kind << 64 | 4 << 76 | 2 << 62 | number).to_string())
        .collect()
}

/// A server, and what its party declares.
fn party(role: Role) -> (Value, Map<String, Value>) {
    let mut seed = seed();
    let (tokens, sids, requests) = (ids(1, 8), ids(2, 12), ids(3, 12));
    seed["msp_tokens"] = json!(tokens);
    let mut profile = json!({"client_id": "caller", "target_id": "called", "api_key": "key1", "eid": EID,
                             "msp_tokens": tokens, "iccids": [ICCID]});
    match role {
        Role::Msp => profile["modes"] = json!(["synchronous"]),
        Role::Cmp => {
            (seed["sids"], seed["activation_request_ids"]) = (json!(sids), json!(requests));
            let key = SecretKey::from_text(SECRET).unwrap();
            let account_ids = sids.iter().map(|sid| {
                let new = NewAccountId::new(sid.parse().unwrap(), 1000).lifetime(4_000_000_000);
                new.mint(&key).unwrap().into_string()
            });
            profile["account_ids"] = account_ids.collect();
            profile["activation_code_request_ids"] = json!(requests);
            profile["phone_number"] =
                json!({"phone_number": "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==", "iv": "N1RnMnHhudFLgi1l"});
        }
    }
    let Value::Object(profile) = profile else {
        unreachable!()
    };
    (seed, profile)
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Cmp => "cmp",
        Role::Msp => "msp",
    }
}

#[test]
fn our_own_sides_pass_also_where_it_is_strict() {
    for role in [Role::Cmp, Role::Msp] {
        let (seed, profile) = party(role);
        let profile = File::new(&toml::to_string(&profile).unwrap());
        for strict in [&[][..], &["--strict"]] {
            let server = Server::start(name(role), &seed, &[]);
            let arguments = [
                "conformance",
                name(role),
                "--target",
                &server.url,
                "--profile",
                profile.path(),
            ];
            let output = run([&arguments[..], strict].concat());
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(0), "{text}");
            assert!(
                text.contains(" 0 warning, 0 fail, ") && text.contains(" 0 error"),
                "{text}"
            );
            let skipped = text.lines().filter(|line| line.starts_with("skipped"));
            assert!(
                skipped
                    .clone()
                    .all(|line| line.ends_with("asynchronous") || line.ends_with("pool")),
                "{text}"
            );
        }
    }
}

#[test]
fn a_full_pool_swaps() {
    let (mut seed, mut profile) = party(Role::Msp);
    let token = seed["msp_tokens"][0].clone();
    (seed["pool"], seed["iccids"]) = (json!(2), json!([ICCID, OTHER_ICCID]));
    profile.insert("full".to_owned(), json!({"msp_token": token, "iccid": ICCID}));
    let (server, profile) = (
        Server::start("msp", &seed, &[]),
        File::new(&toml::to_string(&profile).unwrap()),
    );
    let arguments = [
        "conformance",
        "msp",
        "--target",
        &server.url,
        "--profile",
        profile.path(),
        "--strict",
    ];
    let output = run([&arguments[..], &["--only", "R-066,A-101"]].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("2 pass, 0 warning, 0 fail, 0 skipped"), "{text}");
}

/// How a party deviates from the document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    what: String,
    /// The test that has to find it.
    found_by: String,
    /// What it does not check in a request: headers, members of the body, a part of the path.
    #[serde(default)]
    overlooks: Map<String, Value>,
    #[serde(default)]
    overlooks_members: Map<String, Value>,
    overlooks_path: Option<[String; 2]>,
    /// To which replies it does the rest: those with this status, and to this operation.
    on: Option<u16>,
    path: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    set: Map<String, Value>,
    #[serde(default)]
    without: Vec<String>,
    body: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    /// Whether it answers what it answered first.
    #[serde(default)]
    repeats_itself: bool,
    #[serde(default)]
    another_code_each_time: bool,
}

impl Deviation {
    fn request(&self, request: Request<Bytes>) -> Request<Bytes> {
        let (mut head, mut body) = request.into_parts();
        put(&mut head.headers, &self.overlooks);
        if let Some([from, to]) = &self.overlooks_path {
            let uri = head.uri.to_string();
            let (front, path) = uri.split_at(uri.find("/v1").or_else(|| uri.find("/cesim")).unwrap());
            head.uri = format!("{front}{}", path.replace(from, to)).parse::<Uri>().unwrap();
        }
        if let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(&body)
            && !self.overlooks_members.is_empty()
        {
            members.extend(self.overlooks_members.clone());
            body = Value::Object(members).to_string().into();
        }
        Request::from_parts(head, body)
    }

    fn reply(&self, path: &str, reply: Response<Bytes>) -> Response<Bytes> {
        let (mut head, mut body) = reply.into_parts();
        let on = self.on.is_none_or(|status| head.status.as_u16() == status);
        let here = self.path.as_ref().is_none_or(|part| path.contains(part));
        if !(on && here) {
            return Response::from_parts(head, body);
        }
        if let Some(status) = self.status {
            head.status = status.try_into().unwrap();
        }
        put(&mut head.headers, &self.headers);
        if let Ok(Value::Object(mut members)) = serde_json::from_slice::<Value>(&body) {
            members.extend(self.set.clone());
            members.retain(|name, _| !self.without.contains(name));
            if self.another_code_each_time {
                members.insert(
                    "activationCode".to_owned(),
                    json!(format!("1$smdp.example${}", Uuid::new_v4().simple())),
                );
            }
            body = Value::Object(members).to_string().into();
        }
        if let Some(text) = &self.body {
            body = text.clone().into();
        }
        Response::from_parts(head, body)
    }
}

/// Null: none.
fn put(headers: &mut aid_conformance::aid_types::http::http::HeaderMap, changes: &Map<String, Value>) {
    for (name, value) in changes {
        let name: HeaderName = name.parse().unwrap();
        headers.remove(&name);
        if let Some(value) = value.as_str() {
            headers.insert(name, value.parse().unwrap());
        }
    }
}

fn put_to_the_test(role: Role, deviation: &Deviation) -> Report {
    let (seed, profile) = party(role);
    let server = Server::start(name(role), &seed, &[]);
    let transport = ReqwestTransport::plain_loopback(&TransportOptions::default()).unwrap();
    let first: Arc<Mutex<Option<Response<Bytes>>>> = Arc::default();
    let http = |request: Request<Bytes>| {
        let (transport, first) = (transport.clone(), Arc::clone(&first));
        let path = request.uri().path().to_owned();
        async move {
            let reply = transport.send(deviation.request(request)).await?;
            let mut first = first.lock().unwrap();
            Ok::<_, TransportError>(match &*first {
                Some(first) if deviation.repeats_itself => first.clone(),
                _ => {
                    let reply = deviation.reply(&path, reply);
                    *first = Some(reply.clone());
                    reply
                }
            })
        }
    };
    let profile = Profile::parse(&toml::to_string(&profile).unwrap()).unwrap();
    let mut options = Options::default();
    options.selection = Selection::only([deviation.found_by.clone()]);
    let base_url = server.url.parse().unwrap();
    let sleep = tokio::time::sleep;
    let run = aid_conformance::run(role, &http, &sleep, &base_url, &profile, &options, |_| {});
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run).unwrap()
}

#[test]
fn each_planted_deviation_is_found_by_the_test_that_names_it() {
    let all: [(Role, Vec<Deviation>); 2] = {
        let mut all: Map<String, Value> = serde_json::from_str(DEVIATIONS).unwrap();
        let mut of = |role| serde_json::from_value(all.remove(name(role)).unwrap()).unwrap();
        [(Role::Cmp, of(Role::Cmp)), (Role::Msp, of(Role::Msp))]
    };
    let mut unnoticed = Vec::new();
    for (role, deviations) in all {
        assert!(deviations.len() >= 40, "{} {}", name(role), deviations.len());
        for deviation in deviations {
            let report = put_to_the_test(role, &deviation);
            let found = report.outcomes.iter().find(|outcome| outcome.id == deviation.found_by);
            let found = found.unwrap_or_else(|| panic!("{} has no {}", name(role), deviation.found_by));
            if !matches!(found.verdict, Verdict::Fail | Verdict::Warning) {
                unnoticed.push(format!("{} {}: {:?}", name(role), deviation.what, found.verdict));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
}
