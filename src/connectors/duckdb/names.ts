import type { OptionNames } from '../../message/option-names.ts'
import type { DuckdbOptions } from './config.ts'

export const duckdbNames: OptionNames<DuckdbOptions> = {
  file: 'needed',
  memory: true,
  threads: true,
  spill: true,
  folders: true,
  readOnly: true,
}
