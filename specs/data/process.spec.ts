import { describe, expect, it } from 'vitest'
import { runProgram } from '../../lib/data/process.ts'
import { cacheFolder, programFolder } from '../../lib/data/services.ts'
import { left, right } from '../either.ts'

describe('runProgram', () => {
  it('gives what a program prints, with added environment', async () => {
    const script = 'process.stdout.write(process.env.SPEC_WORD)'
    const options = { remedy: '', environment: { SPEC_WORD: 'kept' } }
    expect(right(await runProgram(process.execPath, ['-e', script], options)())).toBe('kept')
  })

  it('names a program that is not there, with the remedy', async () => {
    const refused = left(await runProgram('no-such-program-here', [], { remedy: 'install it' })())
    expect(refused).toMatchObject({
      tag: 'Fetch',
      what: 'the program no-such-program-here is not on this machine',
      remedy: 'install it',
    })
  })

  it('quotes the last complaint of a program that fails', async () => {
    const script = 'process.stderr.write("W: never mind\\nE: Unable to locate package x\\n"); process.exit(100)'
    const refused = left(await runProgram(process.execPath, ['-e', script], { remedy: '' })())
    expect(refused.what).toContain('failed (E: Unable to locate package x)')
  })
})

describe('cacheFolder', () => {
  it('prefers EXPTILT_CACHE, then XDG_CACHE_HOME, then ~/.cache', () => {
    expect(cacheFolder({ EXPTILT_CACHE: '/c', XDG_CACHE_HOME: '/x' }, '/home/me')).toBe('/c')
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, '/home/me')).toBe('/x/exptilt')
    expect(cacheFolder({ EXPTILT_CACHE: '' }, '/home/me')).toBe('/home/me/.cache/exptilt')
  })

  it('has a folder of compiled programs, unless EXPTILT_CACHE is off', () => {
    expect(programFolder({ EXPTILT_CACHE: '/c' }, '/home/me')).toBe('/c/programs')
    expect(programFolder({}, '/home/me')).toBe('/home/me/.cache/exptilt/programs')
    expect(programFolder({ EXPTILT_CACHE: 'off', XDG_CACHE_HOME: '/x' }, '/home/me')).toBeUndefined()
    expect(cacheFolder({ EXPTILT_CACHE: 'off', XDG_CACHE_HOME: '/x' }, '/home/me')).toBe('/x/exptilt')
  })
})
