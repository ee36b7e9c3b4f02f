/** Time that a spec may bound: of the processor, so that a machine that is busy with other things changes nothing. */

/** Milliseconds of processor time, in user mode, that this process spends on an action that does not wait. */
export const processorTime = (action: () => void): number => {
  const start = process.cpuUsage()
  action()
  return process.cpuUsage(start).user / 1000
}
