/**
 * A run through a queue as events: lanes of one giver, each with a worker, that ask for shards one at a time; the giver's processor and
 * Redis serve one after the other; workers die and are replaced. Nothing is computed: all times come from a measured model of costs. Results
 * are taken in the order of the shards, by the very function that runs use.
 */
import { at, held, orElse } from '../lib/at.ts'
import { pairHeap } from '../lib/data/pair-heap.ts'
import { fold, key, uniforms } from '../lib/key.ts'
import { inOrder } from '../lib/scale/shards.ts'

/** What a run costs; times in seconds. */
export interface Costs {
  readonly workers: number
  readonly shards: number
  /** For which a worker computes one. */
  readonly shard: number
  /** Of the giver's processor for one, half before and half after it. */
  readonly giver: number
  /** For which Redis is busy with one, half each way. */
  readonly redis: number
  /** Share of Redis' time that the signs of life of one worker take. */
  readonly beats: number
  /** One way. */
  readonly latency: number
  /** Between two deaths of one worker, in the mean; exponential. */
  readonly life: number
  /** Until a death is noticed. */
  readonly noticed: number
  /** Until there is a worker in the place of one that died. */
  readonly replaced: number
  /** Times that a shard is begun again. */
  readonly retries: number
  /** Shards that each lane may be ahead of the first that is not done. */
  readonly ahead: number
}

/** What became of it. */
export interface Outcome {
  readonly seconds: number
  /** Shards whose results were taken, in their order. */
  readonly taken: readonly number[]
  /** How often a shard was begun. */
  readonly begun: number
  /** How often one was lost with its worker. */
  readonly lost: number
  /** Shards that were lost too often; a run ends there. */
  readonly given: readonly number[]
  /** Shares of the time for which the giver and Redis (with shards) were busy. */
  readonly busy: { readonly giver: number; readonly redis: number }
  /** The most things that waited for the giver, for Redis, and of results that waited for one before them. */
  readonly waiting: { readonly giver: number; readonly redis: number; readonly results: number }
}

/** Who serves one after the other. */
const server = () => {
  let [free, busy, most] = [0, 0, 0]
  return {
    /** When something that comes now, and takes so long, is done. */
    serve: (now: number, seconds: number): number => {
      const begin = Math.max(free, now)
      if (seconds > 0) most = Math.max(most, Math.ceil((begin - now) / seconds))
      busy += seconds
      free = begin + seconds
      return free
    },
    busy: () => busy,
    most: () => most,
  }
}

/** What happens, in its order; what happens at once happens in the order in which it was said. */
const agenda = () => {
  const heap = pairHeap()
  const events = new Map<number, (now: number) => void>()
  let said = 0
  return {
    say: (when: number, event: (now: number) => void): void => {
      events.set(said, event)
      heap.push(when, said)
      said += 1
    },
    /** Lets everything happen; the time of the last. */
    run: (): number => {
      let last = 0
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) {
        const event = held(events, next[1])
        events.delete(next[1])
        last = next[0]
        event(last)
      }
      return last
    },
  }
}

/** Times at which the worker of each lane dies, one after the other. */
const deathsOf = ({ workers, life }: Costs, seed: number) => {
  const drawn = new Array<number>(workers).fill(0)
  return (lane: number, after: number): number => {
    const turn = at(drawn, lane)
    drawn[lane] = turn + 1
    return after - life * Math.log1p(-at(uniforms(fold(fold(key(seed), lane), turn), 1), 0))
  }
}

/** A run with these costs, whose signs of life leave something of Redis; deaths are drawn from the seed. */
export const simulate = (costs: Costs, seed: number): Outcome => {
  const { workers, shards, shard, latency, noticed, replaced, retries, ahead } = costs
  const [giver, redis, { say, run }] = [server(), server(), agenda()]
  const die = deathsOf(costs, seed)
  const deaths = Array.from({ length: workers }, (_, lane) => die(lane, 0))
  const [taken, given, losses]: [number[], number[], Map<number, number>] = [[], [], new Map()]
  const order = inOrder((result: number) => taken.push(result))
  const idle: number[] = []
  let [first, begun, lost, done, waiting] = [0, 0, 0, 0, 0]

  // What signs of life leave of Redis.
  const each = costs.redis / 2 / (1 - workers * costs.beats)
  const through = (now: number, next: (now: number) => void): void => {
    say(redis.serve(now, each) + latency, next)
  }
  const ask = (lane: number) => (now: number) => {
    if (first === shards) return
    if (first >= order.taken() + ahead * workers) {
      idle.push(lane)
      return
    }
    give(lane, first)(now)
    first += 1
  }
  const give = (lane: number, index: number) => (now: number) => {
    begun += 1
    say(giver.serve(now, costs.giver / 2), (sent) => through(sent, compute(lane, index)))
  }
  const lose = (lane: number, index: number) => (now: number) => {
    const times = orElse(losses.get(index), 0) + 1
    losses.set(index, times)
    lost += 1
    if (times > retries) given.push(index)
    else give(lane, index)(now)
  }
  const compute = (lane: number, index: number) => (now: number) => {
    let since = now
    // Whoever died while nothing was asked of it was replaced since.
    while (at(deaths, lane) <= since) {
      since = Math.max(since, at(deaths, lane) + replaced)
      deaths[lane] = die(lane, at(deaths, lane) + replaced)
    }
    const death = at(deaths, lane)
    if (since + shard <= death) {
      say(since + shard, (ended) =>
        through(ended, (there) => say(giver.serve(there, costs.giver / 2), take(lane, index))),
      )
      return
    }
    deaths[lane] = die(lane, death + replaced)
    say(death + Math.max(noticed, replaced), lose(lane, index))
  }
  const take = (lane: number, index: number) => (now: number) => {
    done += 1
    order.put(index, index)
    waiting = Math.max(waiting, done - order.taken())
    ask(lane)(now)
    for (const other of idle.splice(0)) ask(other)(now)
  }

  for (let lane = 0; lane < workers; lane++) say(0, ask(lane))
  const seconds = run()
  return {
    ...{ seconds, taken, begun, lost, given },
    busy: { giver: giver.busy() / seconds, redis: redis.busy() / seconds },
    waiting: { giver: giver.most(), redis: redis.most(), results: waiting },
  }
}
