//! Rule packs and the expressions in them.

pub mod cel;
