// Prelude: the right operand of a contraction as halves, two in a word, which no feature is needed to read.
alias RightOne = u32;
alias RightQuad = vec2u;
fn right_word(i: u32) -> u32 { return i / 2u; }
fn right_one(word: RightOne, i: u32) -> f32 { return unpack2x16float(word)[i % 2u]; }
fn right_four(words: RightQuad) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
