/** The execution providers of ONNX Runtime: what computes a model. */
import { type Failure, failure } from '../errors.ts'

/** The providers by ONNX Runtime's names, as a person calls them. */
export const PROVIDERS = {
  cpu: 'CPU',
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  coreml: 'Core ML',
  dml: 'DirectML',
} as const

/** An execution provider. */
export type Provider = keyof typeof PROVIDERS

/** Where a provider is to be had. */
const WHERE: Readonly<Record<Provider, string>> = {
  cpu: 'install onnxruntime-node again',
  webgpu: 'use onnxruntime-node 1.22 or later on a machine with a driver for Vulkan, Metal or Direct3D 12',
  cuda: 'on Linux with an NVIDIA driver, CUDA 12 and cuDNN 9 install it with npm install onnxruntime-node --onnxruntime-node-install=cuda12',
  coreml: 'it is a part of onnxruntime-node on macOS',
  dml: 'it is a part of onnxruntime-node on Windows',
}

/** The failure of a provider that is not there, from what ONNX Runtime said; undefined when it said something else. */
export const unavailable = (provider: Provider, said: string): Failure | undefined =>
  /backend not found|AppendExecutionProvider|failed to load (?:shared )?library|no webgpu device|failed to get (?:a )?(?:webgpu )?(?:adapter|device)/i.test(
    said,
  )
    ? failure(
        'NoAdapter',
        `ONNX Runtime has no ${PROVIDERS[provider]} here (${said})`,
        `choose the provider cpu; ${WHERE[provider]}`,
        { provider },
      )
    : undefined
