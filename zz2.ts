import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { automaton, type Arc } from './lib/automata/automaton.ts'
import { pfsa } from './lib/automata/pfsa.ts'
import { entropy } from './lib/automata/entropy.ts'
import { entropyByIteration } from './lib/automata/iteration.ts'
import { meanLength } from './lib/automata/moments.ts'
import { normalise } from './lib/automata/normalise.ts'
import { real } from './lib/semiring.ts'
import { key, uniforms } from './lib/key.ts'
for (const [n, stop, kind] of [[100000, .1, 'random'], [100000, 1e-4, 'random'], [100000,0,'ring'],[100000,.1,'acyclic'],[100000,.1,'local']] as const) {
  const u = uniforms(key(1), 4*n)
  const arcs: Arc<number>[] = []
  const stops: [number, number][] = []
  for (let p=0;p<n;p++) {
    const s = kind==='ring' ? (p===0? .01:0) : kind==='acyclic' && p===n-1 ? 1 : stop*2*u[4*p]!
    stops.push([p,s])
    if (kind==='acyclic' && p===n-1) continue
    const a = u[4*p+1]!
    const to = (i: number) => kind==='random' ? Math.floor(u[4*p+2+i]!*n) : kind==='ring' ? (p+1)%n : kind==='acyclic' ? Math.min(n-1, p+1+Math.floor(u[4*p+2+i]!*10)) : kind==='lattice' ? (i===0 ? (p+1)%n : (p+n-1)%n) : (p + Math.floor(u[4*p+2+i]!*200) -100 + n)%n
    arcs.push({from:p,symbol:0,to:to(0),weight:(1-s)*a},{from:p,symbol:1,to:to(1),weight:(1-s)*(1-a)})
  }
  const made = pfsa(automaton(real)({alphabet:['0','1'],states:n,start:[[0,1]],stop:stops,arcs}))
  if (E.isLeft(made)) { console.log(made.left.what); continue }
  let t=(process.cpuUsage().user/1000)
  const h = entropy(made.right)
  console.log(kind, stop, E.isRight(h)? JSON.stringify(h.right) : h.left.what, ((process.cpuUsage().user/1000)-t)|0,'ms')
  t=(process.cpuUsage().user/1000)
  if (stop>=.1 ) { const i = entropyByIteration({})(made.right); console.log('  iteration', E.isRight(i)? JSON.stringify(i.right) : i.left.what, ((process.cpuUsage().user/1000)-t)|0,'ms') }
  t=(process.cpuUsage().user/1000)
  const l = normalise(made.right)
  console.log('  normalise', E.isRight(l)? JSON.stringify([l.right.logPartition, l.right.certificate]) : l.left.what, ((process.cpuUsage().user/1000)-t)|0,'ms')
}
