//! `cargo xtask serve`: one command from a fresh checkout to the page in the browser.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;

use anyhow::{Result, bail};

use crate::tools::Tools;
use crate::{npm, pack_data, say};

#[derive(clap::Args)]
pub struct Arguments {
    /// Build with full optimisation, as the published page is.
    #[arg(long)]
    release: bool,
    /// The port to serve on.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Open the page in the browser when it is built.
    #[arg(long)]
    open: bool,
}

/// Prepares what is missing, then serves until it is stopped.
pub fn serve(arguments: &Arguments) -> Result<()> {
    // Found out now rather than after minutes of building.
    if TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).is_err() {
        bail!("port {0} is in use or not allowed: stop what uses it, or choose another with --port", arguments.port);
    }
    npm::prepare()?;
    pack_data::prepare()?;
    let tools = Tools::prepare()?;
    let port = arguments.port.to_string();
    let mut trunk = tools.trunk()?;
    trunk.args(["serve", "--port", &port]);
    if arguments.release {
        trunk.arg("--release");
    }
    if arguments.open {
        trunk.arg("--open");
    }
    say(format!("building the page, then serving it at http://127.0.0.1:{port}/ (stop with Ctrl-C)"));
    become_program(&mut trunk)
}

/// On Unix this process turns into trunk, so that whoever stops it stops the server too.
#[cfg(unix)]
fn become_program(trunk: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(anyhow::anyhow!(trunk.exec()).context("could not start trunk"))
}

#[cfg(not(unix))]
fn become_program(trunk: &mut Command) -> Result<()> {
    crate::process::run(trunk)
}
