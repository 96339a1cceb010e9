//! `aid serve --config`.

use std::path::{Path, PathBuf};

use crate::{
    pki::Pki,
    serve::status_without_reason,
    tool::{File, Server, run, seed},
};

/// The example of the guide.
fn example() -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/serve.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let (_, example) = guide.split_once("```toml\n").unwrap();
    example.split_once("```").unwrap().0.to_owned()
}

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        // A name that no other test takes.
        let folder = File::new("").0.with_extension("folder");
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.0.join(name), content).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[test]
fn the_example_of_the_guide_is_complete_and_works() {
    let (example, nonsense) = (example(), File::new("nonsense = 1"));
    let refused = run(["serve", "msp", "--config", nonsense.path()]).stderr;
    let refused = String::from_utf8(refused).unwrap();
    let (_, names) = refused.split_once("expected one of ").unwrap();
    let names: Vec<&str> = names.lines().next().unwrap().split('`').skip(1).step_by(2).collect();
    assert!(names.len() >= 7, "{names:?}");
    let help = String::from_utf8(run(["serve", "msp", "--help"]).stdout).unwrap();
    for name in names {
        let shown = |begin: &str| example.contains(&format!("\n{begin}{name} = "));
        assert!(shown("") || shown("# "), "{name}");
        assert!(help.contains(&format!(" --{name}")), "{name}");
    }

    let (pki, folder) = (Pki::new(), Folder::new());
    folder.write("seed.json", &seed().to_string());
    folder.write("server.pem", &pki.cert.content());
    folder.write("server.key", &pki.key.content());
    folder.write("client-ca.pem", &pki.ca.content());
    folder.write("client-crl.pem", &pki.revoked(false));
    folder.write("admin-token", "0123456789abcdef");
    folder.write("aid.toml", &example);
    // Flags count more: the ports of the example may be taken.
    let config = folder.path("aid.toml");
    let free = "127.0.0.1:0";
    let server = Server::with("msp", &["--config", &config, "--listen", free, "--admin", free]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    assert_eq!(server.call("requestProfileStatus", &pki.arguments(&pki)).0, 0);
    assert_eq!(server.end("-TERM").0, Some(0));
}

#[test]
fn a_config_that_cannot_be_used_is_told() {
    let folder = Folder::new();
    folder.write("seed.json", &seed().to_string());
    let config = folder.path("aid.toml");
    for (text, why) in [
        ("listen = 8080\nseed = \"seed.json\"\n", "--config: TOML parse error"),
        (
            "listen = \"127.0.0.1:0\"\nsead = \"seed.json\"\n",
            "unknown field `sead`",
        ),
        ("seed = \"seed.json\"\n", "--listen: said neither here nor in --config"),
        (
            "listen = \"127.0.0.1:0\"\n",
            "--seed: said neither here nor in --config",
        ),
        (
            "listen = \"127.0.0.1:0\"\nseed = \"seed.json\"\ntls-key = \"seed.json\"\n",
            "one needs the others",
        ),
    ] {
        folder.write("aid.toml", text);
        let output = run(["serve", "cmp", "--config", &config]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{why}");
        assert!(stderr.contains(why), "{why}: {stderr}");
        assert!(output.stdout.is_empty());
    }
    let absent = run(["serve", "cmp", "--config", &folder.path("none.toml")]);
    assert_eq!(absent.status.code(), Some(2));
}

#[test]
fn a_config_says_what_a_flag_says() {
    let folder = Folder::new();
    folder.write("seed.json", &seed().to_string());
    let config = folder.path("aid.toml");
    let status = |strict: &str, more: &[&str]| {
        let text = format!("listen = \"127.0.0.1:0\"\nseed = \"seed.json\"\n{strict}");
        folder.write("aid.toml", &text);
        let server = Server::with("cmp", &[&["--config", &*config], more].concat());
        status_without_reason(&server)
    };
    assert_eq!(status("", &[]), "200");
    assert_eq!(status("strict = true", &[]), "422");
    assert_eq!(status("strict = false", &["--strict"]), "422");
}
