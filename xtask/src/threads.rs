//! The engine a third time, with threads: for pages whose server lets workers share memory.
//!
//! Memory that threads share needs a standard library compiled for it, which nobody ships, so it is compiled here from its
//! source. Relaxed SIMD is in too: browsers that have all that threads need have it.

use std::path::Path;

use anyhow::Result;

use crate::relaxed::{self, KINDS, Kind, Variant};
use crate::root;

/// Of names, after that of the kind.
pub const ENDING: &str = "-threads";

/// The most memory that a module may ask for: shared memory must say so beforehand. Browsers set aside addresses for it, and
/// fill them only when they are used.
const MOST_BYTES: u32 = 2 << 30;

/// Compiles both kinds of the engine, and puts scripts and modules beside the plain ones. The standard library's source must
/// be here.
pub fn add_to(engine: &Path) -> Result<()> {
    let link = |argument: String| format!("-C link-arg=--{argument}");
    // Storage of each thread, which a thread's own script sets up.
    let exports = ["__wasm_init_tls", "__tls_size", "__tls_align", "__tls_base"].map(|name| format!("export={name}"));
    let shared = ["shared-memory".into(), "import-memory".into(), format!("max-memory={MOST_BYTES}")];
    let mut flags = format!("{},+atomics,+bulk-memory,+mutable-globals", relaxed::FLAGS);
    shared.into_iter().chain(exports).for_each(|argument| flags += &format!(" {}", link(argument)));
    for kind in &KINDS {
        let target = &root().join("target/threads");
        let bound = relaxed::bind(&Variant { target, kind, ending: ENDING, flags: &flags, has_own_std: true })?;
        for file in ["js", "wasm"].map(|file| file_of(kind, file)) {
            relaxed::place(&bound, &file, engine, &file)?;
        }
    }
    Ok(())
}

/// Script or module of a kind.
fn file_of(kind: &Kind, file: &str) -> String {
    if file == "js" { format!("{}{ENDING}.js", kind.name) } else { format!("{}{ENDING}_bg.wasm", kind.name) }
}
