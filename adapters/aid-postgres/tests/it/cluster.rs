//! A PostgreSQL of one's own: in a folder of the machine's, on a free port, gone when the test ends.

use std::{
    fs,
    io::Write as _,
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use aid_postgres::Config;

/// How long anything may take here.
const GENEROUS: Duration = Duration::from_secs(60);

/// Runs the database until a word comes, which is a signal, or this process ends; without a word, the folder goes too.
const KEEPER: &str = r#"
    folder=$1; shift
    "$@" & database=$!
    read -r signal || signal=
    kill -"${signal:-QUIT}" $database; wait $database
    [ -n "$signal" ] || rm -rf "$folder""#;

pub(crate) struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: Vec<String>,
    user: Option<(u32, u32)>,
    keeper: Option<Child>,
}

/// One for all tests that do not disturb it; none where PostgreSQL is not installed.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(&["fsync=off"])).as_ref()
}

impl Cluster {
    /// Starts one with these settings, or says that there is none to start.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let Some(bin) = bin() else {
            assert!(
                std::env::var_os("AID_DATABASE").is_none(),
                "PostgreSQL is not installed"
            );
            eprintln!("SKIPPED: PostgreSQL is not installed");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("aid-postgres-{}-{number}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let user = unprivileged();
        if let Some((user, group)) = user {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let mut cluster = Self {
            bin,
            folder,
            port: 0,
            settings: settings.iter().map(|setting| (*setting).to_owned()).collect(),
            user,
            keeper: None,
        };
        let made = cluster
            .command(&cluster.bin.join("initdb"))
            .args([
                "--auth=trust",
                "--username=aid",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(cluster.data())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        cluster.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        cluster.run();
        Some(cluster)
    }

    /// As `postgres` says it in a URL.
    pub(crate) fn url(&self) -> String {
        format!("postgres://aid@localhost:{}/postgres?hostaddr=127.0.0.1", self.port)
    }

    pub(crate) fn config(&self) -> Config {
        self.url().parse().unwrap()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Lets the database read this file.
    pub(crate) fn give(&self, path: &Path) {
        if let Some((user, group)) = self.user {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    /// Ends it as a power failure of its process would (`QUIT`), or cutting off its clients (`INT`), and starts it again.
    pub(crate) fn restart(&mut self, signal: &str) {
        self.stop(signal);
        self.run();
    }

    pub(crate) fn stop(&mut self, signal: &str) {
        let Some(mut keeper) = self.keeper.take() else { return };
        writeln!(keeper.stdin.take().unwrap(), "{signal}").unwrap();
        keeper.wait().unwrap();
    }

    pub(crate) fn run(&mut self) {
        let port = self.port.to_string();
        let mut command = self.command(Path::new("/bin/sh"));
        command
            .args(["-c", KEEPER, "keeper"])
            .arg(&self.folder)
            .arg(self.bin.join("postgres"));
        command
            .arg("-D")
            .arg(self.data())
            .args(["-p", &port, "-h", "127.0.0.1", "-k"])
            .arg(&self.folder);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))
            .unwrap();
        self.give(&self.folder.join("log"));
        self.keeper = Some(
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap(),
        );
        let began = Instant::now();
        while !self.is_ready() {
            assert!(began.elapsed() < GENEROUS, "{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn is_ready(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
            && self
                .command(&self.bin.join("pg_isready"))
                .args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
                .stdout(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where the distribution puts the newest.
fn bin() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let bins = versions
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").is_file());
    bins.max()
}

/// The user `postgres`, if we are root: the database will not run as that.
fn unprivileged() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut fields = users
        .lines()
        .find(|line| line.starts_with("postgres:"))?
        .split(':')
        .skip(2);
    let mut id = || fields.next()?.parse().ok();
    is_root.then_some((id()?, id()?))
}
