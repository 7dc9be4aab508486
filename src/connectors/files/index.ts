export { type BytesOptions, bytes } from './bytes.ts'
export type { FilesChannels } from './channels.ts'
export type {
  FilesOptions,
  FtpOptions,
  ReadOptions,
  SftpOptions,
  UnpackLimits,
  WriteOptions,
} from './config.ts'
export { files, ftp, sftp } from './connector.ts'
export { type CsvOptions, csv } from './csv.ts'
export { type DocumentOptions, document } from './document.ts'
export {
  type EdifactOptions,
  edifact,
  type TradacomsOptions,
  tradacoms,
  type X12Options,
  x12,
} from './edi.ts'
export { fixedWidth } from './fixed/fixed-width.ts'
export type { FixedField, FixedKind, FixedWidthOptions } from './fixed/options.ts'
export type { Bytes, FileRecord, Format, Place } from './format.ts'
export { type JsonLinesOptions, jsonLines } from './json-lines.ts'
export { gzip } from './packed/gzip.ts'
export { excel } from './sheets/excel.ts'
export type { ExcelOptions } from './sheets/excel-options.ts'
export { type XmlOptions, xml } from './xml.ts'
