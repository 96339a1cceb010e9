//! The sandbox as a program: `aid sandbox`.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{Addresses, Failed, Options, Sandbox};

/// The command line of `aid sandbox`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = AFTER)]
pub struct Arguments {
    /// Keep everything in this folder, and go on with it when started again
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The port of the first page, on this machine only; 0 for any that is free
    #[arg(long, default_value_t = 8400)]
    port: u16,
    /// The port of the CMP's pages
    #[arg(long, value_name = "PORT", default_value_t = 8401)]
    cmp_port: u16,
    /// The port of the MSP's pages
    #[arg(long, value_name = "PORT", default_value_t = 8402)]
    msp_port: u16,
    /// Open the first page in a browser
    #[arg(long)]
    open: bool,
}

const AFTER: &str = "\
What it does:
  A CMP, an MSP, an SM-DP+, an MQTT broker and three cars run in this process, with pages to click
  through. Prints `READY <url>` of the page that leads to the others when all of it is there, and
  then a line for each of them. Runs until SIGTERM or SIGINT (exit 0). What is under way then goes
  on with the same --folder.";

impl Arguments {
    /// Runs until somebody ends it.
    ///
    /// # Errors
    ///
    /// For people: what did not start.
    pub fn run(self) -> Result<(), Failed> {
        tokio::runtime::Runtime::new()?.block_on(async {
            // Before READY: whoever reads that may send a signal at once.
            let ended = ended()?;
            let sandbox = Sandbox::start(Options {
                folder: self.folder,
                port: self.port,
                cmp_port: self.cmp_port,
                msp_port: self.msp_port,
            })
            .await?;
            print(sandbox.addresses())?;
            if self.open && !open(&sandbox.addresses().index) {
                complain("no browser could be opened");
            }
            ended.await;
            sandbox.stop().await;
            Ok(())
        })
    }
}

fn print(addresses: &Addresses) -> io::Result<()> {
    let Addresses { index, cars, cmp, msp } = addresses;
    let mut output = io::stdout().lock();
    writeln!(output, "READY {index}\nCARS {cars}\nCMP {cmp}\nMSP {msp}")?;
    output.flush()
}

fn complain(problem: &str) {
    // Nobody may read it.
    drop(writeln!(io::stderr(), "{problem}"));
}

#[cfg(unix)]
fn ended() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn ended() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

/// Whether the desktop took it.
fn open(url: &str) -> bool {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(opener);
    command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().is_ok()
}
