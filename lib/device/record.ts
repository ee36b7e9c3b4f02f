/**
 * Recording: a list of commands becomes pipelines, bind groups and one buffer of parameters, made once and encoded
 * again at each run.
 */
/// <reference types="@webgpu/types" preserve="true" />
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { encodeParams } from '../shader.ts'
import { allocateBuffers, releaseBuffers, USAGE, type View } from './buffers.ts'
import { scoped } from './health.ts'
import { bodyOf, compileKernels, type KernelRequest } from './kernels.ts'
import type { Device, Kernel } from './types.ts'

/** Workgroups: a number is one-dimensional and is split over two dimensions where it must be. */
type Workgroups = number | readonly [number, number, number]

/** One dispatch: code, sizes, and buffers in binding order. */
export interface Dispatch extends KernelRequest {
  readonly kind: 'dispatch'
  readonly params: Readonly<Record<string, number>>
  readonly workgroups: Workgroups
  readonly buffers: readonly View[]
}

/** One command of a list. */
export type Command =
  | Dispatch
  | { readonly kind: 'copy'; readonly from: View; readonly to: View }
  /** A copy to a row of `to` that each run chooses: `from` is as large as a row, `index` the number of the row's number. */
  | { readonly kind: 'append'; readonly from: View; readonly to: View; readonly index: number }
  | { readonly kind: 'clear'; readonly view: View }

interface ReadyDispatch {
  readonly kind: 'dispatch'
  readonly pipeline: GPUComputePipeline
  readonly group: GPUBindGroup
  readonly offsets: readonly number[]
  readonly size: readonly [number, number, number]
}

/** Commands made ready to be encoded. */
export interface Recording {
  readonly steps: readonly (ReadyDispatch | Exclude<Command, Dispatch>)[]
  readonly owned: readonly GPUBuffer[]
}

/**
 * Workgroups as three dimensions, none above `limit`. `n` workgroups become `columns × rows ≥ n`; a kernel finds its
 * linear workgroup as `workgroup_id.y * num_workgroups.x + workgroup_id.x` and ignores those ≥ n.
 * `Limit` for more than `limit²`, and for three given dimensions of which one exceeds the limit.
 */
export const splitWorkgroups = (
  workgroups: Workgroups,
  limit: number,
): E.Either<Failure, readonly [number, number, number]> => {
  if (typeof workgroups === 'number') {
    const rows = Math.ceil(workgroups / limit)
    if (rows <= 1) return E.right([workgroups, 1, 1])
    if (rows <= limit) return E.right([Math.ceil(workgroups / rows), rows, 1])
  } else if (workgroups.every((n) => n <= limit)) return E.right(workgroups)
  const what = `a dispatch of ${String(workgroups)} workgroups exceeds ${limit} in one dimension`
  return E.left(failure('Limit', what, 'use a smaller batch', { workgroups, limit }))
}

interface Layout {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly offsets: readonly number[]
}

/** All `Params` records in one array of bytes, equal ones once, each at a multiple of `alignment`. */
const layOutParams = (dispatches: readonly Dispatch[], alignment: number): E.Either<Failure, Layout> => {
  const places = new Map<string, number>()
  const records: Uint8Array<ArrayBuffer>[] = []
  const offsets: number[] = []
  let end = 0
  for (const dispatch of dispatches) {
    const body = bodyOf(dispatch)
    if (E.isLeft(body)) return body
    const record = encodeParams(body.right, dispatch.params)
    if (E.isLeft(record)) return record
    const key = record.right.join(',')
    const place = places.get(key) ?? end
    offsets.push(place)
    if (places.has(key) || record.right.length === 0) continue
    places.set(key, end)
    records.push(record.right)
    end = Math.ceil((end + record.right.length) / alignment) * alignment
  }
  const bytes = new Uint8Array(end)
  const starts = [...places.values()]
  records.forEach((record, i) => bytes.set(record, at(starts, i)))
  return E.right({ bytes, offsets })
}

const bindingCheck = (dispatch: Dispatch, kernel: Kernel): Failure | undefined =>
  dispatch.buffers.length === kernel.storageBindings
    ? undefined
    : failure(
        'ShaderCompilation',
        `shader '${dispatch.shader}' binds ${kernel.storageBindings} buffers and was given ${dispatch.buffers.length}`,
        'give its inputs and then its outputs',
        { shader: dispatch.shader },
      )

type GroupMaker = (dispatch: Dispatch, kernel: Kernel) => GPUBindGroup

/** Makes bind groups, equal ones once. The uniform is bound with its largest record size and a dynamic offset. */
const groupMaker = (device: Device, uniforms: GPUBuffer | undefined): GroupMaker => {
  const numbers = new Map<object, number>()
  const numberOf = (thing: object): number => {
    const known = numbers.get(thing) ?? numbers.size
    numbers.set(thing, known)
    return known
  }
  const groups = new Map<string, GPUBindGroup>()
  return (dispatch, kernel) => {
    const body = bodyOf(dispatch)
    const paramsBytes = E.isRight(body) ? body.right.paramsBytes : 0
    const views = dispatch.buffers.map((v) => `${numberOf(v.buffer)}@${v.offset}+${v.bytes}`)
    const key = `${numberOf(kernel.layout)}:${views.join(',')}`
    const known = groups.get(key)
    if (known !== undefined) return known
    const entries = dispatch.buffers.map(({ buffer, offset, bytes }, binding) => ({
      binding,
      resource: { buffer, offset, size: bytes },
    }))
    const uniform = uniforms === undefined || !kernel.hasParams ? [] : [{ buffer: uniforms, size: paramsBytes }]
    const last = uniform.map((resource) => ({ binding: entries.length, resource }))
    const group = device.gpu.createBindGroup({ layout: kernel.layout, entries: [...entries, ...last] })
    groups.set(key, group)
    return group
  }
}

const isDispatch = (command: Command): command is Dispatch => command.kind === 'dispatch'

const ready = (
  device: Device,
  dispatches: readonly Dispatch[],
  kernels: readonly Kernel[],
  offsets: readonly number[],
  uniforms: GPUBuffer | undefined,
): E.Either<Failure, ReadonlyMap<Command, ReadyDispatch>> => {
  const groupOf = groupMaker(device, uniforms)
  const made = new Map<Command, ReadyDispatch>()
  for (const [i, dispatch] of dispatches.entries()) {
    const kernel = kernels[i]
    if (kernel === undefined) continue
    const wrong = bindingCheck(dispatch, kernel)
    if (wrong !== undefined) return E.left(wrong)
    const size = splitWorkgroups(dispatch.workgroups, device.limits.maxComputeWorkgroupsPerDimension)
    if (E.isLeft(size)) return size
    const group = groupOf(dispatch, kernel)
    const own = kernel.hasParams ? [at(offsets, i)] : []
    made.set(dispatch, { kind: 'dispatch', pipeline: kernel.pipeline, group, offsets: own, size: size.right })
  }
  return E.right(made)
}

const stepsOf = (command: Command, made: ReadonlyMap<Command, ReadyDispatch>): Recording['steps'] => {
  if (!isDispatch(command)) return [command]
  const dispatch = made.get(command)
  return dispatch === undefined ? [] : [dispatch]
}

/** Compiles kernels, lays out parameters and makes bind groups for a list of commands. */
export const record =
  (device: Device) =>
  (commands: readonly Command[]): TaskEither<Failure, Recording> =>
  async () => {
    const dispatches = commands.filter(isDispatch)
    const layout = layOutParams(dispatches, device.limits.minUniformBufferOffsetAlignment)
    if (E.isLeft(layout)) return layout
    const kernels = await compileKernels(device)(dispatches)()
    if (E.isLeft(kernels)) return kernels
    const { bytes, offsets } = layout.right
    const request = { label: 'params', bytes: bytes.length, usage: USAGE.uniform | USAGE.copyTarget }
    const owned = await allocateBuffers(device)(bytes.length === 0 ? [] : [request])()
    if (E.isLeft(owned)) return owned
    const uniforms = owned.right[0]
    const result = await scoped(device)(() => {
      if (uniforms !== undefined) device.gpu.queue.writeBuffer(uniforms, 0, bytes)
      return ready(device, dispatches, kernels.right, offsets, uniforms)
    })()
    const made = E.isLeft(result) ? result : result.right
    if (E.isLeft(made)) {
      releaseBuffers(device)(owned.right)
      return made
    }
    const steps = commands.flatMap((command) => stepsOf(command, made.right))
    return E.right({ steps, owned: owned.right })
  }

const isEmpty = (size: readonly [number, number, number]): boolean => size[0] * size[1] * size[2] === 0

/** Encodes what is not a dispatch. */
const encodeCopy = (encoder: GPUCommandEncoder, step: Exclude<Command, Dispatch>, indices: readonly number[]): void => {
  if (step.kind === 'clear') {
    encoder.clearBuffer(step.view.buffer, step.view.offset, step.view.bytes)
    return
  }
  const { from, to } = step
  const row = step.kind === 'append' ? at(indices, step.index) : 0
  encoder.copyBufferToBuffer(from.buffer, from.offset, to.buffer, to.offset + row * from.bytes, from.bytes)
}

/** Encodes a recording, with the numbers of the rows that it appends: dispatches in as few passes as there are runs of them. */
export const encodeRecording =
  (encoder: GPUCommandEncoder) =>
  ({ steps }: Recording, indices: readonly number[] = []): void => {
    let pass: GPUComputePassEncoder | undefined
    let current: GPUComputePipeline | undefined
    for (const step of steps) {
      if (step.kind === 'dispatch') {
        if (isEmpty(step.size)) continue
        pass ??= encoder.beginComputePass()
        if (current !== step.pipeline) pass.setPipeline(step.pipeline)
        current = step.pipeline
        pass.setBindGroup(0, step.group, step.offsets)
        pass.dispatchWorkgroups(step.size[0], step.size[1], step.size[2])
        continue
      }
      pass?.end()
      pass = undefined
      current = undefined
      encodeCopy(encoder, step, indices)
    }
    pass?.end()
  }
