//! The one error type of the crate: every variant says what was wrong, where, and (where there is one) the remedy.

use std::fmt;

/// Everything that can go wrong, from a broken data file to a lost device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A data file is not what it claims to be. `field` is the part of the file that is wrong.
    Data { file: String, field: &'static str, message: String },
    /// An op was given inputs that do not fit; found while the graph is built. `shapes` lists the inputs' shapes.
    Shape { op: &'static str, shapes: Vec<Vec<usize>>, message: String },
    /// The graph was asked for something that it cannot do (a gradient of an integer tensor, a name used twice).
    Graph { op: &'static str, message: String },
    /// A setting, an argument or a name that does not exist or is out of its range.
    Setting { key: String, message: String },
    /// A metric was asked of too few samples, or of inputs that do not fit together.
    Metric { metric: &'static str, message: String },
    /// A checkpoint that does not belong to this run or cannot be read.
    Checkpoint { tensor: String, message: String },
    /// No usable device: `message` says why, `remedy` what to do.
    NoDevice { message: String, remedy: String },
    /// A kernel failed to compile or run.
    Kernel { kernel: String, message: String },
    /// There is not enough memory for `what`, or more than a device grants was asked for.
    OutOfMemory { what: String, message: String },
    /// A device does not take a kernel's shader.
    Pipeline { kernel: String, message: String },
    /// The device was lost or refused the work.
    DeviceLost { message: String },
    /// Reading or writing a file failed.
    File { path: String, message: String },
}

/// Shorthand used everywhere in the crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A shape error for `op` with the shapes it was given.
    pub fn shape(op: &'static str, shapes: &[&[usize]], message: impl Into<String>) -> Self {
        Error::Shape { op, shapes: shapes.iter().map(|s| s.to_vec()).collect(), message: message.into() }
    }

    /// A metric that cannot be had from what it was given.
    pub fn metric(metric: &'static str, message: impl Into<String>) -> Self {
        Error::Metric { metric, message: message.into() }
    }

    /// What the reader can do about it, where there is a general answer.
    pub fn remedy(&self) -> &str {
        match self {
            Error::NoDevice { remedy, .. } => remedy,
            Error::DeviceLost { .. } => "Press reset to start again, or choose the CPU backend.",
            Error::OutOfMemory { .. } => "Use a smaller batch or data set, or close what else uses the GPU.",
            Error::Pipeline { .. } => "Choose the CPU backend, and tell us the device and this message.",
            Error::Data { .. } => "Use a complete copy of the file; the run goes on with what it had.",
            Error::Setting { .. } => "Choose one of the values named in the message.",
            Error::Checkpoint { .. } => "Load a file that was saved from the same preset.",
            Error::File { .. } => "Check the path and its permissions.",
            Error::Metric { .. } => "Give the metric what its message asks for.",
            Error::Shape { .. } | Error::Graph { .. } | Error::Kernel { .. } => "",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Data { file, field, message } => write!(f, "{file}: {field}: {message}"),
            Error::Shape { op, shapes, message } => {
                write!(f, "{op}: {message} (inputs")?;
                for shape in shapes {
                    f.write_str(" [")?;
                    for (i, extent) in shape.iter().enumerate() {
                        write!(f, "{}{extent}", if i == 0 { "" } else { ", " })?;
                    }
                    f.write_str("]")?;
                }
                f.write_str(")")
            }
            Error::Graph { op, message } => write!(f, "{op}: {message}"),
            Error::Setting { key, message } => write!(f, "{key}: {message}"),
            Error::Metric { metric, message } => write!(f, "{metric}: {message}"),
            Error::Checkpoint { tensor, message } => write!(f, "checkpoint, {tensor}: {message}"),
            Error::NoDevice { message, remedy } => write!(f, "{message} {remedy}"),
            Error::Kernel { kernel, message } => write!(f, "kernel {kernel}: {message}"),
            Error::OutOfMemory { what, message } => write!(f, "out of memory: {what} {message}"),
            Error::Pipeline { kernel, message } => write!(f, "the shader of {kernel} was refused: {message}"),
            Error::DeviceLost { message } => write!(f, "the device was lost: {message}"),
            Error::File { path, message } => write!(f, "{path}: {message}"),
        }
    }
}

impl std::error::Error for Error {}
