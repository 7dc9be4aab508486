import type { OptionNames } from '../../message/option-names.ts'
import { httpNames } from '../http/names.ts'
import type { OperationOptions, OperationProbe, Probe, SendOptions, SoapOptions } from './config.ts'

export const soapNames: OptionNames<SoapOptions> = {
  ...httpNames,
  wsdl: 'needed',
  url: 'needed',
  port: true,
  security: true,
  header: true,
  headers: true,
  faults: true,
}

export const probeNames: OptionNames<Probe> = {
  operation: 'needed',
  port: true,
  body: 'needed',
  done: true,
  absent: true,
}

export const sendNames: OptionNames<SendOptions & { readonly probe?: Probe }> = {
  operation: 'needed',
  port: true,
  body: true,
  header: true,
  effect: 'needed',
  faults: true,
  concurrency: true,
  probe: probeNames,
}

export const operationNames: OptionNames<OperationOptions & { readonly probe?: OperationProbe }> = {
  ...sendNames,
  request: 'needed',
  response: true,
  result: true,
  probe: { ...probeNames, result: true },
}
