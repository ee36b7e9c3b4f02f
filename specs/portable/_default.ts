/** Every program on the device that this runtime gives when it is asked for no more than what there is. */
import { compareHere } from './_compare.ts'
import { programs } from './_programs.ts'

await compareHere(programs)
