import type { OptionNames } from '../../message/option-names.ts'
import type { OperationOptions, ProgramOptions, SendOptions } from './config.ts'

export const programNames: OptionNames<
  Omit<ProgramOptions, 'environment'> & { readonly environment?: object }
> = {
  command: 'needed',
  folder: true,
  environment: true,
  workers: true,
  startTimeout: true,
  batchTimeout: true,
  memory: true,
  lineLimit: true,
}

export const sendNames: OptionNames<SendOptions> = { operation: true, batch: true, effect: 'needed' }

export const operationNames: OptionNames<OperationOptions> = {
  ...sendNames,
  request: 'needed',
  response: 'needed',
}
