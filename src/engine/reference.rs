//! The dull engine. (Placeholder while the skeleton is laid out.)
