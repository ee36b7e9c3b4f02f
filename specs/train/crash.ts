/**
 * What a disk may hold after the power fails: from a log of operations, every state that the rules of fsync allow.
 *
 * A file's bytes are certain from its last fsync on; later ones may be missing (the file cut at any page), or zero, page
 * by page. A name's creation, renaming or removal is certain from the directory's next fsync on; before, any subset of
 * them may be undone. (One directory is assumed.)
 */
import type { Disk, Operation } from './file-system-memory.ts'

interface Inode {
  readonly durable: Uint8Array
  readonly now: Uint8Array
}

type Names = ReadonlyMap<string, number>
type Change = (names: Names) => Names

interface Model {
  readonly inodes: ReadonlyMap<number, Inode>
  readonly names: Names
  readonly durable: Names
  readonly pending: readonly Change[]
  readonly handles: ReadonlyMap<number, number>
}

const none = new Uint8Array(0)

const bind =
  (path: string, inode: number): Change =>
  (names) =>
    new Map([...names, [path, inode]])

const unbind =
  (path: string): Change =>
  (names) =>
    new Map([...names].filter(([name]) => name !== path))

const changed = (model: Model, change: Change): Model => ({
  ...model,
  names: change(model.names),
  pending: [...model.pending, change],
})

const contents = (model: Model, inode: number, update: (old: Inode) => Inode): Model => ({
  ...model,
  inodes: new Map([...model.inodes, [inode, update(model.inodes.get(inode) ?? { durable: none, now: none })]]),
})

const advance = (model: Model, operation: Operation): Model => {
  switch (operation.kind) {
    case 'open': {
      const existing = model.names.get(operation.path)
      const inode = existing ?? operation.handle
      const held = { ...model, handles: new Map([...model.handles, [operation.handle, inode]]) }
      const emptied = contents(held, inode, ({ durable }) => ({ durable, now: none }))
      return existing === undefined ? changed(emptied, bind(operation.path, inode)) : emptied
    }
    case 'write':
      return contents(model, model.handles.get(operation.handle) ?? -1, ({ durable, now }) => ({
        durable,
        now: Uint8Array.from([...now, ...operation.bytes]),
      }))
    case 'fsync':
      return contents(model, model.handles.get(operation.handle) ?? -1, ({ now }) => ({ durable: now, now }))
    case 'rename': {
      const inode = model.names.get(operation.from) ?? -1
      return changed(model, (names) => bind(operation.to, inode)(unbind(operation.from)(names)))
    }
    case 'remove':
      return changed(model, unbind(operation.path))
    case 'fsyncDirectory':
      return { ...model, durable: model.names, pending: [] }
    case 'close':
      return model
  }
}

const subsets = <A>(items: readonly A[]): readonly (readonly A[])[] =>
  items.reduce<readonly (readonly A[])[]>((all, item) => [...all, ...all.map((some) => [...some, item])], [[]])

const zeroed = (bytes: Uint8Array, pages: readonly number[], page: number): Uint8Array =>
  bytes.map((byte, i) => (pages.includes(Math.floor(i / page)) ? 0 : byte))

const fates = ({ durable, now }: Inode, page: number): readonly Uint8Array[] => {
  if (durable === now) return [now]
  const pages = Array.from({ length: Math.ceil(now.length / page) }, (_, i) => i)
  const cut = pages.map((p) => now.slice(0, p * page))
  return [durable, ...cut, ...subsets(pages).map((lost) => zeroed(now, lost, page))]
}

const choices = (files: readonly (readonly [string, readonly Uint8Array[]])[]): readonly Disk[] =>
  files.reduce<readonly Disk[]>(
    (disks, [path, versions]) => disks.flatMap((disk) => versions.map((bytes) => new Map([...disk, [path, bytes]]))),
    [new Map()],
  )

/** Every disk that a crash right after `log` may leave, with pages of `page` bytes. */
export const crashes = (log: readonly Operation[], page: number): readonly Disk[] => {
  const empty: Model = { inodes: new Map(), names: new Map(), durable: new Map(), pending: [], handles: new Map() }
  const model = log.reduce(advance, empty)
  return subsets(model.pending).flatMap((kept) => {
    const names = kept.reduce((now, change) => change(now), model.durable)
    return choices(
      [...names].map(([path, inode]) => [path, fates(model.inodes.get(inode) ?? { durable: none, now: none }, page)]),
    )
  })
}
