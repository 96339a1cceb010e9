//! The broker.

use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

pub(crate) const PORT: u16 = 18_842;

pub(crate) struct Mosquitto(Child);

impl Mosquitto {
    pub(crate) fn start() -> Self {
        let config = std::env::temp_dir().join("aid2-bench-mosquitto.conf");
        let lines = format!(
            "listener {PORT} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_inflight_messages 1000\n"
        );
        std::fs::write(&config, lines).unwrap();
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let child = Command::new("mosquitto")
            .env("PATH", path)
            .arg("-c")
            .arg(config)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|_| panic!("mosquitto is not installed"));
        while TcpStream::connect(("127.0.0.1", PORT)).is_err() {
            std::thread::sleep(Duration::from_millis(10));
        }
        Self(child)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
