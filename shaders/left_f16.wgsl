// Prelude: the left operand of a contraction as halves, two in a word, which no feature is needed to read.
alias LeftOne = u32;
alias LeftQuad = vec2u;
fn left_word(i: u32) -> u32 { return i / 2u; }
fn left_one(word: LeftOne, i: u32) -> f32 { return unpack2x16float(word)[i % 2u]; }
fn left_four(words: LeftQuad) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
