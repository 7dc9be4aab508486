export type { ProgramChannels } from './channels.ts'
export type { OperationOptions, ProgramOptions, SendOptions } from './config.ts'
export { program } from './connector.ts'
