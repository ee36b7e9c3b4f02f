import { describePfsa } from './lib/automata/describe.ts'
import { parseAutomaton, writeAutomaton } from './lib/automata/codec.ts'
console.log(describePfsa({motif:'10001011111000',length:30}), describePfsa({motif:'10001011111000',length:30,mixture:.9}), describePfsa({motif:'102',length:30}), describePfsa({motif:'11111',length:3}))
const r = parseAutomaton('{"format":"exptilt-automaton","version":1,"alphabet":["a"],"states":1,"start":[{"state":0,"weight":1}],"stop":[{"state":3,"weight":1}],"arcs":[{"from":0,"symbol":"b","to":0,"weight":0.5}]}')
console.log(JSON.stringify(r), r._tag==='Left' && r.left.remedy)
