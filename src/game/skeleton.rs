//! Joints that a visitor drags: how they hang together.

/// A figure of joints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skeleton {
    /// What each joint is called, in the order of their numbers.
    pub names: &'static [&'static str],
    /// Pairs of joints with a line between them.
    pub limbs: &'static [[usize; 2]],
    /// The two joints from whose middle each one hangs, at a distance that stays; twice the same where it is one. A joint that
    /// hangs from itself carries the others.
    pub hangs: &'static [[usize; 2]],
    /// Where the joints are at first: right and down from the upper left corner, 1 is the picture's side. The lowest is on the
    /// floor.
    pub start: &'static [[f32; 2]],
}

impl Skeleton {
    /// Of what has no joints.
    pub const NONE: Skeleton = Skeleton { names: &[], limbs: &[], hangs: &[], start: &[] };
}
