//! What the tests need from the system: a Vulkan driver and Chromium, found or, where that is possible, installed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::process::{command, find_program, output, run};
use crate::say;

/// Makes sure that the native tests find a Vulkan driver. Only Linux can be without one: macOS has Metal, Windows DX12.
pub fn prepare_vulkan() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    for name in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        let Some(files) = std::env::var_os(name).filter(|files| !files.is_empty()) else { continue };
        if !std::env::split_paths(&files).any(|file| file.exists()) {
            bail!("the variable {name} names no Vulkan driver that exists ({}): correct or unset it", files.display());
        }
    }
    let Some(missing) = missing_of_vulkan() else { return Ok(()) };
    apt_get_install(&["mesa-vulkan-drivers", "libvulkan1"], &format!("the kernel tests need Vulkan, but {missing}"))?;
    match missing_of_vulkan() {
        None => Ok(()),
        Some(missing) => bail!("the packages are installed, but {missing}"),
    }
}

/// What keeps Vulkan from working, as far as can be seen from the files; `None` if nothing does.
fn missing_of_vulkan() -> Option<String> {
    let driver_named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].iter().any(|name| std::env::var_os(name).is_some());
    let folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let has_driver = |folder: &&str| std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if !driver_named && !folders.iter().any(has_driver) {
        return Some(format!("no driver is listed in {}", folders.join(", ")));
    }
    let loader = "libvulkan.so.1";
    let roots = ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"].map(Path::new);
    // Distributions put libraries into the folder itself or into one named after the processor.
    let below =
        roots.iter().filter_map(|root| std::fs::read_dir(root).ok()).flatten().flatten().map(|item| item.path());
    let in_path = std::env::var_os("LD_LIBRARY_PATH");
    let given = in_path.iter().flat_map(std::env::split_paths);
    let found = roots
        .iter()
        .map(|root| root.to_path_buf())
        .chain(below)
        .chain(given)
        .any(|folder| folder.join(loader).exists());
    (!found).then(|| format!("the loader {loader} is not installed"))
}

/// Chromium, or a browser built from it.
pub fn prepare_chromium() -> Result<PathBuf> {
    if let Some(path) = named_by("CHROMIUM")? {
        return Ok(path);
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    if !cfg!(target_os = "linux") {
        bail!("no Chromium was found: install Chrome or Chromium, or set the variable CHROMIUM to the path of one");
    }
    apt_get_install(&["chromium"], "the browser tests need Chromium")
        .context("or set the variable CHROMIUM to the path of Chrome or Chromium")?;
    find_chromium().context("chromium was installed, but cannot be found on PATH")
}

/// chromedriver, which drives Chromium for the kernel tests; its version must be the browser's.
pub fn prepare_chromedriver() -> Result<PathBuf> {
    if let Some(path) = named_by("CHROMEDRIVER")? {
        return Ok(path);
    }
    if let Some(found) = find_program("chromedriver") {
        return Ok(found);
    }
    let why = "the kernel tests in the browser need chromedriver";
    if !cfg!(target_os = "linux") {
        bail!("{why}: install the one of your Chrome's version, or set the variable CHROMEDRIVER to its path");
    }
    apt_get_install(&["chromium", "chromium-driver"], why)
        .context("or set the variable CHROMEDRIVER to the path of the one that belongs to your Chrome")?;
    find_program("chromedriver").context("chromium-driver was installed, but chromedriver cannot be found on PATH")
}

/// The program whose path a variable holds, if the variable is set.
fn named_by(variable: &str) -> Result<Option<PathBuf>> {
    let Some(named) = std::env::var_os(variable).filter(|named| !named.is_empty()) else { return Ok(None) };
    let path = PathBuf::from(&named);
    if !path.is_file() {
        bail!("the variable {variable} names {}, which does not exist", path.display());
    }
    Ok(Some(path))
}

fn find_chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
    names.into_iter().find_map(find_program).or_else(|| usual_places().into_iter().find(|path| path.is_file()))
}

/// Where macOS and Windows keep their browsers, which are not on PATH there.
fn usual_places() -> Vec<PathBuf> {
    let mut places = Vec::new();
    if cfg!(target_os = "macos") {
        for app in ["Google Chrome", "Chromium", "Microsoft Edge"] {
            let inside = format!("Applications/{app}.app/Contents/MacOS/{app}");
            places.push(Path::new("/").join(&inside));
            places.extend(std::env::home_dir().map(|home| home.join(&inside)));
        }
    }
    if cfg!(windows) {
        let programs = ["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"];
        for folder in programs.iter().filter_map(std::env::var_os) {
            for inside in [r"Google\Chrome", "Chromium", r"Microsoft\Edge"] {
                let application = Path::new(&folder).join(inside).join("Application");
                places.extend(["chrome.exe", "msedge.exe"].map(|name| application.join(name)));
            }
        }
    }
    places
}

/// Installs Debian packages where that needs no question, on a machine that is ours (a container, as root); elsewhere
/// names the command and leaves the decision to the reader.
fn apt_get_install(packages: &[&str], why: &str) -> Result<()> {
    let by_hand = format!("apt-get install {}", packages.join(" "));
    let is_root = output(command("id").arg("-u")).as_deref() == Some("0");
    let Some(apt_get) = find_program("apt-get").filter(|_| is_root) else {
        bail!("{why}. On Debian or Ubuntu run `sudo {by_hand}`; elsewhere install the packages that these stand for");
    };
    say(format!("{by_hand}: {why}"));
    let install = || {
        let mut install = command(&apt_get);
        install.args(["install", "--yes", "--no-install-recommends"]).args(packages);
        run(install.env("DEBIAN_FRONTEND", "noninteractive"))
    };
    // A fresh container has no lists of packages, and old lists name packages that are gone.
    install().or_else(|_| run(command(&apt_get).arg("update")).and_then(|()| install())).with_context(|| {
        format!("{why}; `{by_hand}` failed. It needs the network: connect and run this again, or install them yourself")
    })
}
