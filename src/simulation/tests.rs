//! Tests of the loop against small programs.
