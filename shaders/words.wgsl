// Prelude: what a copying kernel moves: one element of any type, bit by bit.
alias Word = u32;
