//! Policies that users bring.
