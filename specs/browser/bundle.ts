/**
 * Programs as a page loads them: one module each, by esbuild, with stand-ins for the few parts of Node that specs use. What
 * a program reads beside itself (`import.meta.url`) it finds on the server.
 */
import { readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

/** The root of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

const standIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(process|assert|fs)$/ }, ({ path }) => ({
      path: fileURLToPath(new URL(`stand-ins/${path.slice('node:'.length)}.ts`, import.meta.url)),
    }))
    // As the field `browser` of package.json has it for what is built.
    onResolve({ filter: /^\.\.?\/(onnx\/)?installed\.ts$/ }, () => ({ path: join(root, 'lib/onnx/installed-web.ts') }))
    onLoad({ filter: /specs[/\\].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      const here = JSON.stringify(`/${relative(root, path).split(sep).join('/')}`)
      return {
        loader: 'ts',
        contents: source.replaceAll('import.meta.url', `new URL(${here}, location.origin).href`),
      }
    })
  },
}

/** The text of a module that holds a program and all that it imports. */
export const bundle = async (program: string): Promise<string> => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [program],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
    plugins: [standIns],
  })
  return outputFiles.map(({ text }) => text).join('\n')
}
