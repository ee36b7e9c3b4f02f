// Prelude: what a copying kernel moves: four elements of any type, where rows are multiples of 4.
alias Word = vec4u;
