//! What sprites wear and hold, in letters as in `art.rs`.

/// Rows of letters.
pub type Thing = &'static [&'static str];

/// A crown, a bow, a sprout.
#[rustfmt::skip]
pub const HATS: [Thing; 3] = [
    &[
        "y.yy.y",
        "yyryyy",
        "kkkkkk",
    ],
    &[
        "rr..rr",
        "rrwwrr",
        "rr..rr",
    ],
    &[
        "vv..vv",
        ".vvvv.",
        "..vn..",
    ],
];

/// A sword, a lantern, a flower, a wand, a potion.
#[rustfmt::skip]
pub const ITEMS: [Thing; 5] = [
    &[
        ".w.",
        ".G.",
        ".G.",
        ".G.",
        "yyy",
        ".n.",
    ],
    &[
        ".k.",
        "kkk",
        "kyk",
        "kyk",
        "kkk",
    ],
    &[
        ".w.",
        "wyw",
        ".w.",
        ".v.",
        "vv.",
        ".v.",
    ],
    &[
        ".c.",
        "cwc",
        "ccc",
        ".c.",
        ".k.",
        ".k.",
        ".k.",
    ],
    &[
        ".n.",
        ".w.",
        "rwr",
        "rrr",
        "rrr",
    ],
];
