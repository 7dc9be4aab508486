import type { OptionNames } from '../../message/option-names.ts'
import { tlsNames } from '../http/tls.ts'
import type {
  FilesOptions,
  FtpOptions,
  ReadOptions,
  SftpOptions,
  UnpackLimits,
  WriteOptions,
} from './config.ts'

export const filesNames: OptionNames<FilesOptions> = { folder: 'needed' }

export const sftpNames: OptionNames<SftpOptions> = {
  url: 'needed',
  user: 'needed',
  password: true,
  key: true,
  passphrase: true,
  hostKey: 'needed',
  connectTimeout: true,
  timeout: true,
}

export const ftpNames: OptionNames<FtpOptions> = {
  url: 'needed',
  user: 'needed',
  password: 'needed',
  encryption: true,
  tls: tlsNames,
  names: true,
  connectTimeout: true,
  timeout: true,
}

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
  exactName: true,
  encoding: true,
}
