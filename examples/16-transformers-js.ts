/**
 * A model of transformers.js beside its own `generate`: whose next words are those that the model predicts? Its defaults keep the
 * 50 likeliest tokens (`top_k: 50`), and `top_p` is not read at all. A χ² test of the first token after a prompt tells.
 */
import { basename, dirname } from 'node:path'
import { AutoModelForCausalLM, AutoTokenizer, env, Tensor } from '@huggingface/transformers'
import { fromTransformers, key, run, tilt } from 'exptilt'
import { ENGLISH_MODEL } from 'exptilt/node'

env.allowRemoteModels = false
env.localModelPath = dirname(ENGLISH_MODEL)
const tokenizer = await AutoTokenizer.from_pretrained(basename(ENGLISH_MODEL))
const model = await AutoModelForCausalLM.from_pretrained(basename(ENGLISH_MODEL))
const [PROMPT, DRAWS] = ['It was', 400]

/** The first tokens of so many texts by `generate`. */
const generated = async (options: object): Promise<readonly number[]> => {
  const inputs = tokenizer(Array.from({ length: DRAWS }, () => PROMPT))
  const made: unknown = await model.generate({ ...inputs, do_sample: true, max_new_tokens: 1, ...options })
  if (!(made instanceof Tensor)) return []
  const rows: readonly (readonly bigint[])[] = made.tolist()
  return rows.map((row) => Number(row.at(-1)))
}

const language = await run(fromTransformers(model, tokenizer))
const after = await run(language.after(PROMPT))
/** q of the next token, and the tokens from the likeliest on. */
const q = ((await run(after.begin)).logs[0] ?? new Float64Array(0)).map(Math.exp)
const ranked = Array.from(q, (_, token) => token).sort((a, b) => (q[b] ?? 0) - (q[a] ?? 0))

/** Bins of q: the ten likeliest tokens alone, then up to the 50th, the 200th, the last. */
const EDGES = [...Array.from({ length: 11 }, (_, i) => i), 50, 200, q.length]
const bins = EDGES.slice(1).map((end, i) => new Set(ranked.slice(EDGES[i], end)))

/** χ² of the draws against q, as a standard normal score (Wilson and Hilferty 1931). */
const score = (tokens: readonly number[]): number => {
  const squares = bins.reduce((sum, bin) => {
    const expected = DRAWS * [...bin].reduce((mass, token) => mass + (q[token] ?? 0), 0)
    return sum + (tokens.filter((token) => bin.has(token)).length - expected) ** 2 / expected
  }, 0)
  const spread = 2 / (9 * (bins.length - 1))
  return (Math.cbrt(squares / (bins.length - 1)) - (1 - spread)) / Math.sqrt(spread)
}

const drawn = await run(tilt.masking(key(1), { particles: DRAWS })({ model: after, limit: 1, ending: 'forced' }))
export const answer = {
  beyondFifty: [...(bins.at(-1) ?? []), ...(bins.at(-2) ?? [])].reduce((mass, token) => mass + (q[token] ?? 0), 0),
  generate: score(await generated({})),
  generateTopP: score(await generated({ top_k: 0, top_p: 0.5 })),
  exptilt: score(drawn.tokens.map((tokens) => tokens[0] ?? language.ends[0] ?? 0)),
}
console.log('scores of χ² (beyond 4: not q)', answer)
await model.dispose()
