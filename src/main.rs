//! The command `stowplan`.

fn main() {}
