import type { OptionNames } from '../../system/option-names.ts'
import type { FilesOptions, ReadOptions, UnpackLimits, WriteOptions } from './config.ts'

export const filesNames: OptionNames<FilesOptions> = { folder: 'needed' }

const unpackNames: OptionNames<UnpackLimits> = { maxBytes: true, maxRatio: true, maxEntries: true }

export const readNames: OptionNames<ReadOptions> = {
  folder: true,
  pattern: 'needed',
  format: 'needed',
  encoding: true,
  entries: true,
  unpack: unpackNames,
  every: true,
  settle: true,
  marker: true,
  id: true,
}

export const writeNames: OptionNames<WriteOptions> = {
  folder: true,
  format: 'needed',
  file: 'needed',
  encoding: true,
}
