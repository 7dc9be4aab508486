export type { FilesOptions, ReadOptions, WriteOptions } from './config.ts'
export { type FilesChannels, files } from './connector.ts'
export { type CsvOptions, csv } from './csv.ts'
export {
  type EdifactOptions,
  edifact,
  type TradacomsOptions,
  tradacoms,
  type X12Options,
  x12,
} from './edi.ts'
export type { Bytes, FileRecord, Format, Place } from './format.ts'
export { type JsonLinesOptions, jsonLines } from './json-lines.ts'
export { type XmlOptions, xml } from './xml.ts'
