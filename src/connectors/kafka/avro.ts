import type { Setting } from '../../system/setting.ts'
import type { HttpOptions } from '../http/config.ts'
import type { ValueFormat } from './format.ts'
export interface RegistryOptions extends HttpOptions {
  /** Address. */ readonly url: Setting
}
export interface AvroOptions {
  /** r */ readonly registry: RegistryOptions
}
export function avro(_options: AvroOptions): ValueFormat {
  throw new Error('x')
}
