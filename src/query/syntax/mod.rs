//! From text to tree and back: words, grammar, the tree, its canonical text, the same tree with other names.

pub(super) mod ast;
pub(super) mod cursor;
pub(super) mod expression;
pub(super) mod parser;
mod print;
pub(super) mod rename;
pub(super) mod vocabulary;
