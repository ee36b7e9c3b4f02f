// Prelude: 8 rows of the batch in a tile of lstm_tile.
const ROWS = 8u;
